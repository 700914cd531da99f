import { expect } from 'playwright/test';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
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
