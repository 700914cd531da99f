import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'playwright/test';
import { unpackedFolders } from '../build/packaging/desktopCheck.ts';
import { findFusedFile, readFuses, type System } from '../build/packaging/stubRuntime.ts';
import { openByDoubleClick, paint, sessionPane, waitForPicture } from './app.ts';
import { type ElectronDesktop, expectAlive, prepareElectron } from './electronApp.ts';
import { test } from './fixtures.ts';

// This runs where Electron's binary is: elsewhere `npm test` says why it doesn't (playwright.config.ts, build/test.ts). Tests that open
// sessions need the rig's servers, which run on Linux only.

let desktop: ElectronDesktop;
test.afterEach(() => desktop.dispose());

const link = 'proxima://host/203.0.113.7?protocol=ssh&user=alice&password=hunter2';

test('the desktop app starts, shut in as it should be', async () => {
  desktop = prepareElectron();
  const app = await desktop.start();
  const page = await expectAlive(app);
  expect(page.url()).toMatch(/^app:\/\//);
  const globals = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
  );
  expect(globals).toEqual([]);
  await page.evaluate(() => void window.open('https://example.com/'));
  expect(app.windows()).toHaveLength(1);
});

test('a link that it is started with is asked about, and opens nothing by itself', async () => {
  desktop = prepareElectron();
  const app = await desktop.start('--', link);
  const page = await expectAlive(app);
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('203.0.113.7');
  await expect(dialog).toContainText('alice');
  await expect(dialog).not.toContainText('hunter2');
  await expect(page.getByRole('tab')).toHaveCount(0);
});

test('a second start hands its link to the first, and ends', async () => {
  desktop = prepareElectron();
  const app = await desktop.start();
  const page = await expectAlive(app);
  expect(await desktop.startSecond('--', link)).toBe(0);
  await expect(page.getByRole('dialog')).toContainText('203.0.113.7');
  expect(await desktop.startSecond(`proxima://host/${'a'.repeat(20_000)}`)).toBe(0);
  await expect(page.getByRole('dialog')).toHaveCount(1);
});

test('a crashed page comes back', async () => {
  desktop = prepareElectron();
  const app = await desktop.start();
  const page = await expectAlive(app);
  const crashed = page.waitForEvent('crash');
  await app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
  });
  await crashed;
  const title = () =>
    app.evaluate(
      ({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(
          'document.querySelector("input") !== null',
        ) as Promise<boolean>,
    );
  await expect.poll(title, { timeout: 20_000 }).toBe(true);
});

test.describe('with real servers', () => {
  test.skip(process.platform !== 'linux', 'the servers to connect to run on Linux');

  test('the desktop app opens a session by double-click, and typing works', async ({ rig }, info) => {
    desktop = prepareElectron(rig);
    const page = await expectAlive(await desktop.start());
    const pane = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(pane);
    await expect(pane.getByText('secured', { exact: false })).toBeVisible();
    await paint(pane, 'green');
    await info.attach('SSH shell.png', { body: await page.screenshot(), contentType: 'image/png' });
  });

  test('killed with a session open, it offers that again at the next start', async ({ rig }) => {
    desktop = prepareElectron(rig);
    const app = await desktop.start();
    const page = await expectAlive(app);
    await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
    const closed = app.waitForEvent('close');
    app.process().kill('SIGKILL');
    await closed;
    const second = await expectAlive(await desktop.start());
    await expect(second.getByText('Proxima ended unexpectedly.')).toBeVisible();
    await second.getByRole('button', { name: 'Open again' }).click();
    await waitForPicture(sessionPane(second, 'SSH shell'));
  });
});

test.describe('packed', () => {
  const system = process.platform as System;
  const packages =
    process.env['PROXIMA_PACKED'] ?? fileURLToPath(new URL('../dist/packages', import.meta.url));
  const folder = join(resolve(packages), unpackedFolders[system]);
  // A Mac of another processor than Intel's has it in the folder's name.
  const candidates =
    system === 'darwin' ? [folder, `${folder}-${process.arch}`, `${folder}-universal`] : [folder];
  const packed = candidates.find((path) => existsSync(path));
  test.skip(packed === undefined, 'nothing is packed here (npm run package -- --dir)');

  test('the binary runs nothing but the app', async () => {
    desktop = prepareElectron();
    expect(readFuses(findFusedFile(packed ?? '', system))).toBe('01001100');
    const program = {
      linux: join(packed ?? '', 'proxima'),
      win32: join(packed ?? '', 'Proxima.exe'),
      darwin: join(packed ?? '', 'Proxima.app/Contents/MacOS/Proxima'),
    }[system];
    const data = mkdtempSync(join(tmpdir(), 'proxima-packed-'));
    const child = spawn(program, ['-p', '"node" + "runs"', '--inspect=0', '--data', data, '--no-sandbox'], {
      env: {
        ...process.env,
        ELECTRON_RUN_AS_NODE: '1',
        NODE_OPTIONS: '--inspect=0',
        PROXIMA_KEY: 'the key of this test',
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (output += text.toString()));
    // Long enough for Node to have answered; the app itself goes on running.
    await new Promise((done) => setTimeout(done, 5_000));
    const exited = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await exited;
    rmSync(data, { recursive: true, force: true });
    expect(output).not.toContain('noderuns');
    expect(output).not.toContain('Debugger listening');
  });
});
