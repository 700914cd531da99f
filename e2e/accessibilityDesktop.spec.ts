import { expect, type Page } from 'playwright/test';
import { expectAccessible, viewports } from './accessibility.ts';
import { hostRow, openByDoubleClick, waitForPicture } from './app.ts';
import { giveLink, linkDialog, test } from './desktopFixtures.ts';

/** In a laptop's window, and in the narrowest. */
async function expectBothAccessible(page: Page, screen: string): Promise<void> {
  for (const viewport of viewports) {
    await page.setViewportSize(viewport);
    await expectAccessible(page, screen);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test.describe('no screen of the desktop app has a violation', () => {
  test.setTimeout(120_000);

  test('windows of sessions, and coming back after a crash', async ({ start, context }) => {
    const desktop = await start();
    const page = await desktop.openWindow();
    await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
    const opening = context.waitForEvent('page');
    await page.getByRole('button', { name: 'More for SSH shell' }).click();
    await page.getByRole('menuitem', { name: 'Move to own window' }).click();
    const own = await opening;
    await waitForPicture(own.getByRole('group', { name: 'SSH shell' }));
    await expectBothAccessible(own, 'a session in its own window');
    await expect(page.getByText('SSH shell has a window of its own')).toBeVisible();
    await expectBothAccessible(page, 'a session that has its own window');
    await waitForPicture(await openByDoubleClick(page, 'Telnet shell'));

    await desktop.crash();
    await desktop.start();
    const next = await desktop.openWindow();
    await next.getByRole('button', { name: 'Choose…' }).click();
    await expectBothAccessible(next, 'open sessions again?');
    await next.keyboard.press('Escape');
    await expectBothAccessible(next, 'after a crash');
  });

  test('links, settings and what a policy forbids', async ({ start, rig }) => {
    const desktop = await start({
      playsUpdates: true,
      policy: {
        version: 1,
        managedBy: 'IT Operations',
        restrictions: {
          plainAllowed: false,
          clipboard: 'none',
          fileTransfer: false,
          storeSecrets: false,
        },
      },
      hosts: [],
    });
    const page = await desktop.openWindow();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    await page.getByRole('menuitem', { name: /Open a link or file/ }).click();
    await expectBothAccessible(page, 'open a link or file');
    await page.keyboard.press('Escape');
    await giveLink(page, 'https://nowhere.example');
    await expect(page.getByRole('region', { name: 'Messages' })).toContainText('can not be opened');
    await expectBothAccessible(page, 'a refused link');
    await giveLink(page, `ssh://guest:secret@127.0.0.1:${rig.ssh.port}`);
    await expect(linkDialog(page).getByRole('button', { name: 'Open', exact: true })).toBeEnabled();
    await expectBothAccessible(page, 'open this host?');
    await linkDialog(page).getByRole('button', { name: 'Save and open…' }).click();
    await expectBothAccessible(page, 'save and open this host?');
    await linkDialog(page).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'New host…' }).click();
    await page.getByRole('button', { name: 'RDP settings' }).click();
    await page.getByRole('button', { name: 'More settings' }).click();
    await expectBothAccessible(page, 'new host under a policy');
    await expect(hostRow(page, 'SSH shell')).toHaveCount(0);

    const settings = await desktop.openWindow('?window=settings#groups/default');
    await expect(settings.getByText('reached encrypted and verified only')).toBeVisible();
    await expectBothAccessible(settings, 'a group under a policy');
    const pages = settings.getByRole('navigation', { name: 'Settings' });
    await pages.getByRole('button', { name: 'Preferences' }).click();
    await expect(settings.getByRole('checkbox', { name: 'ssh:// links' })).toBeVisible();
    await expectBothAccessible(settings, 'preferences');
    await pages.getByRole('button', { name: 'About Proxima' }).click();
    desktop.setUpdates({ kind: 'ready', version: '0.2.0', notes: 'Faster pictures.' });
    await expect(settings.getByRole('button', { name: 'Install and start anew' })).toBeVisible();
    await expectBothAccessible(settings, 'about, with an update');
    await settings.getByRole('button', { name: 'Copy diagnostics…' }).click();
    await expect(settings.getByRole('textbox', { name: 'Diagnostics' })).toHaveValue(/Proxima/);
    await expectBothAccessible(settings, 'diagnostics');
    const gone = await desktop.openWindow(`?window=session&id=${crypto.randomUUID()}`);
    await expect(gone.getByText('This session is not there any more')).toBeVisible();
    await expectBothAccessible(gone, 'a window without its session');
  });
});
