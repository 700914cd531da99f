import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const addressLine = /^Proxima is at (https:\/\/127\.0\.0\.1:\d+\/sign-in\?token=\S+)$/;
let home: string;
let started: ChildProcess | undefined;

test.beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'proxima-home-'));
});
test.afterEach(() => {
  const isRunning = started?.exitCode === null && started.signalCode === null;
  if (isRunning && started?.pid !== undefined) process.kill(-started.pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** `npm start -- …` in a terminal of its own, as far as signals go: a process group. */
function npmStart(...args: string[]) {
  const {
    DISPLAY: _,
    WAYLAND_DISPLAY: __,
    XDG_DATA_HOME: ___,
    XDG_CONFIG_HOME: ____,
    ...environment
  } = process.env;
  const startedAt = performance.now();
  const child = spawn('npm', ['start', '--', ...args], {
    cwd: root,
    env: { ...environment, HOME: home },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started = child;
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    exited,
    errors: () => errors,
    /** Standard output without what npm itself says before it runs a script. */
    lines: () => output.split('\n').filter((line) => line !== '' && !line.startsWith('> ')),
    async address(): Promise<{ url: string; seconds: number }> {
      await expect.poll(() => output, { timeout: 60_000, intervals: [20] }).toMatch(/token=\S+\n/);
      const seconds = (performance.now() - startedAt) / 1000;
      const url = output.split('\n').map((line) => addressLine.exec(line)?.[1]);
      return { url: url.find((found) => found !== undefined) ?? '', seconds };
    },
    /** What the terminal does on Ctrl-C. */
    interrupt: () => child.pid !== undefined && process.kill(-child.pid, 'SIGINT'),
    terminate: () => child.kill('SIGTERM'),
  };
}

/** The command lines of all processes that were started below this start: they have its home folder in their environment. */
function listProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environment.includes(home)
          ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
          : [];
      } catch {
        return [];
      }
    });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

test('serves one address, lets one person in with it, and leaves nothing behind', async ({ browser }) => {
  const first = npmStart('--no-open');
  const { url } = await first.address();
  expect(first.lines()).toEqual([`Proxima is at ${url}`]);

  const person = await browser.newPage();
  expect((await person.goto(url))?.status()).toBe(200);
  await expect(person).toHaveTitle('Proxima');
  expect(new URL(person.url()).search).toBe('');
  const latecomer = await (await browser.newContext()).newPage();
  expect((await latecomer.goto(url))?.status()).toBeGreaterThanOrEqual(400);

  const key = statSync(join(home, '.config/proxima/gateway.key'));
  expect(key.mode & 0o777).toBe(0o600);
  expect(listProcesses().join('\n')).toContain('headless.js');
  expect(listProcesses().join('\n')).toContain('guacd');
  first.interrupt();
  await first.exited;
  await expect.poll(listProcesses).toEqual([]);
  expect(await isListening(Number(new URL(url).port))).toBe(false);
});

test('starts again without work, and ends on SIGTERM to npm', async () => {
  const first = npmStart('--no-open');
  const slow = await first.address();
  first.terminate();
  await first.exited;
  await expect.poll(listProcesses).toEqual([]);

  const second = npmStart('--no-open');
  const quick = await second.address();
  test.info().annotations.push({
    type: 'seconds to the address',
    description: `${slow.seconds.toFixed(1)}, then ${quick.seconds.toFixed(1)}`,
  });
  expect(second.errors()).not.toMatch(/Installing|Building/);
  second.interrupt();
  await second.exited;
  await expect.poll(listProcesses).toEqual([]);
});

test('says what is wrong with its arguments', async () => {
  const wrong = npmStart('--noopen');
  expect(await wrong.exited).toBe(1);
  expect(wrong.errors()).toContain("Unknown option '--noopen'");
  expect(wrong.lines()).toEqual([]);
});
