import {
  app,
  autoUpdater,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  systemPreferences,
  Tray,
} from 'electron';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import type { Caller } from './broker/caller.ts';
import { createFarmCalls } from './farmClient/farmCalls.ts';
import {
  type DecidedFarm,
  decideFarm,
  readFarmChoice,
  writeFarmChoice,
} from './farmClient/farmChoiceDocument.ts';
import { type FarmHost, type ShellHost, startFarmHost } from './farmHost.ts';
import { type HostProcess, startHostProcess } from './hostProcess.ts';
import { openDesktopSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';
import { openLog } from './log.ts';
import { engineNames } from './manager/engineNames.ts';
import { readPolicyDocuments } from './policy/readPolicy.ts';
import { readRendererFiles } from './rendererFiles.ts';
import { moveStoredSecrets } from './secretsCommand.ts';
import { registerAppScheme, serveAppScheme } from './shell/appScheme.ts';
import { showBadge } from './shell/badge.ts';
import { type Closing, createClosing } from './shell/closing.ts';
import { confinePages, limitDownloads, refuseForeignRequests } from './shell/confinement.ts';
import { handleOwnFailures } from './shell/failures.ts';
import { receiveIncoming } from './shell/incoming.ts';
import { serveIpc } from './shell/ipcHost.ts';
import { claimLinkSchemes } from './shell/linkSchemes.ts';
import { type MenuActions, menuTemplate, setMenu } from './shell/menus.ts';
import { notifyOfSessions } from './shell/notifications.ts';
import { createPageRecovery } from './shell/pageRecovery.ts';
import { limitPermissions } from './shell/permissions.ts';
import { openPlaceDocument, type PlaceDocument } from './shell/placeDocument.ts';
import { createPlaceKeeper } from './shell/placeKeeper.ts';
import { followPower } from './shell/power.ts';
import { followLiveSessions, liveSessionsOf } from './shell/sessionsView.ts';
import { claimSingleInstance } from './shell/singleInstance.ts';
import { createTeller } from './shell/teller.ts';
import { parsePolicy } from './store/policy.ts';
import { createTray } from './shell/tray.ts';
import { readTrayImage } from './shell/trayImage.ts';
import { createWindows, type Windows } from './shell/windows.ts';
import { createUpdates } from './updates/updates.ts';

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { platform } = process;

/** Chromium's own switches are on the same command line, so that unknown ones are let pass. */
const { values: flags } = parseArgs({
  args: process.argv.slice(1),
  strict: false,
  options: {
    data: { type: 'string' },
    'add-hosts': { type: 'string' },
    'move-secrets': { type: 'string' },
    farm: { type: 'string' },
    'local-manager': { type: 'string' },
  },
});

const givenKey = takeKeyFromEnvironment();
/** For what fails before there is a window to tell it. */
let ownLog: Logger | undefined;

handleOwnFailures({ process, app, dialog, log: () => ownLog });
// The appId of the package: Windows shows notifications only of an app that it knows.
if (platform === 'win32') app.setAppUserModelId('org.proxima.desktop');
registerAppScheme(protocol);
confinePages(app);
if (typeof flags.data === 'string') app.setPath('userData', flags.data);
const incoming = receiveIncoming(app);
if (claimSingleInstance(app, incoming.noteSecondStart)) {
  incoming.noteStart(process.argv.slice(1), process.cwd());
  app.whenReady().then(start).catch(quitWithReason);
} else app.quit();

async function start(): Promise<void> {
  const dataFolder = app.getPath('userData');
  const log = await openLog(dataFolder);
  ownLog = log;
  const version = app.getVersion();
  const moveTo = flags['move-secrets'];
  if (typeof moveTo === 'string') return moveSecretsAndQuit(moveTo, dataFolder, log);
  const hostFile = flags['add-hosts'];
  const policies = await readPolicyDocuments();
  const chosen = await readFarmChoice(dataFolder);
  if ('problem' in chosen) throw new Error(chosen.problem);
  const { farm: policy } = parsePolicy(policies);
  const commandLine = typeof flags.farm === 'string' ? flags.farm : undefined;
  const decided = decideFarm({ policy, commandLine, chosen: chosen.farm });
  if (decided.farm) {
    const farmHost = await startFarmHost({
      farm: decided.farm,
      dataFolder,
      openSecrets: () => openDesktopSecrets({ folder: dataFolder, key: givenKey, log }),
      openInBrowser: (address) => shell.openExternal(address),
      tell: createTeller(dialog),
      log,
    });
    await openShell({ ...farmHost, broker: farmHost, farmHost, decided }, dataFolder, log);
    return;
  }
  const host = await startHostProcess({
    version,
    runsIn: 'desktop',
    dataFolder,
    openSecrets: () => openDesktopSecrets({ folder: dataFolder, key: givenKey, log }),
    log,
    administrator: userInfo().username,
    whatIfWorkerFile: new URL('./whatIfWorker.js', import.meta.url),
    localManager: {
      workerFile: new URL('./localManagerWorker.js', import.meta.url),
      agentSocket: process.env['SSH_AUTH_SOCK'],
      engine: engineNames.find((name) => name === flags['local-manager']) ?? 'auto',
    },
    openUpdates: (ports) => createUpdates({ ...ports, version, isPackaged: app.isPackaged, log }),
    readPolicies: () => Promise.resolve(policies),
    ...(typeof hostFile === 'string' && { hostFile }),
  });
  const caller = { person: () => host.owner };
  const broker = { router: host.router, caller, attachTunnel: host.attachTunnel };
  try {
    await openShell({ ...host, broker, decided }, dataFolder, log);
  } catch (error) {
    await host.close();
    throw error;
  }
}

/** What the windows show: an own broker, or a farm. */
interface Shown extends ShellHost {
  readonly broker: FarmHost | (Pick<HostProcess, 'router' | 'attachTunnel'> & { readonly caller: Caller });
  readonly farmHost?: FarmHost;
  readonly decided: DecidedFarm;
}

/** Everything that people see of it. */
async function openShell(host: Shown, dataFolder: string, log: Logger): Promise<void> {
  const places = await openPlaceDocument(dataFolder, log);
  closeBeforeQuit(host, places);
  limitPages(log);
  serveAppScheme(protocol, await readRendererFiles(fromHere('../renderer')));

  const closing = createClosing({
    app,
    dialog,
    powerMonitor,
    platform,
    liveSessions: () => liveSessionsOf(host.sessions.current()).length,
    keepsInTray: () => host.preferences.current().keepInTray,
  });
  const farmCalls = createFarmCalls({
    ...host.decided,
    client: host.farmHost?.client,
    signOut: host.farmHost?.signOut,
    countLiveSessions: () => liveSessionsOf(host.sessions.current()).length,
    async choose(farm) {
      const written = await writeFarmChoice(dataFolder, farm);
      if (written.ok) setImmediate(() => startAnew(closing));
      return written;
    },
  });
  serveIpc({ ipcMain, ...host.broker, farmCalls, log });
  endOnSignals(closing);
  const windows = openWindows(host, log, places, closing);
  showOutside(host, windows);
  followPreferences(host);
  followPower(powerMonitor, log, () => host.wake());
  const { farmHost } = host;
  const enterSignInLink = farmHost && ((link: string) => void farmHost.client.enterCode(link));
  const tell = createTeller(dialog);
  incoming.deliver({ links: host.links, enterSignInLink, show: windows.showMain, tell, log });
  windows.showMain();
}

/** What pages may ask of the browser and of the network. */
function limitPages(log: Logger): void {
  const { defaultSession } = session;
  limitPermissions({ session: defaultSession, dialog, systemPreferences, platform });
  refuseForeignRequests(defaultSession, log);
  limitDownloads(defaultSession, log);
}

function openWindows(host: ShellHost, log: Logger, places: PlaceDocument, closing: Closing): Windows {
  const windows = createWindows({
    BrowserWindow,
    nativeTheme,
    preloadFile: fromHere('./preload.cjs'),
    places: createPlaceKeeper({ screen, document: places }),
    recover: createPageRecovery({ dialog, log, now: () => performance.now() }),
    log,
    onOpen(kind, window) {
      closing.follow(window);
      if (kind === 'main') closing.followMain(window);
      // On Windows each window has an overlay of its own, once it is in the taskbar.
      window.once('show', () => countOutside(host, windows));
    },
  });
  app.on('activate', windows.showMain);
  return windows;
}

/** Menus, tray, badge and notifications. */
function showOutside(host: ShellHost, windows: Windows): void {
  const actions: MenuActions = { ...windows, quit: () => app.quit() };
  const showInTray = createTray({ Tray, Menu, image: readTrayImage(nativeImage, platform), actions });
  followLiveSessions(host.sessions, (sessions) => {
    setMenu(Menu, menuTemplate(platform, sessions, actions));
    showInTray(sessions);
    countOutside(host, windows);
  });
  notifyOfSessions({
    sessions: host.sessions,
    Notification,
    mayTell: () =>
      host.preferences.current().notifications && !windows.all().some((window) => window.isFocused()),
    ...windows,
  });
}

function countOutside(host: ShellHost, windows: Windows): void {
  const count = liveSessionsOf(host.sessions.current()).length;
  showBadge({ app, nativeImage, platform, windows: windows.all }, count);
}

function followPreferences({ preferences }: ShellHost): void {
  const claim = () =>
    claimLinkSchemes({ app, executable: process.execPath }, preferences.current().linkSchemes);
  claim();
  preferences.onChange(claim);
}

/** Sessions are ended and what is open is written before the process goes. */
function closeBeforeQuit(host: ShellHost, places: PlaceDocument): void {
  let closing: Promise<unknown> | undefined;
  app.on('will-quit', (event) => {
    if (closing) return;
    event.preventDefault();
    closing = Promise.allSettled([places.flush(), host.close()]).finally(() => app.quit());
  });
}

/** The sessions were asked for already. */
function startAnew(closing: Closing): void {
  closing.stopAsking();
  app.relaunch();
  app.quit();
}

/** Whoever ends Proxima like this is not to be asked: a terminal, a service manager; or the updater, whose person agreed already. */
function endOnSignals(closing: Closing): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      closing.stopAsking();
      app.quit();
    });
  }
  autoUpdater.on('before-quit-for-update', closing.stopAsking);
}

/** Between the keychain and the encrypted file; the next start uses where they went. */
async function moveSecretsAndQuit(to: string, folder: string, logTo: Logger): Promise<void> {
  const { sentence, exitCode } = await moveStoredSecrets({ folder, key: givenKey, to, log: logTo });
  await dialog.showMessageBox({ type: exitCode === 0 ? 'info' : 'error', message: sentence });
  app.exit(exitCode);
}

function quitWithReason(error: unknown): void {
  dialog.showErrorBox("Proxima can't start", error instanceof Error ? error.message : String(error));
  app.exit(1);
}
