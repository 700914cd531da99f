import { expect, type Page } from 'playwright/test';
import { openApp, openByDoubleClick, pictureOf, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What the page asks hosts for: with each opening, and later over a tunnel. */
function noteSizes(page: Page) {
  const opened: Size[] = [];
  const resized: Size[] = [];
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const text = payload.toString();
      const display = /"display":\{"width":(\d+),"height":(\d+)/.exec(text);
      if (display) opened.push({ width: Number(display[1]), height: Number(display[2]) });
      for (const [, width, height] of text.matchAll(/4\.size,\d+\.(\d+),\d+\.(\d+)/g))
        resized.push({ width: Number(width), height: Number(height) });
    });
  });
  return { opened, resized };
}

const arrangements = [
  { name: 'in a wide window', viewport: { width: 1280, height: 720 }, sideBySide: false },
  { name: 'in a narrow window', viewport: { width: 480, height: 800 }, sideBySide: false },
  { name: 'side by side', viewport: { width: 1280, height: 720 }, sideBySide: true },
];

for (const { name, viewport, sideBySide } of arrangements) {
  test(`a session is opened in the size of its place, ${name}, and not resized`, async ({
    browser,
    launch,
  }) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport });
    const page = await context.newPage();
    const { opened, resized } = noteSizes(page);
    await openApp(page, await launch());
    if (sideBySide) {
      await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
      await page.getByRole('button', { name: 'Side by side' }).click();
      await page.waitForTimeout(1_000);
      resized.length = 0;
      await page
        .getByRole('treeitem', { name: /^RDP desktop/ })
        .first()
        .dblclick();
    } else await openByDoubleClick(page, 'RDP desktop');
    const pane = sideBySide
      ? page.getByRole('group', { name: 'RDP desktop' })
      : page.getByRole('tabpanel', { name: /^RDP desktop/ });
    await waitForPicture(pane);
    // Longer than a resize is waited with.
    await page.waitForTimeout(1_000);
    const box = await pictureOf(pane).boundingBox();
    const size = opened.at(-1);
    expect(opened).toHaveLength(sideBySide ? 2 : 1);
    expect(size).toEqual({ width: Math.floor((box?.width ?? 0) / 4) * 4, height: box?.height });
    // Side by side, the session that was there before makes room: to the same size.
    for (const asked of resized) expect(asked).toEqual(size);
    await context.close();
  });
}
