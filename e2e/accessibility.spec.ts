import { appendFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from 'playwright/test';
import { expectAccessible, viewports } from './accessibility.ts';
import { hostRow, openApp, openByDoubleClick, sessionPane, typeCommand, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { sampleHost } from './gateway.ts';
import { hostsOf } from './rig/hosts.ts';

/** In a narrow window the hosts are behind the sessions. */
async function showHosts(page: Page): Promise<void> {
  const back = page.getByRole('button', { name: 'Hosts', exact: true });
  if (await back.isVisible()) await back.click();
}

async function openHost(page: Page, name: string): Promise<Locator> {
  await showHosts(page);
  return openByDoubleClick(page, name);
}

for (const viewport of viewports) {
  const size = `${viewport.width} × ${viewport.height}`;
  test.describe(`at ${size} no screen has a violation`, () => {
    test.use({ viewport });
    test.setTimeout(180_000);

    test('hosts and their dialogs', async ({ page, launch, rig }) => {
      await openApp(page, await launch({ hosts: [] }));
      await expect(page.getByText('No hosts yet')).toBeVisible();
      await expectAccessible(page, 'no hosts');

      const gateway = await launch({
        hosts: [
          ...hostsOf(rig),
          sampleHost(1, {
            name: 'With a long name that has to be cut somewhere',
            protocol: 'rdp',
            port: 3389,
          }),
        ],
      });
      await openApp(page, gateway);
      await expect(hostRow(page, 'SSH shell')).toBeVisible();
      await expectAccessible(page, 'hosts and home');
      const search = page.getByRole('textbox', { name: 'Search hosts' });
      await search.fill('shell');
      await expect(page.getByRole('treeitem')).toHaveCount(2);
      await expectAccessible(page, 'search');
      await search.fill('nothing like this');
      await expect(page.getByText('Nothing found')).toBeVisible();
      await expectAccessible(page, 'nothing found');
      await search.press('Escape');

      await page.getByRole('button', { name: 'New', exact: true }).click();
      await expectAccessible(page, 'menu of the list');
      await page.getByRole('menuitem', { name: /New host/ }).click();
      const dialog = page.getByRole('dialog');
      for (const protocol of ['RDP', 'SSH', 'Telnet', 'VNC']) {
        const choice = dialog.getByRole('combobox', { name: 'Protocol' });
        await choice.click();
        await page.getByRole('option', { name: protocol }).click();
        const settings = dialog.getByRole('button', { name: `${protocol} settings` });
        if ((await settings.getAttribute('aria-expanded')) === 'false') await settings.click();
        await expectAccessible(page, `new host, ${protocol}`);
      }
      await dialog.getByRole('combobox', { name: 'Vault' }).click();
      await expect(page.getByRole('listbox')).toBeVisible();
      await expectAccessible(page, 'list of a choice');
      await page.getByRole('option', { name: 'General' }).click();
      await dialog.getByRole('button', { name: 'More settings' }).click();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await expect(dialog.locator('[aria-invalid=true]').first()).toBeVisible();
      await expectAccessible(page, 'new host, with errors');
      await page.keyboard.press('Escape');
      await expect(page.getByRole('alertdialog')).toBeVisible();
      await expectAccessible(page, 'discard?');
      await page.getByRole('button', { name: 'Discard' }).click();

      await hostRow(page, 'SSH shell').click();
      await page.keyboard.press('F2');
      await expect(dialog.getByText(/stored/i).first()).toBeVisible();
      await expectAccessible(page, 'edit, with a stored password');
      await page.keyboard.press('Escape');
      await expect(dialog).toBeHidden();

      await hostRow(page, 'SSH shell').click({ button: 'right' });
      await expect(page.getByRole('menu')).toBeVisible();
      await expectAccessible(page, 'menu of a host');
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      await expectAccessible(page, 'deleted, with undo');
    });

    test('sessions', async ({ page, launch, rig }) => {
      const { username, port } = rig.ssh;
      const gateway = await launch({
        hosts: [
          ...hostsOf(rig),
          sampleHost(1, { name: 'Rejecting', protocol: 'ssh', port, username }, { password: 'wrong' }),
          sampleHost(2, { name: 'Asking', protocol: 'vnc', port: rig.vnc.port }),
        ],
      });
      await openApp(page, gateway);
      const live = await openHost(page, 'SSH shell');
      await waitForPicture(live);
      await expectAccessible(page, 'live session');
      await live.getByRole('button', { name: 'More for SSH shell' }).click();
      await expectAccessible(page, 'menu of a session');
      await page.keyboard.press('Escape');
      await live.getByRole('button', { name: 'Why here?' }).click();
      await expect(page.getByRole('dialog', { name: 'Why here?' })).toBeVisible();
      await expectAccessible(page, 'Why here?');
      await page.keyboard.press('Escape');

      await waitForPicture(await openHost(page, 'RDP desktop'));
      await page.getByRole('button', { name: 'Side by side' }).click();
      await waitForPicture(page.getByRole('group', { name: 'SSH shell' }));
      await expectAccessible(page, 'side by side');
      await page.getByRole('button', { name: 'Side by side' }).click();

      const rejected = await openHost(page, 'Rejecting');
      await expect(rejected.getByRole('alert')).toBeVisible();
      await expectAccessible(page, 'failed');
      await rejected.getByRole('button', { name: 'Try another password' }).click();
      await expectAccessible(page, 'failed, asking for another password');

      await openHost(page, 'Asking');
      await expect(page.getByRole('dialog', { name: /asks who you are/ })).toBeVisible();
      await expectAccessible(page, 'the host asks');
      await page.getByRole('button', { name: 'Cancel' }).click();

      await page.getByRole('tab', { name: /^SSH shell/ }).click();
      await waitForPicture(live);
      await typeCommand(live, 'exit');
      await expect(live.getByText('The session has ended')).toBeVisible();
      await expectAccessible(page, 'ended');

      const { tlsA, tlsB } = rig.guacd;
      await Promise.all([tlsA.stop(), tlsB.stop()]);
      const waiting = await openHost(page, 'Telnet shell');
      await expect(waiting.getByRole('status').filter({ hasText: /wait/i })).toBeVisible();
      await expectAccessible(page, 'opening, waiting for a manager');

      await gateway.stop();
      await expect(page.getByText('The connection to Proxima was lost').first()).toBeVisible();
      await expectAccessible(page, 'connection to Proxima lost');
      await expect(sessionPane(page, 'Telnet shell')).toBeVisible();
    });

    test('notices and the sign-in page', async ({ page, launch, browser }) => {
      const first = await launch();
      const second = await first.restart();
      await second.stop();
      await appendFile(`${second.dataFolder}/hosts.ndjson`, '{"put": this is not JSON}\n{"remove":"x"}\n');
      const third = await launch({ dataFolder: second.dataFolder, hosts: [] });
      await openApp(page, third);
      await expect(page.getByRole('status').filter({ hasText: /damaged/ })).toBeVisible();
      await expectAccessible(page, 'notice');

      const stranger = await browser.newPage({ viewport, ignoreHTTPSErrors: true });
      await stranger.goto(third.origin);
      await expectAccessible(stranger, 'not signed in');
      await stranger.goto(third.signInUrl);
      await expect(stranger.getByRole('heading')).toContainText('not valid any more');
      await expectAccessible(stranger, 'used sign-in address');
      await stranger.close();
    });
  });
}
