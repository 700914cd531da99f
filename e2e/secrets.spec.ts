import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'playwright/test';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { sampleHost } from './gateway.ts';

/** How a canary could be written down: as it is, and in the encodings that are used around here. */
function spellings(canary: string): readonly Buffer[] {
  return [
    Buffer.from(canary),
    Buffer.from(encodeURIComponent(canary)),
    Buffer.from(JSON.stringify(canary).slice(1, -1)),
    Buffer.from(Buffer.from(canary).toString('hex')),
    // The middle of its Base64 is the same wherever it begins in a text of ours.
    Buffer.from(Buffer.from(canary).toString('base64').slice(0, 16)),
    Buffer.from(canary, 'utf16le'),
  ];
}

test('a canary password is in no log, no stored document, and no frame toward the renderer', async ({
  page,
  launch,
  rig,
}) => {
  const canaries = ['canary-password-ü-7Q2m', 'canary-typed-4kXw', 'canary-passphrase-9pLr'];
  const [password = '', typed = '', passphrase = ''] = canaries;
  const gateway = await launch({
    hosts: [
      sampleHost(
        1,
        { name: 'Rejected', protocol: 'ssh', port: rig.ssh.port, username: rig.ssh.username },
        { password, passphrase },
      ),
      sampleHost(
        2,
        { name: 'Good', protocol: 'ssh', port: rig.ssh.port, username: rig.ssh.username },
        { password: rig.ssh.password },
      ),
    ],
  });
  const toRenderer: Buffer[] = [];
  let sent = 0;
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => toRenderer.push(Buffer.from(payload)));
    socket.on('framesent', ({ payload }) => {
      if (Buffer.from(payload).includes(typed)) sent += 1;
    });
  });
  page.on('response', (response) => {
    void response.body().then(
      (body) => toRenderer.push(body),
      () => undefined,
    );
  });
  await openApp(page, gateway);

  // Used and refused; looked at in the editor; typed for one opening; and one session that works.
  const pane = await openByDoubleClick(page, 'Rejected');
  await expect(pane.getByText(/^host_rejected_credentials/)).toBeVisible();
  await pane.getByRole('button', { name: 'Try another password' }).click();
  await pane.getByLabel('Password').fill(typed);
  await pane.getByLabel('Password').press('Enter');
  await expect(pane.getByText(/^host_rejected_credentials/)).toBeVisible();
  await pane.getByRole('button', { name: 'Edit host' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await waitForPicture(await openByDoubleClick(page, 'Good'));
  await page.reload();
  await expect(page.getByRole('tab')).toHaveCount(2);

  const files = await gateway.readFiles();
  const guacdLogs = (await readdir(rig.folder)).filter((name) => name.startsWith('guacd'));
  for (const name of guacdLogs.filter((file) => file.endsWith('.log')))
    files.set(name, await readFile(join(rig.folder, name)));
  expect([...files.keys()].some((path) => path.endsWith('proxima.log'))).toBe(true);
  expect([...files.keys()].some((path) => path.endsWith('secrets.json'))).toBe(true);
  expect(sent).toBe(1);
  expect(toRenderer.length).toBeGreaterThan(10);
  const places = [
    ...files,
    ['standard output', Buffer.from(gateway.output())] as const,
    ...toRenderer.map((frame, index) => [`frame ${index}`, frame] as const),
  ];
  for (const canary of [...canaries, rig.ssh.password]) {
    for (const spelling of spellings(canary)) {
      for (const [place, content] of places)
        expect(content.includes(spelling), `“${canary}” in ${place}`).toBe(false);
    }
  }
});
