import { expect, type Locator, type Page } from 'playwright/test';
import { createAuthority } from '../electron/secrets/certificateAuthority.ts';
import { hostRow, openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { sampleManager, settingsFor } from './gateway.ts';

/** Goes on with Tab until `target` has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let step = 0; step < 120; step++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab never reached ${String(target)}`);
}

async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

const row = (page: Page, name: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('button', { name, exact: true }) });

async function showPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
}

async function setState(page: Page, manager: string, state: RegExp): Promise<void> {
  await page.getByRole('button', { name: manager, exact: true }).click();
  await page.getByRole('radiogroup', { name: 'State' }).getByRole('radio', { name: state }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
}

test('an administrator adds a manager and sees it green, crossed out, blue, and which certificate check failed: all by keyboard', async ({
  page,
  launch,
  rig,
}) => {
  const { tlsA, tlsB, plain } = rig.guacd;
  const settings = settingsFor([sampleManager('first', tlsA.port)], {
    kind: 'authorities',
    certificatesPem: rig.authority.certificatePem,
  });
  await openApp(page, await launch({ settings }));
  await page.keyboard.press('ControlOrMeta+,');
  const navigation = page.getByRole('navigation', { name: 'Settings' });
  await press(page, navigation.getByRole('button', { name: 'Session managers' }));

  await press(page, page.getByRole('button', { name: 'New session manager' }));
  const dialog = page.getByRole('dialog', { name: 'New session manager' });
  await type(page, dialog.getByLabel('Name', { exact: true }), 'Berlin');
  await type(page, dialog.getByLabel('Address', { exact: true }), '127.0.0.1');
  await type(page, dialog.getByLabel('Port', { exact: true }), String(tlsB.port));
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(row(page, 'Berlin').getByText('secured')).toBeVisible();
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await press(page, save);
  await expect(save).toBeDisabled();

  await tlsB.stop();
  await press(page, page.getByRole('button', { name: 'Check Berlin now' }));
  await expect(row(page, 'Berlin').getByText('failed')).toBeVisible();
  await expect(row(page, 'Berlin').getByRole('status')).toContainText('TCP');
  await press(page, page.getByRole('button', { name: 'Steps of the check of Berlin' }));
  const steps = page.getByRole('list', { name: 'Check of Berlin' }).getByRole('listitem');
  await expect(steps.filter({ hasText: 'TCP' })).toHaveAttribute('data-outcome', 'failed');
  await expect(steps.filter({ hasText: 'Certificate' })).toHaveAttribute('data-outcome', 'skipped');
  await tlsB.start();

  // Plain, where the group allows it: the Default group's trust, then the plain guacd's port.
  await press(page, navigation.getByRole('button', { name: 'Proximity groups' }));
  await press(page, page.getByRole('button', { name: 'Default', exact: true }));
  const allowPlain = page.getByRole('radio', { name: /plain|not encrypted/i });
  await tabTo(page, page.getByRole('radiogroup', { name: 'Trust' }).getByRole('radio', { checked: true }));
  for (let step = 0; step < 4 && !(await allowPlain.isChecked()); step++)
    await page.keyboard.press('ArrowDown');
  await expect(allowPlain).toBeChecked();
  await press(page, navigation.getByRole('button', { name: 'Session managers' }));
  await press(page, page.getByRole('button', { name: 'Berlin', exact: true }));
  await type(page, page.getByLabel('Port', { exact: true }), String(plain.port));
  await press(page, save);
  await expect(save).toBeDisabled();
  await press(page, navigation.getByRole('button', { name: 'Session managers' }));
  await press(page, page.getByRole('button', { name: 'Check Berlin now' }));
  await expect(row(page, 'Berlin').getByText('connected, not encrypted')).toBeVisible();
});

test('a wrong authority is told as the certificate check that failed', async ({ page, launch, rig }) => {
  const { certificatePem } = await createAuthority({ commonName: 'Somebody else', lifetimeDays: 1 });
  const settings = settingsFor([sampleManager('Berlin', rig.guacd.tlsA.port)], {
    kind: 'authorities',
    certificatesPem: certificatePem,
  });
  await openApp(page, await launch({ settings }));
  await page.keyboard.press('ControlOrMeta+,');
  const navigation = page.getByRole('navigation', { name: 'Settings' });
  await press(page, navigation.getByRole('button', { name: 'Session managers' }));
  await press(page, page.getByRole('button', { name: 'Check Berlin now' }));
  const status = row(page, 'Berlin').getByRole('status');
  await expect(status).toContainText('Certificate');
  await expect(status).toContainText('not issued by an authority');
});

test('a rule for an address range: the what-if counts before the save, and the next session runs on the other group’s manager', async ({
  page,
  launch,
  rig,
}) => {
  const { tlsA, tlsB } = rig.guacd;
  const trust = { kind: 'authorities', certificatesPem: rig.authority.certificatePem } as const;
  const one = settingsFor([sampleManager('near-a', tlsA.port)], trust);
  const settings = {
    ...one,
    managers: [...one.managers, sampleManager('near-b', tlsB.port)],
    groups: [
      ...one.groups,
      {
        ...one.groups[0]!,
        id: 'lab',
        name: 'Lab',
        priority: 1,
        managerIds: ['near-b'],
        selectors: [{ addresses: ['192.0.2.0/24'] }],
      },
    ],
  };
  await openApp(page, await launch({ settings }));
  await page.keyboard.press('ControlOrMeta+,');
  await page.getByRole('button', { name: 'Lab', exact: true }).click();
  const addresses = page.getByLabel('Addresses').first();
  await addresses.fill('127.0.0.x/25');
  await expect(page.getByText('has a prefix that doesn’t fit')).toBeVisible();
  await addresses.fill('127.0.0.x/24');
  const whatIf = page.getByRole('complementary', { name: 'What saving changes' });
  await expect(whatIf).toContainText('6 hosts');
  await expect(whatIf.getByRole('row', { name: /^Lab 0 6/ })).toBeVisible();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await expect(pane.getByText('via near-b')).toBeVisible();
  await pane.getByRole('button', { name: 'Why here?' }).click();
  await expect(page.getByRole('dialog', { name: 'Why here?' })).toContainText('Lab');
});

test('twelve openings are six and six; a draining manager gets no more and its people may move; a killed one is passed over', async ({
  page,
  launch,
  rig,
}) => {
  await openApp(page, await launch());
  for (let opening = 0; opening < 12; opening++) {
    await hostRow(page, opening % 2 === 0 ? 'SSH shell' : 'SSH by key').dblclick();
    await expect(page.getByRole('tab', { name: /live/ })).toHaveCount(opening + 1);
  }
  await page.getByRole('button', { name: /^Cluster health/ }).click();
  const manager = (name: string) => page.getByRole('row').filter({ hasText: name });
  await expect(manager('guacd-a')).toContainText('6 sessions');
  await expect(manager('guacd-b')).toContainText('6 sessions');

  await page.keyboard.press('Escape');
  await page.keyboard.press('ControlOrMeta+,');
  await showPage(page, 'Session managers');
  await setState(page, 'guacd-a', /^Draining/);
  await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
  for (const name of ['Telnet shell', 'VNC desktop']) {
    await expect((await openByDoubleClick(page, name)).getByText('via guacd-b')).toBeVisible();
  }

  // Somebody on the draining manager is told, and moves.
  await page
    .getByRole('tab', { name: /^SSH shell/ })
    .first()
    .click();
  const tabs = await page.getByRole('tab').count();
  const onA = page.getByRole('tabpanel').filter({ hasText: 'via guacd-a' });
  for (let tab = 0; tab < tabs && !(await onA.isVisible()); tab++)
    await page.getByRole('tab').nth(tab).click();
  await onA.getByRole('button', { name: 'Move now' }).click();
  await expect(page.getByRole('tab')).toHaveCount(tabs);
  await expect(page.getByRole('tabpanel').getByText('via guacd-b')).toBeVisible();

  await page.getByRole('button', { name: /^Cluster health/ }).click();
  await expect(manager('guacd-a')).toContainText('draining');
  await rig.guacd.tlsB.kill();
  await expect(manager('guacd-b')).toContainText('down', { timeout: 20_000 });
  await page.getByRole('tab', { name: /^Events/ }).click();
  await expect(page.getByRole('tabpanel', { name: /^Events/ })).toContainText(
    'Manager down: The session manager guacd-b',
  );

  // Enabled again, the one that is left takes the next session at once.
  await page.keyboard.press('Escape');
  await page.keyboard.press('ControlOrMeta+,');
  await showPage(page, 'Session managers');
  await setState(page, 'guacd-a', /^Enabled/);
  await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
  await expect((await openByDoubleClick(page, 'Telnet shell')).getByText('via guacd-a')).toBeVisible();
});

test('two administrators: the second gets the difference, not a silent overwrite; history brings back; the audit log holds all of it', async ({
  page,
  launch,
}) => {
  const gateway = await launch();
  await openApp(page, gateway);
  const other = await page.context().newPage();
  await other.goto(gateway.origin);
  for (const [window, seconds] of [
    [page, '40'],
    [other, '50'],
  ] as const) {
    await window.getByRole('button', { name: /^Settings/ }).click();
    await window.getByLabel(/^Seconds to wait/).fill(seconds);
  }
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled();
  await other.getByRole('button', { name: 'Save', exact: true }).click();
  const conflict = other.getByRole('dialog').or(other.getByRole('alertdialog'));
  await expect(conflict).toContainText('40 s');
  await expect(conflict).toContainText('50 s');
  await other.close();

  await showPage(page, 'History');
  await expect(page.getByRole('list', { name: /Revisions/ }).getByText('In force')).toBeVisible();
  await showPage(page, 'Audit log');
  await expect(page.getByText('Intact')).toBeVisible();
  await expect(page.getByRole('table')).toContainText('40 s');
});
