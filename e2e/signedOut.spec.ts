import { expect } from 'playwright/test';
import { hostRow, openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { startGateway } from './gateway.ts';

test('whose sign-in ended with the gateway is told to sign in again, and how', async ({ page, launch }) => {
  const first = await launch();
  await openApp(page, first);
  await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
  await first.stop();
  await expect(page.getByText('The connection to Proxima was lost').first()).toBeVisible();

  const listen = ['--listen', new URL(first.origin).host];
  const second = await startGateway({ dataFolder: first.dataFolder, flags: listen });
  await expect(page.getByRole('heading', { name: 'You are not signed in.' })).toBeVisible();
  await expect(page.getByText('Open the address that Proxima printed at its start.')).toBeVisible();
  await openApp(page, second);
  await second.stop();
});

test('a form that nobody saved is kept while its person signs in again elsewhere', async ({
  page,
  context,
  launch,
}) => {
  const first = await launch();
  await openApp(page, first);
  await page.keyboard.press('Alt+N');
  const dialog = page.getByRole('dialog', { name: 'New host' });
  await dialog.getByLabel('Name', { exact: true }).fill('Half written');
  await dialog.getByLabel('Address', { exact: true }).fill('half.example');
  await first.stop();
  const listen = ['--listen', new URL(first.origin).host];
  const second = await startGateway({ dataFolder: first.dataFolder, flags: listen });
  await expect(page.getByText('You are not signed in any more.')).toBeVisible({ timeout: 20_000 });
  await expect(dialog.getByLabel('Address', { exact: true })).toHaveValue('half.example');

  const other = await context.newPage();
  await openApp(other, second);
  await expect(page.getByText('You are not signed in any more.')).toBeHidden({ timeout: 20_000 });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(hostRow(other, 'Half written')).toBeVisible();
  await second.stop();
});
