import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright/test';
import { readRendererFiles } from '../electron/rendererFiles.ts';
import { serveAppScheme } from '../electron/shell/appScheme.ts';
import { generalVault } from '../shared/model/host.ts';
import type { FarmChoice } from '../shared/model/farmChoice.ts';
import type { Policy } from '../shared/model/policy.ts';
import type { Settings } from '../shared/model/settings.ts';
import type { UpdateState } from '../shared/model/update.ts';
import type { RigHost } from './rig/hosts.ts';

// The desktop app without Electron: Chromium shows the built renderer exactly as the app's scheme serves it, runs the built preload
// script, and every MessagePort that it hands over leads to a host process of its own (desktopHost.ts).

export interface DesktopHostOptions {
  readonly dataFolder: string;
  readonly hostFile?: string;
  readonly policy?: Policy;
  /** The frame says how updates are. */
  readonly playsUpdates?: boolean;
}

/** What a port carries: calls as text, a session's bytes, and receipts for them. */
type PortData = string | Uint8Array | object;

export type FromFrame =
  | { readonly kind: 'port'; readonly portId: string; readonly request: unknown }
  | { readonly kind: 'message'; readonly portId: string; readonly data: PortData }
  | { readonly kind: 'close'; readonly portId: string }
  /** What the system hands to the shell: a link that was clicked somewhere. */
  | { readonly kind: 'link'; readonly text: string }
  | { readonly kind: 'updates'; readonly state: UpdateState }
  | { readonly kind: 'stop' };

export type ToFrame =
  | { readonly kind: 'ready' }
  /** The update was let to be installed; the real app would quit now. */
  | { readonly kind: 'installed' }
  /** An address for the system's browser. */
  | { readonly kind: 'browser'; readonly address: string }
  /** Another broker was chosen; the real app would start anew now. */
  | { readonly kind: 'relaunch' }
  | { readonly kind: 'message'; readonly portId: string; readonly data: PortData }
  | { readonly kind: 'close'; readonly portId: string };

/** The same between a page and this process, which speak JSON: bytes are in base64. */
type Packed = { readonly text: string } | { readonly base64: string } | { readonly value: object };
type FromPage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'port'; readonly port: number; readonly request: unknown }
  | { readonly kind: 'message'; readonly port: number; readonly data: Packed }
  | { readonly kind: 'close'; readonly port: number };
type ToPage =
  | { readonly kind: 'message'; readonly port: number; readonly data: Packed }
  | { readonly kind: 'close'; readonly port: number }
  | { readonly kind: 'sent'; readonly channel: string; readonly message: object };

/** Stands for `app://proxima`, which Chromium alone doesn't know: as secure, and the answers are those of the app's scheme. */
const desktopOrigin = 'https://proxima.invalid';
const appUrl = 'app://proxima';

const hostProgram = fileURLToPath(new URL('./desktopHost.ts', import.meta.url));
const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const startTimeoutMs = 20_000;

export interface DesktopOptions extends Pick<DesktopHostOptions, 'policy' | 'playsUpdates'> {
  readonly settings?: Settings;
  readonly hosts?: readonly RigHost[];
  /** It uses this farm from the start. */
  readonly farm?: FarmChoice;
}

