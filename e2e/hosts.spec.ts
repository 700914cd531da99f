import { expect, type Page } from 'playwright/test';
import { hostRow, openApp } from './app.ts';
import { test } from './fixtures.ts';

async function newHost(page: Page, name: string, address: string, password: string): Promise<void> {
  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: /New host/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Address', { exact: true }).fill(address);
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
}

test('hosts are made, found, marked, edited, copied, deleted and brought back, and are there after a restart', async ({
  page,
  launch,
}) => {
  const gateway = await launch({ hosts: [] });
  await openApp(page, gateway);
  await newHost(page, 'Build server', 'build.corp.example', 'first');
  await newHost(page, 'Files', '10.0.0.7', 'second');
  await expect(hostRow(page, 'Build server')).toBeVisible();

  const search = page.getByRole('textbox', { name: 'Search hosts' });
  await search.fill('corp bui');
  await expect(page.getByRole('treeitem')).toHaveCount(1);
  await search.press('Escape');

  await hostRow(page, 'Files').getByRole('button', { name: 'Add Files to favourites' }).click();
  await expect(page.getByRole('treeitem', { name: /^Favourites/ })).toBeVisible();

  await hostRow(page, 'Build server').click();
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText(/stored/i).first()).toBeVisible();
  await dialog.getByLabel('Port', { exact: true }).fill('99999');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('a port is 65535 or less')).toBeVisible();
  await dialog.getByLabel('Port', { exact: true }).fill('2222');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();

  await hostRow(page, 'Build server').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await expect(hostRow(page, 'Build server \\(copy\\)')).toBeVisible();

  await hostRow(page, 'Files').click();
  await page.keyboard.press('Delete');
  await expect(hostRow(page, 'Files')).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(hostRow(page, 'Files')).toBeVisible();

  const restarted = await gateway.restart();
  await openApp(page, restarted);
  await expect(hostRow(page, 'Build server \\(copy\\)')).toBeVisible();
  await expect(hostRow(page, 'Files')).toBeVisible();
  const stored = await restarted.readFiles();
  await restarted.dispose();
  const document = [...stored].find(([path]) => path.endsWith('hosts.ndjson'))?.[1].toString() ?? '';
  expect(document).toContain('"port":2222');
  expect(document).not.toMatch(/first|second/);
});
