import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Updates } from '../electron/broker/ports.ts';
import { fail, succeed } from '../shared/contract/failure.ts';
import { portChannel } from '../shared/contract/portChannel.ts';
import type { UpdateState } from '../shared/model/update.ts';
import { openLog } from '../electron/log.ts';
import { openKeyedSecrets } from '../electron/keyedSecrets.ts';
import { createFarmCalls } from '../electron/farmClient/farmCalls.ts';
import { readFarmChoice, writeFarmChoice } from '../electron/farmClient/farmChoiceDocument.ts';
import { startFarmHost } from '../electron/farmHost.ts';
import { type HostProcess, startHostProcess } from '../electron/hostProcess.ts';
import { isSignInLink } from '../shared/contract/desktopSignIn.ts';
import { appOrigin } from '../electron/shell/appScheme.ts';
import { type IpcHostOptions, serveIpc } from '../electron/shell/ipcHost.ts';
import type { DesktopHostOptions, FromFrame, ToFrame } from './desktopFrame.ts';

// What the desktop's main process is without Electron: the same host process behind the same IPC host over real MessagePorts, as a
// program of its own, so that it can be killed. The frame (desktopFrame.ts) carries what its windows post, and what they are sent.

const options = JSON.parse(process.argv[2] ?? '{}') as DesktopHostOptions;
/** The main frame of a window that shows our page. */
const ownFrame = { origin: appOrigin, parent: null, detached: false, isDestroyed: () => false };

/** What the frame says of updates. Nothing is ever fetched: a real feed can't be had here. */
let updateState: UpdateState = { kind: 'current' };
const updateListeners = new Set<() => void>();

function playUpdates({ countLiveSessions }: { countLiveSessions: () => number }): Updates {
  return {
    current: () => updateState,
    look: () => Promise.resolve(succeed(setUpdateState({ kind: 'looking' }))),
    install(evenWithSessions) {
      if (countLiveSessions() > 0 && !evenWithSessions) return Promise.resolve(fail('sessions_are_live'));
      send({ kind: 'installed' });
      return Promise.resolve(succeed(undefined));
    },
    onChange(listener) {
      updateListeners.add(listener);
      return () => void updateListeners.delete(listener);
    },
  };
}

function setUpdateState(state: UpdateState): void {
  updateState = state;
  for (const listener of updateListeners) listener();
}

const send = (message: ToFrame) => process.send?.(message);
const log = await openLog(options.dataFolder);
const countLiveSessions = (sessions: readonly { state: { kind: string } }[]) =>
  sessions.filter(({ state }) => state.kind === 'live').length;

const chosen = await readFarmChoice(options.dataFolder);
if ('problem' in chosen) throw new Error(chosen.problem);
const { farm } = chosen;
const farmHost =
  farm &&
  (await startFarmHost({
    farm,
    dataFolder: options.dataFolder,
    openSecrets: () => openKeyedSecrets(options.dataFolder, 'the key of this test'),
    openInBrowser: (address) => Promise.resolve(void send({ kind: 'browser', address })),
    tell: () => undefined,
    log,
  }));
const ownHost = farmHost ? undefined : await startOwnBroker();
const host = farmHost ?? ownHost;
if (!host) throw new Error('there is neither');

async function startOwnBroker() {
  return startHostProcess({
    version: '0.1.0',
    runsIn: 'desktop',
    dataFolder: options.dataFolder,
    openSecrets: () => openKeyedSecrets(options.dataFolder, 'the key of this test'),
    log,
    administrator: 'tester',
    whatIfWorkerFile: new URL('../dist/electron/whatIfWorker.js', import.meta.url),
    readPolicies: () => Promise.resolve(options.policy ? [{ where: 'test', content: options.policy }] : []),
    ...(options.playsUpdates === true && { openUpdates: playUpdates }),
    ...(options.hostFile !== undefined && { hostFile: options.hostFile }),
  });
}

const ipcMain = new EventEmitter();
serveIpc({
  ipcMain: ipcMain as unknown as IpcHostOptions['ipcMain'],
  ...(farmHost ?? brokerOf(ownHost)),
  farmCalls: createFarmCalls({
    farm,
    client: farmHost?.client,
    signOut: farmHost?.signOut,
    countLiveSessions: () => countLiveSessions(host.sessions.current()),
    async choose(next) {
      const written = await writeFarmChoice(options.dataFolder, next);
      if (written.ok) send({ kind: 'relaunch' });
      return written;
    },
  }),
  log,
});

function brokerOf(own: HostProcess | undefined) {
  if (!own) throw new Error('there is no own broker');
  return { router: own.router, caller: { person: () => own.owner }, attachTunnel: own.attachTunnel };
}

/** A port of Node in the shape of Electron's: its messages come as events. */
function asPortMain(port: MessagePort) {
  const events = new EventEmitter();
  port.on('close', () => events.emit('close'));
  return Object.assign(events, {
    postMessage: (message: unknown) => port.postMessage(message),
    start: () => void port.on('message', (data: unknown) => events.emit('message', { data, ports: [] })),
    close: () => port.close(),
  });
}

/** The windows' ends. */
const ports = new Map<string, MessagePort>();

process.on('message', (message: FromFrame) => {
  switch (message.kind) {
    case 'port': {
      const { portId, request } = message;
      const { port1, port2 } = new MessageChannel();
      ports.set(portId, port1);
      port1.on('message', (data: string | Uint8Array | object) => send({ kind: 'message', portId, data }));
      port1.on('close', () => {
        ports.delete(portId);
        send({ kind: 'close', portId });
      });
      ipcMain.emit(portChannel, { senderFrame: ownFrame, ports: [asPortMain(port2)] }, request);
      return;
    }
    case 'message':
      ports.get(message.portId)?.postMessage(message.data);
      return;
    case 'close':
      ports.get(message.portId)?.close();
      return;
    case 'link':
      if (isSignInLink(message.text)) void farmHost?.client.enterCode(message.text);
      else host.links.proposeLink(message.text);
      return;
    case 'updates':
      setUpdateState(message.state);
      return;
    case 'stop':
      void host.close().then(() => process.exit(0));
      return;
    default:
      message satisfies never;
  }
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));
send({ kind: 'ready' });
