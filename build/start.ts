import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findGuacd } from '../electron/manager/localGuacd.ts';
import { findBrowser, hasDisplay } from './browser.ts';
import { openBrowserWindow } from './browserWindow.ts';
import { ensureBuilt } from './build.ts';
import { type Child, startChild } from './childProcess.ts';
import { ensurePackages } from './debian.ts';
import { startDemo } from './demo.ts';
import { ensureElectron } from './electronBinary.ts';
import { startGatewayChild } from './gatewayChild.ts';
import { ensureKeyFile, findPersonalFolders } from './personalFolders.ts';
import { parseStartOptions, type StartOptions, startUsage } from './startOptions.ts';

/** What this start works with: a person's own folders, or those of a demo. */
interface Place {
  readonly engine: StartOptions['engine'];
  readonly dataFolder: string;
  readonly configurationFolder: string;
  readonly isDemo: boolean;
  readonly hostFile?: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
/** What has to be put away at the end, the newest first. */
const endings: (() => Promise<unknown>)[] = [];
let isEnding = false;

await main();

async function main(): Promise<void> {
  let code = 0;
  try {
    const options = parseStartOptions(process.argv.slice(2));
    if (options) code = await start(options);
    else process.stdout.write(startUsage);
  } catch (error) {
    // While everything is put away, what waited for it fails.
    if (!isEnding) say(`Proxima can't start: ${error instanceof Error ? error.message : String(error)}`);
    code = 1;
  }
  await endAll(code);
}

async function start(options: StartOptions): Promise<number> {
  await installPackages(options);
  await ensureBuilt(say);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void endAll(0));
  const place = options.demo ? await prepareDemo(options) : findPlace(options);
  if (options.noOpen) return serve(place, 'Serving until Ctrl-C.');
  if (!hasDisplay())
    return serve(place, 'There is no display here to open a window on. Serving until Ctrl-C.');
  const electron = await ensureElectron(say, (end) => endings.push(end));
  if (electron.kind === 'found') return await openElectron(electron.path, place);
  say(`${electron.why}: a browser window does instead.`);
  const browser = findBrowser();
  if (browser === undefined)
    return serve(place, 'There is no Chromium, Chrome or Edge here. Serving until Ctrl-C.');
  return openBrowser(browser, place);
}

/** SSH, Telnet and VNC need nothing; RDP needs guacd, which the demo shows, and a person is offered when they need it. */
async function installPackages({ demo, engine }: StartOptions): Promise<void> {
  if (!demo && engine !== 'guacd') return;
  const targets = demo ? (['targets'] as const) : [];
  const readiness = await ensurePackages(
    engine === 'built-in' ? targets : ['session manager', ...targets],
    say,
  );
  if (readiness.kind === 'ready' || (!demo && findGuacd() !== undefined)) return;
  const { what, todo } = readiness;
  throw new Error(
    `${demo ? 'the demo' : '--engine guacd'} needs these Debian packages: ${what.join(' ')}. ${todo}`,
  );
}

async function prepareDemo({ engine }: StartOptions): Promise<Place> {
  const starting = startDemo(say);
  endings.push(() => starting.then((demo) => demo.stop()).catch(() => {}));
  return { ...(await starting), engine, isDemo: true };
}

function findPlace(options: StartOptions): Place {
  const folders = findPersonalFolders();
  return {
    dataFolder: options.dataFolder === undefined ? folders.data : resolve(options.dataFolder),
    configurationFolder: folders.configuration,
    engine: options.engine,
    isDemo: false,
  };
}

/** Serves without a window, until the gateway ends. */
async function serve(place: Place, remark: string): Promise<number> {
  const gateway = startGateway(place);
  process.stdout.write(`Proxima is at ${await gateway.address}\n`);
  say(remark);
  return gateway.exited;
}

async function openBrowser(browser: string, place: Place): Promise<number> {
  const gateway = startGateway(place);
  const url = await gateway.address;
  const window = keep(await openBrowserWindow({ browser, url, folder: place.dataFolder, isRoot }));
  sayOpened(browser);
  return Promise.race([gateway.exited, window.exited]);
}

async function openElectron(electron: string, place: Place): Promise<number> {
  const flags = [
    '--data',
    place.dataFolder,
    ...engineFlags(place),
    ...addHostsFlags(place),
    ...(isRoot ? ['--no-sandbox'] : []),
  ];
  // The passwords of sample hosts have no business in a person's keychain: they go where they go away with the demo.
  const environment = place.isDemo
    ? { PROXIMA_KEY: readFileSync(ensureKeyFile(place.configurationFolder), 'utf8').trim() }
    : {};
  const window = keep(startChild(electron, [root, ...flags], { cwd: root, environment }));
  sayOpened('Electron');
  return window.exited;
}

function startGateway(place: Place) {
  const keyFile = ensureKeyFile(place.configurationFolder);
  mkdirSync(place.dataFolder, { recursive: true, mode: 0o700 });
  const flags = [
    '--data',
    place.dataFolder,
    '--key-file',
    keyFile,
    ...engineFlags(place),
    ...addHostsFlags(place),
  ];
  return keep(startGatewayChild(root, ['--listen', '127.0.0.1:0', ...flags]));
}

function engineFlags({ engine }: Place): string[] {
  return ['--local-manager', engine];
}

function addHostsFlags({ hostFile }: Place): string[] {
  return hostFile === undefined ? [] : ['--add-hosts', hostFile];
}

function sayOpened(program: string): void {
  if (isRoot) say('As root, the window runs without its sandbox (--no-sandbox).');
  say(`Opened in ${program}. Close the window or press Ctrl-C to end.`);
}

function keep<Kept extends Child>(child: Kept): Kept {
  endings.push(() => child.end());
  return child;
}

async function endAll(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  for (let end = endings.pop(); end; end = endings.pop()) await end();
  process.exit(code);
}

/** Standard output is for the address alone. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
