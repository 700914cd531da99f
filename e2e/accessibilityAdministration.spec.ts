import { expect, type Locator, type Page } from 'playwright/test';
import { expectAccessible, viewports } from './accessibility.ts';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { settingsOf, test } from './fixtures.ts';
import { startEtcd } from './rig/etcd.ts';
import type { Rig } from './rig/rig.ts';

/** Groups of which one takes everything, one is behind it, and one takes nothing; all served by the rig's managers. */
function groupedSettings(rig: Rig) {
  const settings = settingsOf(rig);
  const [standard] = settings.groups;
  if (!standard) throw new Error('no Default group');
  const group = (priority: number, name: string, addresses: string[]) => ({
    ...standard,
    id: name.toLowerCase(),
    name,
    priority,
    selectors: [{ addresses }],
  });
  return {
    ...settings,
    groups: [
      group(1, 'Lab', ['127.0.0.0/24']),
      group(2, 'Workshop', ['127.0.0.1']),
      group(3, 'Elsewhere', ['192.0.2.0/24']),
      { ...standard, priority: 4 },
    ],
  };
}

async function showPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
}

/** Not what Proxima says in passing, which is a dialog of its own kind. */
const openDialog = (page: Page): Locator => page.locator('[role=dialog]:not([aria-modal=false])');

/** Escape, until the dialog is gone. */
async function leaveDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(openDialog(page)).toBeHidden();
}

