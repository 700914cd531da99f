import { expect, type Page } from 'playwright/test';
import { expectAccessible } from './accessibility.ts';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';

const steps = [
  'The window made a tab and asked',
  'A manager was chosen and its place claimed',
  'The stored password was read',
  'The name of the manager was looked up',
  'Connected',
  'Secured, and the certificate checked',
  'The manager answered',
  'The host was reached and drew',
  'The window asked for the picture',
  'The picture came and was drawn',
];

async function readSteps(page: Page, table: string): Promise<readonly string[]> {
  return page.getByRole('table', { name: table }).locator('tbody').getByRole('rowheader').allTextContents();
}

test('how long an opening took is told with the session, and by manager in the health panel', async ({
  page,
  launch,
}) => {
  await openApp(page, await launch());
  for (const name of ['VNC desktop', 'SSH shell']) {
    const pane = await openByDoubleClick(page, name);
    await waitForPicture(pane);
    await pane.getByRole('button', { name: 'Why here?' }).click();
    const dialog = page.getByRole('dialog', { name: 'Why here?' });
    await expect(dialog).toContainText(/The picture was there [\d.]+ m?s after the double-click\./);
    await dialog.getByText('Step by step').click();
    expect(await readSteps(page, 'Steps of the opening')).toEqual(steps);
    await expectAccessible(page, 'why here, step by step');
    await page.keyboard.press('Escape');
  }

  await page.getByRole('button', { name: /^Cluster health/ }).click();
  await page.getByRole('tab', { name: /^Openings/ }).click();
  const panel = page.getByRole('list', { name: 'Openings by manager' });
  await expect(panel.getByText(/Picture after [\d.]+ m?s, 95 % within [\d.]+ m?s/).first()).toBeVisible();
  await panel.getByText('Step by step').first().click();
  expect(await readSteps(page, await nameOfFirst(page))).toEqual(steps);
  await expectAccessible(page, 'openings by manager');
});

const nameOfFirst = async (page: Page) =>
  (await page
    .getByRole('table', { name: /^Steps of the openings on/ })
    .first()
    .getAttribute('aria-label')) ?? '';
