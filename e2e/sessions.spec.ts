import { expect, type Page } from 'playwright/test';
import {
  expectPaint,
  hostRow,
  openApp,
  openByDoubleClick,
  paint,
  pictureOf,
  sessionPane,
  typeCommand,
  waitForPicture,
} from './app.ts';
import { test } from './fixtures.ts';
import { shareOf, takePicture } from './pixels.ts';

for (const name of ['SSH shell', 'RDP desktop']) {
  test(`${name}: a session survives a reload of its window, picture and all`, async ({ page, launch }) => {
    await openApp(page, await launch());
    const pane = await openByDoubleClick(page, name);
    await waitForPicture(pane);
    await paint(pane, 'green');
    await page.reload();
    const again = sessionPane(page, name);
    await waitForPicture(again);
    await expectPaint(again, 'green');
    await paint(again, 'magenta');
  });
}

const tile = (page: Page, name: string) => page.getByRole('group', { name });

test('four sessions side by side, each with its own picture', async ({ page, launch }, info) => {
  await openApp(page, await launch());
  for (const name of ['SSH shell', 'Telnet shell', 'VNC desktop', 'RDP desktop']) {
    await waitForPicture(await openByDoubleClick(page, name));
  }
  await page.getByRole('button', { name: 'Side by side' }).click();
  for (const name of ['SSH shell', 'Telnet shell', 'VNC desktop', 'RDP desktop']) {
    await waitForPicture(tile(page, name));
  }
  const ssh = tile(page, 'SSH shell');
  const vnc = tile(page, 'VNC desktop');
  // The VNC desktop outlives its sessions, and may still be green from another test.
  await paint(ssh, 'magenta');
  expect(shareOf(await takePicture(pictureOf(vnc)), 'magenta')).toBeLessThan(0.01);
  await info.attach('side by side.png', { body: await page.screenshot(), contentType: 'image/png' });
});

test('the picture follows the size of the window in device pixels', async ({ browser, launch }) => {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    deviceScaleFactor: 2,
    viewport: { width: 1100, height: 700 },
  });
  const page = await context.newPage();
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'RDP desktop');
  await waitForPicture(pane);
  const fits = async () => {
    const area = await pictureOf(pane).boundingBox();
    const display = await pane
      .locator('canvas')
      .first()
      .locator('..')
      .evaluate((layer) => [layer.clientWidth, layer.clientHeight]);
    // The desktop's width is a multiple of four.
    expect(Math.abs((area?.width ?? 0) * 2 - (display[0] ?? 0))).toBeLessThan(8);
    expect(Math.abs((area?.height ?? 0) * 2 - (display[1] ?? 0))).toBeLessThan(8);
  };
  await expect(fits).toPass({ timeout: 15_000 });
  await page.setViewportSize({ width: 900, height: 600 });
  await expect(fits).toPass({ timeout: 15_000 });
  await context.close();
});

test('clipboard text goes both ways', async ({ page, context, launch }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'VNC desktop');
  await waitForPicture(pane);
  const fromHost = `from the host ${Date.now()}`;
  await typeCommand(pane, `printf '\\e]52;c;${Buffer.from(fromHost).toString('base64')}\\a'`);
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(fromHost);

  const ssh = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(ssh);
  await page.evaluate(() => navigator.clipboard.writeText("printf '\\033[42m%1500s\\033[0m\\n' ' '"));
  // Coming back to the session brings the clipboard along; the terminal pastes it with Ctrl+Shift+V.
  await page.getByRole('textbox', { name: 'Search hosts' }).focus();
  await ssh.getByRole('textbox', { name: /^Keyboard of/ }).focus();
  await page.waitForTimeout(500);
  await page.keyboard.press('Control+Shift+V');
  await page.keyboard.press('Enter');
  await expectPaint(ssh, 'green');
});

test('keys are released when the session loses the keyboard', async ({ page, launch }) => {
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await pane.getByRole('textbox', { name: /^Keyboard of/ }).focus();
  await page.keyboard.down('Control');
  await page.getByRole('textbox', { name: 'Search hosts' }).focus();
  await page.keyboard.up('Control');
  // Were Control still down on the host, the letters would be control characters.
  await paint(pane, 'green');
});

test('a host that ends the session says so, and Reconnect opens it again', async ({ page, launch }) => {
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await typeCommand(pane, 'exit');
  await expect(pane.getByText('The session has ended')).toBeVisible();
  await pane.getByRole('button', { name: 'Reconnect' }).click();
  await waitForPicture(pane);
  await paint(pane, 'green');
});

test('a VNC host without a stored password asks for it, and stores it nowhere', async ({
  page,
  launch,
  rig,
}) => {
  const password = rig.vnc.password;
  const gateway = await launch({
    hosts: [
      {
        id: '00000000-0000-4000-9000-000000000077',
        draft: {
          name: 'No password',
          protocol: 'vnc',
          address: '127.0.0.1',
          port: rig.vnc.port,
          tags: [],
          favourite: false,
          username: '',
          domain: '',
          settings: {},
        },
        secret: {},
      },
    ],
  });
  await openApp(page, gateway);
  // The question may come before anybody has seen the pane, and hides it.
  await hostRow(page, 'No password').dblclick();
  const pane = sessionPane(page, 'No password');
  const prompt = page.getByRole('dialog', { name: /asks who you are/ });
  await prompt.getByLabel('Password').fill(password);
  await prompt.getByRole('button', { name: 'Continue' }).click();
  await waitForPicture(pane);
  await paint(pane, 'green');
  const files = await gateway.readFiles();
  for (const [path, content] of files) expect(content.includes(password), path).toBe(false);
});
