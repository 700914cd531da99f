import { app, BrowserWindow, dialog, ipcMain, Menu, nativeTheme, protocol, session } from 'electron';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import type { SecretStore } from './broker/ports.ts';
import { type HostProcess, startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';
import { openLog } from './log.ts';
import { readRendererFiles } from './rendererFiles.ts';
import { openKeychain } from './secrets/keychain.ts';
import { openNoSecrets } from './secrets/noSecrets.ts';
import { registerAppScheme, serveAppScheme } from './shell/appScheme.ts';
import { confinePages, limitPermissions } from './shell/confinement.ts';
import { serveIpc } from './shell/ipcHost.ts';
import { setMenus } from './shell/menus.ts';
import { claimSingleInstance } from './shell/singleInstance.ts';
import { createMainWindow } from './shell/windows.ts';

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Chromium's own switches are on the same command line, so that unknown ones are let pass. */
const { values: flags } = parseArgs({
  args: process.argv.slice(1),
  strict: false,
  options: { data: { type: 'string' }, 'add-hosts': { type: 'string' } },
});

const givenKey = takeKeyFromEnvironment();

registerAppScheme(protocol);
confinePages(app);
if (typeof flags.data === 'string') app.setPath('userData', flags.data);

let showWindow: () => void = () => undefined;
if (claimSingleInstance(app, () => showWindow())) {
  app.whenReady().then(start).catch(quitWithReason);
} else app.quit();

async function start(): Promise<void> {
  const dataFolder = app.getPath('userData');
  const log = await openLog(dataFolder);
  const hostFile = flags['add-hosts'];
  const host = await startHostProcess({
    version: app.getVersion(),
    runsIn: 'desktop',
    dataFolder,
    secrets: await openSecrets(dataFolder, log),
    log,
    administrator: userInfo().username,
    whatIfWorkerFile: new URL('./whatIfWorker.js', import.meta.url),
    useLocalManager: true,
    ...(typeof hostFile === 'string' && { hostFile }),
  });
  closeBeforeQuit(host);

  limitPermissions(session.defaultSession);
  setMenus(Menu, process.platform);
  serveAppScheme(protocol, await readRendererFiles(fromHere('../renderer')));
  serveIpc({ ipcMain, router: host.router, attachTunnel: host.attachTunnel, log });
  const window = createMainWindow({
    BrowserWindow,
    nativeTheme,
    preloadFile: fromHere('./preload.cjs'),
    log,
  });
  showWindow = window.show;
  app.on('activate', window.show);
  app.on('window-all-closed', () => app.quit());
  window.show();
}

/** The keychain; but with PROXIMA_KEY an encrypted file in the data folder, as in the gateway: a demo leaves no entries behind. */
async function openSecrets(dataFolder: string, log: Logger): Promise<SecretStore> {
  if (givenKey !== undefined) return openKeyedSecrets(dataFolder, givenKey);
  const keychain = await openKeychain();
  if (keychain.ok) return keychain.value;
  log.warn({ failure: keychain.failure }, 'No keychain here; passwords are asked for each time');
  return openNoSecrets();
}

/** Sessions are ended and what is open is written before the process goes. */
function closeBeforeQuit(host: HostProcess): void {
  let closing: Promise<void> | undefined;
  app.on('will-quit', (event) => {
    if (closing) return;
    event.preventDefault();
    closing = host.close().finally(() => app.quit());
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => app.quit());
}

function quitWithReason(error: unknown): void {
  dialog.showErrorBox("Proxima can't start", error instanceof Error ? error.message : String(error));
  app.exit(1);
}
