import { Secret, TOTP } from 'otpauth';
import { type Browser, expect, type Locator, type Page } from 'playwright/test';
import { expectAccessible, viewports } from './accessibility.ts';
import { hostRow, openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import type { GatewayProcess } from './gateway.ts';

const adasPassword = 'violet tractor seven moons';
const bobsPassword = 'copper lantern nine rivers';

const searchField = (page: Page) => page.getByRole('textbox', { name: 'Search hosts' });
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });
const openDialog = (page: Page): Locator => page.locator('[role=dialog]:not([aria-modal=false])');

async function choosePassword(page: Page, password: string, send: string): Promise<void> {
  await page.getByLabel(/^Password At least/).fill(password);
  await page.getByLabel('Password again').fill(password);
  await button(page, send).click();
  await expect(searchField(page)).toBeVisible();
}

/** The owner makes the account of the administrator, as whom the page goes on. */
async function becomeAda(page: Page, gateway: GatewayProcess): Promise<void> {
  await openApp(page, gateway);
  await page.goto(`${gateway.origin}/first-administrator`);
  await page.getByLabel('Name to sign in with').fill('ada');
  await choosePassword(page, adasPassword, 'Make the account');
}

async function showPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name, exact: true }).click();
}

/** Makes an account in the page “People”, and resolves to the link of its invitation. */
async function makeAccount(page: Page, name: string, groups: string): Promise<string> {
  await button(page, 'New account…').click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Groups').fill(groups);
  await button(page, 'Make the account').click();
  await expect(openDialog(page)).toHaveAccessibleName(`Invitation for ${name}`);
  return openDialog(page).locator('code').innerText();
}

async function leaveDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape');
  await expect(openDialog(page)).toBeHidden();
}

async function openAs(browser: Browser, invitation: string): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(invitation);
  await choosePassword(page, bobsPassword, 'Choose this password');
  return page;
}

for (const viewport of viewports) {
  test.describe(`at ${viewport.width} × ${viewport.height} no screen about people has a violation`, () => {
    test.use({ viewport });

    test('accounts, providers, rights and gateways', async ({ page, launch }) => {
      await becomeAda(page, await launch());
      await button(page, /^Settings/).click();
      await showPage(page, 'People');
      await makeAccount(page, 'bob', 'operations, night shift');
      await expectAccessible(page, 'invitation link');
      await leaveDialog(page);
      await button(page, 'New account…').click();
      await button(page, 'Make the account').click();
      await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
      await leaveDialog(page);
      await button(page, 'More for bob').click();
      await expectAccessible(page, 'people, menu of one');
      await page.keyboard.press('Escape');

      await showPage(page, 'Signing in');
      await button(page, 'Add a provider').click();
      await page.getByRole('menuitem', { name: 'OpenID Connect…' }).click();
      await page.getByLabel('Name', { exact: true }).fill('Office');
      await page.getByLabel('Issuer').fill('https://127.0.0.1:1');
      await button(page, 'Add').click();
      await expect(page.getByLabel('Client id')).toBeFocused();
      await page.getByLabel('Client id').fill('proxima');
      await button(page, 'Check now').click();
      await expect(page.getByRole('list', { name: 'What the check found' })).toContainText('does not answer');
      await expectAccessible(page, 'new provider, checked');
      await button(page, 'Add').click();
      await expectAccessible(page, 'signing in');

      await showPage(page, 'Rights');
      await button(page, 'Add a person or group…').click();
      await expect(page.getByRole('radio', { name: 'A group' })).toBeFocused();
      await page.keyboard.press('Tab');
      await page.keyboard.type('operations');
      await page.keyboard.press('Enter');
      await page.getByRole('checkbox', { name: /operations.*: Open/ }).focus();
      await page.keyboard.press('Space');
      await page.getByLabel('Person', { exact: true }).fill('bob');
      await expect(page.getByText('may see its hosts and open them')).toBeVisible();
      await expectAccessible(page, 'rights, of all vaults');
      await page.getByText('By person or group').click();
      await expectAccessible(page, 'rights, of a group');
      await button(page, 'Save').click();
      await expect(button(page, 'Save')).toBeDisabled();

      await button(page, 'Back to hosts and sessions').click();
      await button(page, /^Cluster health/).click();
      await page.getByRole('tab', { name: /^Farm/ }).click();
      await expectAccessible(page, 'farm');
      await button(page, /^Drain/).click();
      await expect(page.getByRole('alertdialog')).toContainText('nobody can sign in until it');
    });
  });
}

test('one’s own account', async ({ page, launch }) => {
  await becomeAda(page, await launch());
  const choose = async (item: string) => {
    await button(page, /^Your account/).click();
    await page.getByRole('menuitem', { name: item }).click();
  };
  await choose('Change password…');
  await page.getByLabel('Current password', { exact: true }).fill('wrong');
  await page.getByLabel('New password', { exact: true }).fill(bobsPassword);
  await button(page, 'Change').click();
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await expectAccessible(page, 'change password, wrong');
  await leaveDialog(page);
  await choose('Set up a second factor…');
  await page.getByLabel('Your password', { exact: true }).fill(adasPassword);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await expectAccessible(page, 'second factor');
  const secret = Secret.fromBase32((await openDialog(page).locator('code').innerText()).replaceAll(' ', ''));
  await page.getByLabel('Code of the app').fill(new TOTP({ secret }).generate());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')).toHaveCount(10);
  await expectAccessible(page, 'recovery codes');
  await button(page, 'I kept them').click();
  await button(page, /^Your account/).click();
  await expect(page.getByRole('menuitem', { name: 'Remove the second factor…' })).toBeVisible();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await expect(button(page, 'Sign in')).toBeVisible();
});

test('what one may not do is not offered, and a session is joined in its person’s sight', async ({
  page,
  browser,
  launch,
}) => {
  await becomeAda(page, await launch());
  await button(page, /^Settings/).click();
  await showPage(page, 'People');
  const invitation = await makeAccount(page, 'bob', '');
  await leaveDialog(page);
  const bob = await openAs(browser, invitation);
  await expect(bob.getByText('No hosts for you yet')).toBeVisible();
  await expect(button(bob, /^Settings/)).toBeHidden();

  await showPage(page, 'Rights');
  await page.getByRole('checkbox', { name: 'Everyone: Join' }).click();
  await button(page, 'Save').click();
  await button(page, 'Back to hosts and sessions').click();
  await waitForPicture(await openByDoubleClick(page, 'SSH shell'));

  await hostRow(bob, 'SSH shell').dblclick();
  await expect(bob.getByText('but not open it')).toBeVisible();
  await hostRow(bob, 'SSH shell').click({ button: 'right' });
  await expect(bob.getByRole('menuitem', { name: 'Open (not permitted)' })).toBeDisabled();
  await expect(bob.getByRole('menuitem', { name: 'Edit…' })).toBeHidden();
  await bob.keyboard.press('Escape');
  await button(bob, /^Sessions of others/).click();
  await expectAccessible(bob, 'sessions of others');
  await button(bob, 'Join ada on SSH shell').click();
  await waitForPicture(bob.getByRole('tabpanel', { name: /^SSH shell/ }));
  await expect(page.getByRole('status').filter({ hasText: 'Watched by bob' })).toBeVisible();
  await expectAccessible(bob, 'session of another');
  await button(bob, 'More for SSH shell').click();
  await bob.getByRole('menuitem', { name: 'Leave the session' }).click();
  await expect(page.getByText('Watched by bob')).toBeHidden();
  await bob.context().close();
});
