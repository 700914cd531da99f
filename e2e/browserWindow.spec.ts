import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, expect } from 'playwright/test';
import { findBrowser } from '../build/browser.ts';
import { openBrowserWindow } from '../build/browserWindow.ts';
import { test } from './fixtures.ts';
import { reservePort } from './rig/ports.ts';

let folder: string;
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxima-window-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Of all processes that can be seen. */
function readCommandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

test('the window of npm start signs in without its token in any command line', async ({ launch, rig }) => {
  const gateway = await launch();
  const token = new URL(gateway.signInUrl).searchParams.get('token') ?? '';
  // The browser as it is, but that it can be looked into.
  const port = reservePort();
  const browser = join(folder, 'browser.sh');
  writeFileSync(
    browser,
    `#!/bin/sh\nexec ${findBrowser()} --disable-gpu --remote-debugging-port=${port} "$@"\n`,
    {
      mode: 0o700,
    },
  );
  const window = await openBrowserWindow({
    browser,
    url: gateway.signInUrl,
    folder,
    isRoot: process.getuid?.() === 0,
    environment: { DISPLAY: rig.vnc.display, XAUTHORITY: rig.vnc.authorityFile },
  });
  try {
    const [opening = ''] = readdirSync(folder).filter((name) => name.startsWith('opening-'));
    expect(statSync(join(folder, opening)).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, opening, 'proxima.html')).mode & 0o777).toBe(0o600);

    await expect
      .poll(async () => (await fetch(`http://127.0.0.1:${port}/json/version`).catch(() => undefined))?.ok, {
        timeout: 20_000,
      })
      .toBe(true);
    expect(readCommandLines()).toContain(`--user-data-dir=${folder}`);
    expect(readCommandLines()).not.toContain(token);
    const connected = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const page = connected.contexts()[0]?.pages()[0];
    if (!page) throw new Error('the browser has no page');
    await expect(page.getByRole('treeitem', { name: /^SSH shell/ }).first()).toBeVisible();
    expect(page.url()).toBe(`${gateway.origin}/`);
    // No bar for an address, although the window began at another one.
    expect(await page.evaluate('outerHeight - innerHeight')).toBeLessThan(40);
    await connected.close();
  } finally {
    await window.end();
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('opening-'))).toEqual([]);
});
