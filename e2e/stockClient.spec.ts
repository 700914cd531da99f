import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type GuacamoleLibrary from 'guacamole-common-js';
import { expect } from 'playwright/test';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { countColours, paintCommand, shareOf, takePicture } from './pixels.ts';

declare const Guacamole: typeof GuacamoleLibrary;

// As the package ships it, but for its last line: `module` is not a thing of pages.
const library = createRequire(import.meta.url).resolve('guacamole-common-js');

// The page's policy would keep a script out that isn't the app's.
test.use({ bypassCSP: true });

test('a stock guacamole-common-js client draws a live session at /websocket-tunnel, and types into it', async ({
  page,
  context,
  launch,
}, info) => {
  const gateway = await launch();
  await openApp(page, gateway);
  const ours = page.waitForEvent('websocket', (socket) => socket.url().includes('/websocket-tunnel'));
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  const sessionId = new URL((await ours).url()).searchParams.get('session') ?? '';

  const stock = await context.newPage();
  await stock.goto(`${gateway.origin}/sign-in.css`);
  await stock.addScriptTag({ content: `var module = {};\n${await readFile(library, 'utf8')}` });
  const protocol = stock.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'));
  await stock.evaluate((id) => {
    const client = new Guacamole.Client(new Guacamole.WebSocketTunnel('/websocket-tunnel'));
    document.body.replaceChildren(client.getDisplay().getElement());
    const events: (number | string)[] = [];
    const tell = (event: number | string) => {
      events.push(event);
      document.title = events.join(' ');
    };
    client.onstatechange = tell;
    client.onerror = ({ code }) => tell(`error:${code}`);
    const keyboard = new Guacamole.Keyboard(document);
    keyboard.onkeydown = (keysym) => {
      client.sendKeyEvent(1, keysym);
      return false;
    };
    keyboard.onkeyup = (keysym) => client.sendKeyEvent(0, keysym);
    client.connect(`session=${id}`);
  }, sessionId);
  // Text frames, as the stock tunnel reads them; the first names the tunnel.
  expect((await protocol).payload).toContain(sessionId);
  await expect(stock).toHaveTitle(/3$/);

  const display = stock.locator('body > div');
  await expect.poll(async () => countColours(await takePicture(display))).toBeGreaterThan(2);
  expect(shareOf(await takePicture(display), 'magenta')).toBeLessThan(0.01);
  await stock.keyboard.type(paintCommand('magenta'), { delay: 12 });
  await stock.keyboard.press('Enter');
  await expect.poll(async () => shareOf(await takePicture(display), 'magenta')).toBeGreaterThan(0.02);
  await info.attach('stock client.png', { body: await stock.screenshot(), contentType: 'image/png' });

  // The picture is in one place at a time, and the place that lost it says so.
  await expect(pane.getByText('The picture is shown in another window')).toBeVisible();
  await pane.getByRole('button', { name: 'Show it here' }).click();
  await expect(stock).toHaveTitle(/error:521/);
  await waitForPicture(pane);
});
