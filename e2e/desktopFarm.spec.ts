import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, expect, type Page } from 'playwright/test';
import { expectAccessible, viewports } from './accessibility.ts';
import { expectPaint, openByDoubleClick, paint, sessionPane, waitForPicture } from './app.ts';
import { test } from './desktopFixtures.ts';
import type { DesktopApp } from './desktopFrame.ts';
import { certificatesOf, pinned } from './farmTrust.ts';
import type { GatewayProcess } from './gateway.ts';

// The desktop app on a real gateway: its frame, its MessagePorts, its farm client; the system's browser is another window of Chromium.

/** What the person does in the browser that the app opened. Resolves to the page with the code. */
async function signInInBrowser(
  browser: Browser,
  gateway: GatewayProcess,
  desktop: DesktopApp,
): Promise<Page> {
  await expect.poll(() => desktop.sentToBrowser().length).toBeGreaterThan(0);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(gateway.signInUrl);
  await page.goto(desktop.sentToBrowser().at(-1) ?? '');
  await expect(page.getByRole('heading', { name: 'Sign in the Proxima app?' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign in the app' }).click();
  await expect(page.getByRole('heading', { name: 'Go back to the Proxima app' })).toBeVisible();
  return page;
}

const search = (page: Page) => page.getByRole('textbox', { name: 'Search hosts' });

test('signs in through the browser, and shows the farm’s hosts and live screens; a new start needs no new sign-in', async ({
  start,
  launch,
  browser,
}) => {
  const gateway = await launch();
  const { authority } = await certificatesOf(gateway);
  const verification = { kind: 'authorities', certificatesPem: authority.toString() } as const;
  const desktop = await start({ farm: { address: gateway.origin, verification } });
  const page = await desktop.openWindow();
  await expect(page.getByRole('heading', { name: /^Sign in to 127\.0\.0\.1:/ })).toBeVisible();
  for (const viewport of viewports.toReversed()) {
    await page.setViewportSize(viewport);
    await expectAccessible(page, 'sign in to a farm');
  }
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const signIn = await signInInBrowser(browser, gateway, desktop);
  const word = await page.locator('[class*=word]').first().textContent();
  expect(
    desktop.sentToBrowser().at(-1)?.split('challenge=')[1]?.replaceAll(/[-_]/g, '').toUpperCase(),
  ).toMatch(new RegExp(`^${word}`));
  const link = await signIn.getByRole('link', { name: 'Open the Proxima app' }).getAttribute('href');
  desktop.clickLink(link ?? '');

  await expect(search(page)).toBeVisible();
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');

  // The session is the farm's: it outlives the app.
  await desktop.crash();
  await desktop.start();
  const again = await desktop.openWindow();
  await expect(search(again)).toBeVisible();
  await expectPaint(sessionPane(again, 'SSH shell'), 'green');
  const stored = await readFile(join(desktop.dataFolder, 'secrets.json'), 'utf8');
  expect(stored).not.toMatch(/[\w-]{43}\.gateway/);

  await again.getByRole('button', { name: /^Your account/ }).click();
  await again.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await expect(again.getByRole('heading', { name: /^Sign in to/ })).toBeVisible();
  // A code is good once.
  await again.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(again.getByText('Your browser is open for it.')).toBeVisible();
  desktop.clickLink(link ?? '');
  await expect(again.getByText('The name, the password or the code is not right.')).toBeVisible();
  await signIn.context().close();
});

test('a code can be pasted, a farm with another key is told, and the farm is chosen in the preferences', async ({
  start,
  launch,
  browser,
}) => {
  const gateway = await launch();
  const verification = pinned((await certificatesOf(gateway)).own);
  const desktop = await start();
  const page = await desktop.openWindow('?window=settings#preferences');
  await page.getByRole('checkbox', { name: 'Use a farm' }).click();
  await page.getByRole('textbox', { name: 'Address of the farm' }).fill(`${gateway.origin}/`);
  await page.getByRole('radio', { name: 'By its key' }).click();
  await page.getByRole('textbox', { name: 'Pinned keys' }).fill(`${'A'.repeat(43)}=`);
  await page.getByRole('button', { name: 'Save, and start anew' }).click();
  await expect.poll(() => desktop.relaunches()).toBe(1);
  const file = join(desktop.dataFolder, 'farm.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ farm: { address: gateway.origin } });

  await desktop.crash();
  await desktop.start();
  const wrong = await desktop.openWindow();
  await wrong.getByRole('button', { name: 'Sign in', exact: true }).click();
  const signIn = await signInInBrowser(browser, gateway, desktop);
  const code = (await signIn.locator('code').textContent()) ?? '';
  await wrong.getByRole('textbox', { name: 'Code of the browser' }).fill(code);
  await wrong.getByRole('button', { name: 'Enter the code' }).click();
  await expect(wrong.getByText('The certificate of the farm could not be verified.').first()).toBeVisible();
  await expect(wrong.getByText('In detail: its key is not the pinned one.')).toBeVisible();

  await desktop.choose({ address: gateway.origin, verification });
  const right = await desktop.openWindow();
  await right.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect.poll(() => desktop.sentToBrowser().length).toBe(2);
  const tab = await signIn.context().newPage();
  await tab.goto(desktop.sentToBrowser().at(-1) ?? '');
  await tab.getByRole('button', { name: 'Sign in the app' }).click();
  const fresh = (await tab.locator('code').textContent()) ?? '';
  await right.getByRole('textbox', { name: 'Code of the browser' }).fill('not a code');
  await right.getByRole('button', { name: 'Enter the code' }).click();
  await expect(right.getByText('That is not valid.').first()).toBeVisible();
  await right.getByRole('textbox', { name: 'Code of the browser' }).fill(` ${fresh} `);
  await right.getByRole('button', { name: 'Enter the code' }).click();
  await expect(search(right)).toBeVisible();
  await signIn.context().close();
});
