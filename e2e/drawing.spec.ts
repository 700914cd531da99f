import { expect, type Page } from 'playwright/test';
import { encodeInstruction } from '../shared/guacamole/instruction.ts';
import {
  expectPaint,
  openApp,
  openByDoubleClick,
  paint,
  pictureOf,
  sessionPane,
  typeCommand,
  waitForPicture,
} from './app.ts';
import { test } from './fixtures.ts';
import { paintCommand, shareOf, takePicture } from './pixels.ts';

/** How many displays this page has in workers. */
const countWorkers = (page: Page) => page.workers().length;

/** As it may be for want of memory: from outside, one error that nobody caught is the same. */
async function killWorker(page: Page): Promise<void> {
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error('the worker dies');
    });
  });
}

async function showPreferences(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const pages = page.getByRole('navigation', { name: 'Settings' });
  await pages.getByRole('button', { name: 'Preferences' }).click();
}

const switchOf = (page: Page) =>
  page.getByRole('checkbox', { name: 'Draw sessions with guacamole-common-js' });

async function drawWith(page: Page, isOlder: boolean): Promise<void> {
  await showPreferences(page);
  await switchOf(page).setChecked(isOlder);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
}

test('one switch draws open sessions with guacamole-common-js, at once and from then on', async ({
  page,
  launch,
}) => {
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');
  expect(countWorkers(page)).toBe(1);

  await drawWith(page, true);
  await expect.poll(() => countWorkers(page)).toBe(0);
  await expectPaint(pane, 'green');
  await paint(pane, 'magenta');
  await page.reload();
  const again = sessionPane(page, 'SSH shell');
  await waitForPicture(again);
  await expectPaint(again, 'magenta');
  expect(countWorkers(page)).toBe(0);

  await drawWith(page, false);
  await expect.poll(() => countWorkers(page)).toBe(1);
  await expectPaint(again, 'magenta');
  await typeCommand(again, 'clear');
  await paint(again, 'green');
});

test('a display that dies is opened again, and the second time the older one takes over', async ({
  page,
  launch,
}) => {
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');

  const [first] = page.workers();
  await killWorker(page);
  await expect.poll(() => countWorkers(page) === 1 && page.workers()[0] !== first).toBe(true);
  await waitForPicture(pane);
  await expectPaint(pane, 'green');
  await paint(pane, 'magenta');

  await killWorker(page);
  await expect(page.getByText('Pictures are drawn more slowly from now on')).toBeVisible();
  await expect.poll(() => countWorkers(page)).toBe(0);
  await waitForPicture(pane);
  await expectPaint(pane, 'magenta');
  await paint(pane, 'green');
});

test('what a host draws while its tab is hidden is there when the tab is shown again', async ({
  page,
  launch,
}) => {
  await openApp(page, await launch());
  const ssh = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(ssh);
  await typeCommand(ssh, `sleep 3; clear; ${paintCommand('green')}`);
  const telnet = await openByDoubleClick(page, 'Telnet shell');
  await expect(ssh).toBeHidden();
  await waitForPicture(telnet);
  await page.waitForTimeout(3_500);
  await page.getByRole('tab', { name: /^SSH shell/ }).click();
  await expectPaint(ssh, 'green');
});

/** A magenta square as the host's cursor, out of a buffer that no host uses; drawn with the next frame. */
const squareCursor = (side: number) =>
  [
    encodeInstruction(['size', '-4077', `${side}`, `${side}`]),
    encodeInstruction(['rect', '-4077', '0', '0', `${side}`, `${side}`]),
    encodeInstruction(['cfill', '14', '-4077', '255', '0', '255', '255']),
    encodeInstruction(['cursor', '0', '0', '-4077', '0', '0', `${side}`, `${side}`]),
  ].join('');

for (const [drawing, isOlder] of [
  ['a worker', false],
  ['guacamole-common-js', true],
] as const) {
  test(`the cursor of a host is the browser’s, or part of the picture where it is too large, drawn by ${drawing}`, async ({
    page,
    launch,
  }) => {
    let tell: ((instructions: string) => void) | undefined;
    await page.routeWebSocket(/websocket-tunnel/, (toPage) => {
      toPage.connectToServer();
      tell = (instructions) => toPage.send(Buffer.from(instructions));
    });
    await openApp(page, await launch());
    await drawWith(page, isOlder);
    const pane = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(pane);
    const picture = pane.locator('canvas').first().locator('..');
    const area = await pictureOf(pane).boundingBox();
    if (area === null) throw new Error('the picture has no place');
    const share = async () => shareOf(await takePicture(pictureOf(pane)), 'magenta');
    const expected = 200 ** 2 / (area.width * area.height);

    // guacd answers to the first movements with cursors of its own.
    let step = 0;
    const isShown = async () => {
      tell?.(squareCursor(200));
      await page.mouse.move(area.x + 50 + (step++ % 2), area.y + 60);
      expect(Math.abs((await share()) - expected)).toBeLessThan(expected / 20);
    };
    await expect(isShown).toPass({ timeout: 10_000 });
    await page.mouse.move(area.x - 100, area.y + 60);
    await expect.poll(share).toBe(0);

    tell?.(squareCursor(24));
    await expect
      .poll(() =>
        picture.evaluate((element) => element.closest<HTMLElement>('[style*=cursor]')?.style.cursor),
      )
      .toMatch(/^url\("data:image\/png;base64,.*0 0, default$/);
    await page.mouse.move(area.x + 50, area.y + 60);
    await page.waitForTimeout(300);
    expect(await share()).toBe(0);
  });
}

test('sound, and whatever else is not drawing, gets past the worker to those that take it', async ({
  page,
  launch,
}) => {
  let told = '';
  let tell: ((instructions: string) => void) | undefined;
  await page.routeWebSocket(/websocket-tunnel/, (toPage) => {
    const toGateway = toPage.connectToServer();
    toPage.onMessage((message) => {
      const text = message.toString();
      told += text;
      // guacd knows nothing of the streams that are made up here.
      if (!text.includes('.ack,')) toGateway.send(message);
    });
    tell = (instructions) => toPage.send(Buffer.from(instructions));
  });
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  expect(countWorkers(page)).toBe(1);

  const samples = Buffer.alloc(4_000).toString('base64');
  tell?.(
    [
      encodeInstruction(['audio', '71', 'audio/L16;rate=44100,channels=2']),
      encodeInstruction(['blob', '71', samples]),
      encodeInstruction(['end', '71']),
      encodeInstruction(['audio', '72', 'audio/nobody-plays-this']),
      encodeInstruction(['file', '73', 'application/octet-stream', 'ünwanted.bin']),
    ].join(''),
  );
  await expect.poll(() => told).toContain(encodeInstruction(['ack', '71', 'OK', '0']));
  await expect.poll(() => told).toContain(encodeInstruction(['ack', '72', 'BAD TYPE', '783']));
  await expect
    .poll(() => told)
    .toContain(encodeInstruction(['ack', '73', 'File transfer unsupported', '256']));
  // The next frames are acknowledged as ever.
  const length = told.length;
  await expect.poll(() => told.slice(length)).toContain('4.sync,');
  await paint(pane, 'green');
});

test('a browser that has no OffscreenCanvas draws as it can, and says so', async ({ page, launch }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'OffscreenCanvas');
  });
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');
  expect(countWorkers(page)).toBe(0);
  await showPreferences(page);
  await expect(switchOf(page)).toBeChecked();
  await expect(switchOf(page)).toBeDisabled();
  await expect(page.getByText('This browser can draw them in no other way.')).toBeVisible();
});
