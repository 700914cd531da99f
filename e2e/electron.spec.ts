import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron as electron, expect } from 'playwright/test';
import { findElectron } from '../build/electronBinary.ts';
import { openByDoubleClick, paint, waitForPicture } from './app.ts';
import { settingsOf, test } from './fixtures.ts';
import { hostsOf } from './rig/hosts.ts';

// This runs where Electron's binary is: elsewhere `npm test` says why it doesn't (playwright.config.ts, build/test.ts).

const main = fileURLToPath(new URL('../dist/electron/main.js', import.meta.url));
const { DISPLAY: _, WAYLAND_DISPLAY: __, ...environment } = process.env as Record<string, string>;
let folder: string;

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxima-electron-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the desktop app opens a session by double-click, and typing works', async ({ rig }, info) => {
  const binary = findElectron();
  if (binary.kind === 'missing') throw new Error(binary.why);
  const hostFile = join(folder, 'hosts.json');
  writeFileSync(hostFile, JSON.stringify({ vault: 'Demo', hosts: hostsOf(rig) }), { mode: 0o600 });
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(data, 'settings.json'), JSON.stringify(settingsOf(rig)));
  const app = await electron.launch({
    executablePath: binary.path,
    args: [
      main,
      ...['--data', data, '--add-hosts', hostFile],
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    env: {
      ...environment,
      // Neither this person's screen nor their keychain.
      DISPLAY: rig.vnc.display,
      XAUTHORITY: rig.vnc.authorityFile,
      PROXIMA_KEY: 'the key of this test',
    },
  });
  try {
    const page = await app.firstWindow();
    const pane = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(pane);
    await expect(pane.getByText('secured', { exact: false })).toBeVisible();
    await paint(pane, 'green');
    await info.attach('SSH shell.png', { body: await page.screenshot(), contentType: 'image/png' });
  } finally {
    await app.close();
  }
});
