import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'playwright/test';
import type { FromDouble, ToDouble } from './electronDouble.ts';

// The desktop app's built main process, whole, in plain Node on a double of Electron. The real one is in electron.spec.ts, where it is.

const main = fileURLToPath(new URL('../dist/electron/main.js', import.meta.url));
const double = new URL('./electronDouble.ts', import.meta.url).href;
const source = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const resolver = source(
  `export const resolve = (name, context, next) => next(name === 'electron' ? ${JSON.stringify(double)} : name, context);`,
);
const hook = source(`import { register } from 'node:module'; register(${JSON.stringify(resolver)});`);

let dataFolder: string;
let child: ChildProcess;
let heard: FromDouble[];
let exited: Promise<number | null>;

test.beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'proxima-main-'));
});
test.afterEach(async () => {
  child.kill('SIGKILL');
  await exited;
  rmSync(dataFolder, { recursive: true, force: true });
});

async function start(...args: readonly string[]): Promise<void> {
  heard = [];
  child = spawn(
    process.execPath,
    ['--import', 'tsx', '--import', hook, main, '--data', dataFolder, ...args],
    {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, PROXIMA_KEY: 'the key of this test' },
    },
  );
  exited = new Promise((resolve) => child.once('exit', resolve));
  child.on('message', (message: FromDouble) => heard.push(message));
  await expect.poll(() => heard).toContainEqual(['show', 'app://proxima/']);
}

const make = (message: ToDouble) => void child.send(message);
const textsOf = (name: string) => heard.filter(([kind]) => kind === name).map(([, text]) => String(text));

const link = 'proxima://host/203.0.113.7?protocol=ssh&user=alice&password=hunter2';

test('starts with its scheme, menu, tray and window, serves the page, and ends when that is closed', async () => {
  await start();
  expect(heard[0]?.[0]).toBe('scheme');
  expect(textsOf('tray')).toEqual(['Proxima: no live session']);
  expect(textsOf('menu')).toHaveLength(1);
  make({ kind: 'load', url: 'app://proxima/?window=settings' });
  make({ kind: 'load', url: 'app://proxima/../main.js' });
  await expect.poll(() => heard).toContainEqual(['loaded', 'app://proxima/?window=settings', 200]);
  await expect.poll(() => heard).toContainEqual(['loaded', 'app://proxima/../main.js', 404]);
  make({ kind: 'close' });
  expect(await exited).toBe(0);
  expect(JSON.parse(readFileSync(join(dataFolder, 'windows.json'), 'utf8'))).toMatchObject({
    screenSets: [{ screens: '1920x1080+0+0@1', places: { main: { x: 10, y: 20 } } }],
  });
  expect(existsSync(join(dataFolder, 'proxima.lock'))).toBe(false);
});

test('links wait for their person, wherever they come from; garbage is told', async () => {
  await start('--', link);
  make({ kind: 'call', text: '{"i":"1","p":{"u":"/links/watch","b":{"json":{}}}}' });
  await expect.poll(() => textsOf('answer').join('')).toContain('203.0.113.7');
  make({ kind: 'event', name: 'open-url', args: ['proxima://host/203.0.113.8?protocol=ssh'] });
  make({
    kind: 'event',
    name: 'second-instance',
    args: [['proxima', '--', 'proxima://host/203.0.113.9?protocol=ssh'], '/'],
  });
  await expect.poll(() => textsOf('answer').join('')).toContain('203.0.113.8');
  await expect.poll(() => textsOf('answer').join('')).toContain('203.0.113.9');
  expect(textsOf('answer').join('')).not.toContain('hunter2');
  make({ kind: 'event', name: 'second-instance', args: [['proxima', 7, { evil: true }], '/'] });
  await expect
    .poll(() => textsOf('message'))
    .toEqual(['Proxima was given a command line that it doesn’t understand. Nothing was opened.']);
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

test('an error that nobody catches is told once, and the next start goes on', async () => {
  await start();
  make({ kind: 'throw' });
  expect(await exited).toBe(1);
  expect(textsOf('error')).toEqual(['Proxima has to end']);
  await start();
});