for (const viewport of viewports) {
  test.describe(`at ${viewport.width} × ${viewport.height} no administrators' screen has a violation`, () => {
    test.use({ viewport });
    test.setTimeout(120_000);

    test('cluster health', async ({ page, launch, rig }) => {
      await openApp(page, await launch());
      await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
      const back = page.getByRole('button', { name: 'Hosts', exact: true });
      if (await back.isVisible()) await back.click();
      await page.getByRole('button', { name: /^Cluster health/ }).click();
      const summary = page.getByRole('status').filter({ hasText: 'session managers' });
      await expect(summary).toContainText('All 2 session managers answer');
      await expectAccessible(page, 'health, all well');
      await page.getByRole('tab', { name: /^Live sessions/ }).click();
      await expect(page.getByRole('table')).toContainText('SSH shell');
      await expectAccessible(page, 'health, live sessions');
      await page.getByRole('button', { name: 'Why here? SSH shell' }).click();
      await expectAccessible(page, 'health, Why here?');
      await leaveDialog(page);
      await page.getByRole('tab', { name: /^Managers/ }).click();
      await rig.guacd.tlsB.kill();
      await page.getByRole('button', { name: 'Look now at guacd-b' }).click();
      await expect(summary).toContainText('1 of 2 session managers does not answer', { timeout: 20_000 });
      await expectAccessible(page, 'health, one down');
      await page.getByRole('tab', { name: /^Events/ }).click();
      await expect(page.getByRole('tabpanel', { name: /^Events/ })).toContainText('Manager down');
      await expectAccessible(page, 'health, events');
      await page.getByRole('textbox', { name: /^Filter/ }).fill('nothing like this');
      await expectAccessible(page, 'health, nothing found');
    });

    test('groups, managers and what-if', async ({ page, launch, rig }) => {
      await rig.guacd.tlsB.stop();
      const gateway = await launch({ settings: groupedSettings(rig) });
      await openApp(page, gateway);
      await page.keyboard.press('ControlOrMeta+,');
      await expect(page.getByText('but Lab comes first').first()).toBeVisible();
      await expectAccessible(page, 'groups, with findings');
      await page.getByRole('button', { name: 'More for Lab' }).click();
      await expectAccessible(page, 'menu of a group');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Lab', exact: true }).click();
      const addresses = page.getByLabel('Addresses').first();
      await addresses.fill('127.0.0.x/25');
      await expect(page.getByText('has a prefix that doesn’t fit')).toBeVisible();
      await expectAccessible(page, 'group, with an error');
      await addresses.fill('192.0.2.0/25');
      const whatIf = page.getByRole('complementary', { name: 'What saving changes' });
      await expect(whatIf).toContainText('6 hosts move');
      const details = whatIf.getByRole('button', { name: 'What if' });
      if (await details.isVisible()) await details.click();
      await whatIf.getByLabel('Address of a host').fill('127.0.0.1');
      await expect(whatIf.getByText('After', { exact: true }).last()).toBeVisible();
      await expectAccessible(page, 'what-if, with moved hosts and an address');

      const other = await page.context().newPage();
      await other.goto(gateway.origin);
      await other.getByRole('button', { name: /^Settings/ }).click();
      await other.getByLabel(/^Seconds to wait/).fill('50');
      await other.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(other.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
      await other.close();
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      const conflict = page.getByRole('dialog', { name: 'Somebody else saved meanwhile' });
      await expect(conflict).toContainText('50 s');
      await expectAccessible(page, 'two at once');
      await conflict.getByRole('button', { name: 'Put mine on top' }).click();

      await showPage(page, 'Session managers');
      await page.getByRole('button', { name: 'Steps of the check of guacd-b' }).click();
      const steps = page.getByRole('list', { name: 'Check of guacd-b' });
      await expect(steps.locator('[data-outcome=failed]')).toBeVisible();
      await page.getByRole('button', { name: 'Steps of the check of guacd-a' }).click();
      await expect(page.getByText('secured')).toBeVisible();
      await expectAccessible(page, 'managers, with the steps of their checks');
      await page.getByRole('button', { name: 'guacd-b', exact: true }).click();
      const state = page.getByRole('radiogroup', { name: 'State' });
      await state.getByRole('radio', { name: /^Draining/ }).click();
      await expectAccessible(page, 'manager');
      await page.getByRole('button', { name: 'All session managers' }).click();
      await page.getByRole('button', { name: 'New session manager' }).click();
      await page.getByRole('button', { name: 'Add and check' }).click();
      await expect(openDialog(page).locator('[aria-invalid=true]').first()).toBeVisible();
      await expectAccessible(page, 'new manager, with errors');
      await leaveDialog(page);
      await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
      await expect(page.getByRole('alertdialog')).toBeVisible();
      await expectAccessible(page, 'discard the changes?');
    });

    test('certificates, history and audit', async ({ page, launch }) => {
      await openApp(page, await launch());
      await page.keyboard.press('ControlOrMeta+,');
      await showPage(page, 'Certificates');
      await expect(page.getByText('No certificates yet')).toBeVisible();
      await expectAccessible(page, 'no certificates');
      const dialog = openDialog(page);
      const create = page.getByRole('button', { name: 'Create certificates…' });
      await create.click();
      await dialog.getByRole('button', { name: 'Add a machine' }).click();
      const submit = dialog.getByRole('button', { name: 'Create', exact: true });
      await submit.click();
      await expect(dialog.locator('[aria-invalid=true]').first()).toBeVisible();
      await expectAccessible(page, 'new certificates, with errors');
      await dialog.getByRole('button', { name: 'Remove another machine' }).click();
      await submit.click();
      await expect(dialog).toHaveAccessibleName('What to copy where');
      await dialog.getByRole('button', { name: 'Download bundle for guacd-a' }).click();
      await expect(dialog.getByText('proxima-guacd-a.tar.gz')).toBeVisible();
      await expectAccessible(page, 'what to copy where');
      await leaveDialog(page);
      await expectAccessible(page, 'certificates');

      const choose = async (action: string) => {
        await page.getByRole('button', { name: 'Actions for guacd-b' }).click();
        await page.getByRole('menuitem', { name: action }).click();
      };
      await choose('Export bundle…');
      await expectAccessible(page, 'bundle');
      await leaveDialog(page);
      await choose('Renew…');
      await expectAccessible(page, 'renew');
      await leaveDialog(page);
      await choose('Revoke…');
      await expectAccessible(page, 'revoke?');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
      await page.getByRole('button', { name: 'Import…' }).click();
      await dialog.getByLabel('Certificates and keys in PEM').fill('not a certificate');
      await dialog.getByRole('button', { name: 'Import', exact: true }).click();
      await expect(dialog.locator('[aria-invalid=true]')).toBeVisible();
      await expectAccessible(page, 'import of certificates, with an error');
      await leaveDialog(page);
      await expectAccessible(page, 'certificates, one revoked');

      await showPage(page, 'Proximity groups');
      await page.getByLabel(/^Seconds to wait/).fill('40');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
      await showPage(page, 'History');
      await expect(page.getByText('In force')).toBeVisible();
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Import…' }).click();
      await (
        await choosing
      ).setFiles({
        name: 'settings.json',
        mimeType: 'application/json',
        buffer: Buffer.from('{"groups": 3}'),
      });
      await expect(page.getByText('settings.json can’t be imported.')).toBeVisible();
      await expectAccessible(page, 'history, and an import with an error');
      await page.getByRole('button', { name: 'Undo this save' }).click();
      await expect(dialog.getByText('What it would change now')).toBeVisible();
      await expectAccessible(page, 'history, what a revision differs in');
      await leaveDialog(page);
      await showPage(page, 'Audit log');
      await expect(page.getByText('Intact')).toBeVisible();
      await expectAccessible(page, 'audit log');
    });

    test('the session registry, and everybody’s sessions', async ({ page, launch }) => {
      const etcd = await startEtcd({ size: 1 });
      await openApp(page, await launch());
      await page.keyboard.press('ControlOrMeta+,');
      await showPage(page, 'Session registry');
      await expectAccessible(page, 'registry, this machine alone');
      await page.getByRole('radio', { name: 'etcd clusters' }).click();
      await expect(page.getByText('No pool yet')).toBeVisible();
      await expectAccessible(page, 'registry, no pool yet');

      const dialog = openDialog(page);
      await page.getByRole('button', { name: 'Prepare a new cluster…' }).click();
      await dialog.getByRole('button', { name: 'Prepare', exact: true }).click();
      await expect(dialog.locator('[aria-invalid=true]').first()).toBeVisible();
      await expectAccessible(page, 'new cluster, with errors');
      const addresses = dialog.getByLabel('Address', { exact: true });
      for (const index of [0, 1, 2]) await addresses.nth(index).fill(`127.0.0.${index + 201}`);
      await dialog.getByRole('button', { name: 'Prepare', exact: true }).click();
      await expect(dialog).toHaveAccessibleName('How to start the cluster proxima');
      await dialog.getByRole('button', { name: 'Download bundle for etcd-1' }).click();
      await expect(dialog.getByText('was downloaded')).toBeVisible();
      await expectAccessible(page, 'new cluster, how to start it');
      await dialog.getByRole('button', { name: 'Use these endpoints' }).click();
      await page.getByRole('button', { name: 'Check now' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'None of them answers.' })).toBeVisible({
        timeout: 15_000,
      });
      await expectAccessible(page, 'pool, nobody answers');
      await page.getByRole('button', { name: 'Advanced' }).click();
      await page.getByLabel('Addresses of its members').fill('etcd-1:2379');
      await expect(page.getByText('is not an address such as')).toBeVisible();
      await expectAccessible(page, 'pool, with an error');
      await page.getByLabel('Addresses of its members').fill(etcd.endpoints.join('\n'));
      await page.getByRole('button', { name: 'Check now' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'It answers.' })).toBeVisible();
      await page.getByRole('button', { name: 'All pools' }).click();
      await page.getByRole('button', { name: 'Members of proxima' }).click();
      await expectAccessible(page, 'registry, with a pool that answers');
      await page.getByRole('button', { name: 'Add a pool…' }).click();
      await expectAccessible(page, 'new pool');
      await leaveDialog(page);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
      await showPage(page, 'Proximity groups');
      await page.getByRole('button', { name: 'Default', exact: true }).click();
      await expect(page.getByLabel('Pool of the session registry')).toBeVisible();
      await expectAccessible(page, 'group, with its pool');

      await showPage(page, 'Sessions');
      await expect(page.getByText('No sessions now')).toBeVisible();
      await expectAccessible(page, 'no sessions');
      await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
      await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
      const back = page.getByRole('button', { name: 'Hosts', exact: true });
      if (await back.isVisible()) await back.click();
      await page.getByRole('button', { name: /^Settings/ }).click();
      await showPage(page, 'Sessions');
      const session = page.getByRole('row').filter({ hasText: 'SSH shell' });
      await expect(session).toContainText('live');
      await expectAccessible(page, 'sessions');
      await session.focus();
      await page.keyboard.press('Enter');
      await expect(dialog).toHaveAccessibleName(/^Why SSH shell runs on/);
      await expectAccessible(page, 'session, why there');
      await leaveDialog(page);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expectAccessible(page, 'menu of a session');
      await page.getByRole('menuitem', { name: /^Sign .* out everywhere/ }).click();
      const question = page.getByRole('alertdialog');
      await expect(question).toContainText('This ends 1 session.');
      await expectAccessible(page, 'sign out everywhere?');
      await question.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('textbox', { name: 'Filter the sessions' }).fill('nothing like this');
      await expect(page.getByText('Nothing found')).toBeVisible();
      await expectAccessible(page, 'sessions, nothing found');

      await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
      await page.getByRole('button', { name: /^Cluster health/ }).click();
      await page.getByRole('tab', { name: /^Registry/ }).click();
      const pool = page.getByRole('region', { name: 'proxima', exact: true });
      await expect(pool).toContainText('1 session');
      await expect(pool.getByText('live', { exact: true })).toBeVisible();
      await expect(pool.getByText('leader')).toBeVisible();
      await expectAccessible(page, 'health, registry live');
      await etcd.stop();
      await expect(pool.getByText(/^not current for/)).toBeVisible({ timeout: 30_000 });
      await expectAccessible(page, 'health, registry not current');
    });
  });
}