/** The desktop app with a data folder of its own. */
export interface DesktopApp {
  readonly dataFolder: string;
  /** Opens a window as the shell does; `search` says which. */
  openWindow(search?: string): Promise<Page>;
  /** Sends to a window by IPC, as the shell does with `webContents.send`. */
  send(page: Page, channel: string, message: object): void;
  /** A link that was clicked in another program. */
  clickLink(text: string): void;
  /** Says how updates are, where the frame plays them. */
  setUpdates(state: UpdateState): void;
  /** How often an update was let to be installed. */
  installs(): number;
  /** How often it was to start anew with another broker. */
  relaunches(): number;
  /** The addresses that the system's browser was sent to. */
  sentToBrowser(): readonly string[];
  /** Ends the host process as a crash does, and with it every window. */
  crash(): Promise<void>;
  /** Ends it, and starts it anew with this farm. */
  choose(farm: FarmChoice): Promise<void>;
  /** Starts it anew over the same data folder. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

export async function startDesktop(context: BrowserContext, options: DesktopOptions): Promise<DesktopApp> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'proxima-desktop-'));
  if (options.settings) await writeFile(join(dataFolder, 'settings.json'), JSON.stringify(options.settings));
  if (options.farm)
    await writeFile(join(dataFolder, 'farm.json'), JSON.stringify({ version: 1, farm: options.farm }));
  const hostFile = join(dataFolder, 'hosts-to-add.json');
  const hosts = { vault: generalVault.name, hosts: options.hosts ?? [] };
  await writeFile(hostFile, JSON.stringify(hosts), { mode: 0o600 });

  const { policy, playsUpdates } = options;
  const played = { ...(policy && { policy }), ...(playsUpdates !== undefined && { playsUpdates }) };
  const wires = new Map<Page, PageWire>();
  let installs = 0;
  let relaunches = 0;
  const sentToBrowser: string[] = [];
  let child: ChildProcess | undefined;
  const start = async (hostOptions: DesktopHostOptions) => {
    child = await startHost(hostOptions);
    child.on('message', (message: ToFrame) => {
      if (message.kind === 'installed') installs++;
      else if (message.kind === 'relaunch') relaunches++;
      else if (message.kind === 'browser') sentToBrowser.push(message.address);
      else if (message.kind !== 'ready') for (const wire of wires.values()) wire.receive(message);
    });
  };
  await start({ dataFolder, hostFile, ...played });
  await rm(hostFile);

  const toHost = (message: FromFrame) => void (child?.connected === true && child.send(message));
  await serveRenderer(context);
  await context.exposeBinding('proximaFromPage', ({ page }, message: FromPage) => {
    let wire = wires.get(page);
    if (wire === undefined) {
      wire = createPageWire(`${wires.size}`, toHost);
      wires.set(page, wire);
      page.once('close', wire.closeAll);
    }
    wire.send(message);
  });
  await context.exposeBinding('proximaToPage', ({ page }) => wires.get(page)?.next() ?? []);
  await context.addInitScript({ content: await desktopScript() });

  const stop = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child?.once('exit', resolve));
    toHost({ kind: 'stop' });
    const timer = setTimeout(() => child?.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(timer);
  };
  const writeFarm = (farm: FarmChoice) =>
    writeFile(join(dataFolder, 'farm.json'), JSON.stringify({ version: 1, farm }));
  return {
    dataFolder,
    async choose(farm) {
      await stop();
      await Promise.all(context.pages().map((page) => page.close()));
      await writeFarm(farm);
      await start({ dataFolder, ...played });
    },
    async openWindow(search = '') {
      const page = await context.newPage();
      await page.goto(`${desktopOrigin}/${search}`);
      return page;
    },
    send: (page, channel, message) => wires.get(page)?.tell({ kind: 'sent', channel, message }),
    clickLink: (text) => toHost({ kind: 'link', text }),
    setUpdates: (state) => toHost({ kind: 'updates', state }),
    installs: () => installs,
    relaunches: () => relaunches,
    sentToBrowser: () => sentToBrowser,
    async crash() {
      const exited = new Promise((resolve) => child?.once('exit', resolve));
      child?.kill('SIGKILL');
      await exited;
      await Promise.all(context.pages().map((page) => page.close()));
    },
    start: () => start({ dataFolder, ...played }),
    async dispose() {
      await stop();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function startHost(options: DesktopHostOptions): Promise<ChildProcess> {
  let output = '';
  const child = spawn(process.execPath, ['--import', 'tsx', hostProgram, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()));
  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => reject(new Error(`the host process ${why}: ${output}`));
    const timer = setTimeout(() => giveUp('did not start in time'), startTimeoutMs);
    child.once('exit', (code) => giveUp(`ended with ${code}`));
    child.on('message', (message: ToFrame) => {
      if (message.kind !== 'ready') return;
      clearTimeout(timer);
      resolve(child);
    });
  });
}

/** Every answer, its headers included, is the one that the app's scheme gives in Electron. */
async function serveRenderer(context: BrowserContext): Promise<void> {
  type Handler = (request: Request) => Response | Promise<Response>;
  let answer: Handler = () => new Response(null, { status: 500 });
  const protocol = { handle: (_scheme: string, handler: Handler) => (answer = handler) };
  serveAppScheme(
    protocol as unknown as Parameters<typeof serveAppScheme>[0],
    await readRendererFiles(fromRoot('dist/renderer')),
  );
  await context.route(`${desktopOrigin}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const asked = { url: `${appUrl}${pathname}${search}`, method: route.request().method() };
    const response = await answer(asked as Request);
    await route.fulfill({
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: Buffer.from(await response.arrayBuffer()),
    });
  });
}

interface PageWire {
  send(message: FromPage): void;
  receive(message: Extract<ToFrame, { portId: string }>): void;
  tell(message: ToPage): void;
  /** What came for the page since it asked the last time; waits until there is something. */
  next(): Promise<readonly ToPage[]>;
  closeAll(): void;
}

/** The ports of one window. */
function createPageWire(pageId: string, toHost: (message: FromFrame) => void): PageWire {
  const open = new Set<string>();
  let load = 0;
  let waiting: ToPage[] = [];
  let deliver: ((messages: readonly ToPage[]) => void) | undefined;
  const portIdOf = (port: number) => `${pageId}/${load}/${port}`;

  const flush = () => {
    if (deliver === undefined || waiting.length === 0) return;
    const messages = waiting;
    waiting = [];
    deliver(messages);
    deliver = undefined;
  };
  const tell = (message: ToPage) => {
    waiting.push(message);
    flush();
  };
  const closeAll = () => {
    for (const portId of open) toHost({ kind: 'close', portId });
    open.clear();
    waiting = [];
    deliver?.([]);
    deliver = undefined;
  };

  return {
    closeAll,
    send(message) {
      // A page that is gone took its ports along.
      if (message.kind === 'loaded') {
        closeAll();
        load++;
        return;
      }
      const portId = portIdOf(message.port);
      if (message.kind === 'port') {
        open.add(portId);
        toHost({ kind: 'port', portId, request: message.request });
      } else if (message.kind === 'message') toHost({ kind: 'message', portId, data: unpack(message.data) });
      else toHost({ kind: 'close', portId });
    },
    tell,
    receive(message) {
      if (!open.has(message.portId)) return;
      const port = Number(message.portId.split('/')[2]);
      if (message.kind === 'message') return tell({ kind: 'message', port, data: pack(message.data) });
      open.delete(message.portId);
      tell({ kind: 'close', port });
    },
    next: () =>
      new Promise((resolve) => {
        deliver?.([]);
        deliver = resolve;
        flush();
      }),
  };
}

function pack(data: PortData): Packed {
  if (typeof data === 'string') return { text: data };
  if (data instanceof Uint8Array) return { base64: Buffer.from(data).toString('base64') };
  return { value: data };
}

function unpack(data: Packed): PortData {
  if ('text' in data) return data.text;
  if ('base64' in data) return new Uint8Array(Buffer.from(data.base64, 'base64'));
  return data.value;
}

/** Runs the built preload script in each window, with what it takes of Electron. Scripts of the debugger aren't subject to the page's policy. */
async function desktopScript(): Promise<string> {
  const preload = await readFile(fromRoot('dist/electron/preload.cjs'), 'utf8');
  // A page that another opens begins as an empty one of the same origin, and may keep that one's global object.
  return `if (self.origin === ${JSON.stringify(desktopOrigin)} && self.proximaDesktop === undefined) ((require, module, exports) => {
${preload}
})(${playElectron.toString()}, {}, {});`;
}

/** `require` of a preload script. Serialised, so that it must not use anything from around it. */
function playElectron() {
  type Bridge = typeof globalThis & {
    proximaFromPage(message: FromPage): Promise<void>;
    proximaToPage(): Promise<readonly ToPage[]>;
  };
  const bridge = globalThis as Bridge;
  const ports = new Map<number, MessagePort>();
  const listeners = new Map<string, (event: object, message: object) => void>();
  let count = 0;

  const packed = (data: unknown): Packed => {
    if (typeof data === 'string') return { text: data };
    if (!(data instanceof Uint8Array)) return { value: data as object };
    let binary = '';
    for (let at = 0; at < data.length; at += 8192)
      binary += String.fromCharCode(...data.subarray(at, at + 8192));
    return { base64: btoa(binary) };
  };
  const unpacked = (data: Packed): unknown => {
    if ('text' in data) return data.text;
    if ('value' in data) return data.value;
    return Uint8Array.from(atob(data.base64), (character) => character.charCodeAt(0));
  };
  const listen = async () => {
    await bridge.proximaFromPage({ kind: 'loaded' });
    for (;;) {
      for (const message of await bridge.proximaToPage()) {
        if (message.kind === 'sent') listeners.get(message.channel)?.({}, message.message);
        else if (message.kind === 'close') ports.get(message.port)?.close();
        else ports.get(message.port)?.postMessage(unpacked(message.data));
      }
    }
  };
  const listening = listen();
  // The last question of a page that is closed is never answered.
  listening.catch(() => undefined);

  return {
    ipcRenderer: {
      postMessage(_channel: string, request: unknown, [port]: MessagePort[]) {
        if (port === undefined) return;
        const number = count++;
        ports.set(number, port);
        void bridge.proximaFromPage({ kind: 'port', port: number, request });
        port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
          void bridge.proximaFromPage({ kind: 'message', port: number, data: packed(data) });
        });
        port.addEventListener('close', () => {
          ports.delete(number);
          void bridge.proximaFromPage({ kind: 'close', port: number });
        });
        port.start();
      },
      on: (channel: string, listener: (event: object, message: object) => void) =>
        void listeners.set(channel, listener),
    },
    contextBridge: {
      exposeInMainWorld: (name: string, value: unknown) =>
        Object.defineProperty(globalThis, name, { value, enumerable: true }),
    },
  };
}
