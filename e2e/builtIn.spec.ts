import { expect, type Locator, type Page } from 'playwright/test';
import { emptySettings } from '../shared/model/settings.ts';
import { expectAccessible } from './accessibility.ts';
import { openApp, openByDoubleClick, paint, pictureOf, typeCommand, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { countColours, takePicture } from './pixels.ts';
import { hostsOf } from './rig/hosts.ts';

/** As a fresh machine is: no session manager configured, and no guacd. */
const fresh = { settings: emptySettings, flags: ['--local-manager', 'built-in'] };

async function showManagers(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  const pages = page.getByRole('navigation', { name: 'Settings' });
  await pages.getByRole('button', { name: 'Session managers' }).click();
}

/** The terminal shows a question. */
async function expectQuestion(pane: Locator): Promise<void> {
  await expect.poll(async () => countColours(await takePicture(pictureOf(pane)))).toBeGreaterThan(2);
}

test('on a machine without guacd, SSH, Telnet and VNC open, a host key is asked about once, and RDP says what it needs', async ({
  page,
  rig,
  launch,
}, info) => {
  await openApp(page, await launch({ ...fresh, hosts: hostsOf(rig) }));
  const attach = async (name: string) =>
    info.attach(`${name}.png`, { body: await page.screenshot(), contentType: 'image/png' });

  const ssh = await openByDoubleClick(page, 'SSH shell');
  await expectQuestion(ssh);
  await attach('unknown host key');
  await typeCommand(ssh, 'yes');
  await waitForPicture(ssh);
  await expect(ssh.getByText('secured', { exact: false })).toBeVisible();
  await paint(ssh, 'magenta');
  await attach('SSH shell');

  for (const name of ['SSH by key', 'Telnet shell', 'VNC desktop']) {
    const pane = await openByDoubleClick(page, name);
    await waitForPicture(pane);
    await paint(pane, 'green');
    await attach(name);
  }

  const rdp = await openByDoubleClick(page, 'RDP desktop');
  await expect(rdp.getByRole('heading', { name: /nothing to open this kind of session with/ })).toBeVisible();
  await expect(rdp.getByText(/guacamole\/guacd|apt-get install/)).toBeVisible();
  await attach('RDP needs guacd');
  await expectAccessible(page, 'RDP needs guacd');
  // The machine of the test has one, which counts as installed meanwhile.
  await rdp.getByRole('button', { name: 'I have installed it' }).click();
  await waitForPicture(rdp);
  await paint(rdp, 'magenta');
});

test('the session manager of this machine can be removed, and taken back', async ({
  page,
  rig,
  launch,
}, info) => {
  await openApp(page, await launch({ ...fresh, hosts: hostsOf(rig) }));
  await showManagers(page);
  const own = page.getByRole('listitem').filter({ hasText: 'localhost' });
  await expect(own).toContainText('Opens sessions with the built-in engine');
  await expectAccessible(page, 'the session manager of this machine');
  await info.attach('this machine.png', { body: await page.screenshot(), contentType: 'image/png' });
  await own.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await page.getByRole('button', { name: 'Hosts' }).first().click();
  const failed = await openByDoubleClick(page, 'VNC desktop');
  await expect(failed.getByRole('alert')).toBeVisible();

  await showManagers(page);
  await page.getByRole('button', { name: 'Use this machine’s own' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await page.getByRole('button', { name: 'Hosts' }).first().click();
  await failed.getByRole('button', { name: 'Reconnect' }).click();
  await waitForPicture(failed);
});
