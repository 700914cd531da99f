import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { portChannel } from '../shared/contract/portChannel.ts';

// As much of the module `electron` as the desktop app's main process uses, without anything on a screen: mainProcess.spec.ts runs the
// built main.js on it in plain Node. It tells what it is asked to do, and does to it what a system would.

/** What a test has happen. */
export type ToDouble =
  | { readonly kind: 'event'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'call'; readonly text: string }
  | { readonly kind: 'load'; readonly url: string }
  | { readonly kind: 'throw' }
  | { readonly kind: 'close' };

/** What the main process did, as a name and what went with it. */
export type FromDouble = readonly [name: string, ...rest: unknown[]];

const tell = (...message: FromDouble) => void process.send?.(message);
let serve: (request: { url: string; method: string }) => Response = () => new Response();
let port: MessagePort | undefined;

/** Emits an event that may be prevented. @returns whether it was. */
function isPrevented(emitter: EventEmitter, name: string, ...args: readonly unknown[]): boolean {
  let prevented = false;
  const preventDefault = () => {
    prevented = true;
  };
  emitter.emit(name, { preventDefault }, ...args);
  return prevented;
}

class Contents extends EventEmitter {
  url = '';
  setWindowOpenHandler = () => undefined;
  getURL = () => this.url;
  isLoading = () => false;
  send = (...message: unknown[]) => tell('send', ...message);
}

export class BrowserWindow extends EventEmitter {
  static all: BrowserWindow[] = [];
  readonly webContents = new Contents();
  constructor() {
    super();
    BrowserWindow.all.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string) {
    this.webContents.url = url;
    setImmediate(() => this.emit('ready-to-show'));
  }
  show = () => tell('show', this.webContents.url);
  focus = () => undefined;
  maximize = () => undefined;
  isFocused = () => false;
  isMinimized = () => false;
  isDestroyed = () => false;
  isMaximized = () => false;
  isFullScreen = () => false;
  getNormalBounds = () => ({ x: 10, y: 20, width: 900, height: 700 });
  close() {
    if (isPrevented(this, 'close')) return;
    BrowserWindow.all = BrowserWindow.all.filter((other) => other !== this);
    this.emit('closed');
  }
}

class App extends EventEmitter {
  readonly isPackaged = false;
  userData = '';
  setPath = (_name: string, path: string) => {
    this.userData = path;
  };
  getPath = () => this.userData;
  getVersion = () => '0.1.0';
  requestSingleInstanceLock = () => true;
  whenReady = () => Promise.resolve();
  setBadgeCount = (count: number) => tell('badge', count);
  quit() {
    if (isPrevented(this, 'before-quit')) return;
    for (const window of BrowserWindow.all) window.close();
    if (!isPrevented(this, 'will-quit')) process.exit(0);
  }
  exit = (code: number) => process.exit(code);
}
export const app = new App();

export const protocol = {
  registerSchemesAsPrivileged: (schemes: unknown) => tell('scheme', schemes),
  handle: (_scheme: string, handler: typeof serve) => {
    serve = handler;
  },
};
export const dialog = {
  showMessageBox: ({ message }: { message: string }) => {
    tell('message', message);
    return Promise.resolve({ response: 0 });
  },
  showErrorBox: (title: string, text: string) => tell('error', title, text),
};
export const Menu = {
  buildFromTemplate: (template: unknown) => template,
  setApplicationMenu: () => tell('menu'),
};
export class Tray extends EventEmitter {
  setToolTip = (text: string) => tell('tray', text);
  setContextMenu = () => undefined;
}
export class Notification extends EventEmitter {
  static isSupported = () => false;
}
const image = { addRepresentation: () => undefined, setTemplateImage: () => undefined };
export const nativeImage = { createFromDataURL: () => image };
export const nativeTheme = { shouldUseDarkColors: false };
export const systemPreferences = {};
export const autoUpdater = new EventEmitter();
export const shell = { openExternal: (address: string) => Promise.resolve(tell('browser', address)) };
export const powerMonitor = new EventEmitter();
export const ipcMain = new EventEmitter();
const area = { x: 0, y: 0, width: 1920, height: 1080 };
export const screen = Object.assign(new EventEmitter(), {
  getAllDisplays: () => [{ bounds: area, workArea: area, scaleFactor: 1 }],
});
const setHandler = () => undefined;
export const session = {
  defaultSession: Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: setHandler,
    setPermissionCheckHandler: setHandler,
    setDevicePermissionHandler: setHandler,
    webRequest: { onBeforeRequest: setHandler },
  }),
};

/** What the preload script does with the port that a page hands over. */
function openContract(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const events = new EventEmitter();
  const portMain = Object.assign(events, {
    postMessage: (message: unknown) => port2.postMessage(message),
    start: () => void port2.on('message', (data: unknown) => events.emit('message', { data, ports: [] })),
    close: () => port2.close(),
  });
  const senderFrame = {
    origin: 'app://proxima',
    parent: null,
    detached: false,
    isDestroyed: () => false,
  };
  ipcMain.emit(portChannel, { senderFrame, ports: [portMain] }, { purpose: 'contract' });
  port1.on('message', (answer) => tell('answer', answer));
  return port1;
}

process.on('message', (message: ToDouble) => {
  switch (message.kind) {
    case 'event':
      isPrevented(app, message.name, ...message.args);
      return;
    case 'call':
      port ??= openContract();
      port.postMessage(message.text);
      return;
    case 'load':
      tell('loaded', message.url, serve({ url: message.url, method: 'GET' }).status);
      return;
    case 'throw':
      setImmediate(() => {
        throw new Error('nobody catches this');
      });
      return;
    case 'close':
      BrowserWindow.all[0]?.close();
      return;
    default:
      message satisfies never;
  }
});
