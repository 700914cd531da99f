import { expect, type Page } from 'playwright/test';
import { showChannel } from '../shared/contract/showChannel.ts';
import {
  expectPaint,
  hostRow,
  openByDoubleClick,
  paint,
  pictureOf,
  sessionPane,
  waitForPicture,
} from './app.ts';
import { giveLink, linkDialog, test } from './desktopFixtures.ts';
import { shareOf, takePicture } from './pixels.ts';

// The renderer in the desktop's frame: its policy, its preload script, its MessagePorts and its host process, without Electron.

const ownPane = (page: Page, name: string) => page.getByRole('group', { name });

/** What is told in passing goes by its cross, which is there for whoever points at it. */
async function dismissMessage(page: Page): Promise<void> {
  const messages = page.getByRole('region', { name: 'Messages' });
  await messages.getByRole('dialog').hover();
  await messages.getByRole('button', { name: 'Dismiss' }).click();
  await expect(messages.getByRole('dialog')).toHaveCount(0);
}

/** Reads at least as long as the dialog waits before it lets anybody open something. */
async function pressInLinkDialog(page: Page, name: string): Promise<void> {
  await linkDialog(page).getByRole('button', { name, exact: true }).click();
}

/** Drops a file on the hosts, as from a folder of the system. */
async function dropFile(page: Page, name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(
    ([fileName, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], fileName));
      return transfer;
    },
    [name, text] as const,
  );
  const hosts = page.getByRole('tree', { name: 'Hosts' });
  await hosts.dispatchEvent('dragover', { dataTransfer: data });
  await expect(page.getByText('Drop it to see where it leads')).toBeVisible();
  await hosts.dispatchEvent('drop', { dataTransfer: data });
}

test('under the policy of the desktop a double-click draws a live screen, which survives its page and has a window of its own', async ({
  start,
  context,
}) => {
  const desktop = await start();
  const page = await desktop.openWindow();
  const problems: string[] = [];
  context.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  expect(await page.evaluate(() => 'proximaDesktop' in window)).toBe(true);
  const pane = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(pane);
  await paint(pane, 'green');

  // As the shell does after a crash of the page.
  await page.reload();
  await expectPaint(pane, 'green');

  const opening = context.waitForEvent('page');
  await page.getByRole('tab', { name: /^SSH shell/ }).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Move to own window' }).click();
  const own = await opening;
  await expectPaint(ownPane(own, 'SSH shell'), 'green');
  await expect(own).toHaveTitle('SSH shell – Proxima');
  await expect(pane.getByText('SSH shell has a window of its own')).toBeVisible();

  // A page that is loaded anew doesn't take the picture away from the other window.
  await page.reload();
  await expect(page.getByRole('tab', { name: 'SSH shell, SSH, in its own window' })).toBeVisible();
  await paint(ownPane(own, 'SSH shell'), 'magenta');
  expect(shareOf(await takePicture(pictureOf(pane)), 'magenta')).toBe(0);
  await pane.getByRole('button', { name: 'Bring it back here' }).click();
  await expectPaint(pane, 'magenta');
  expect(own.isClosed()).toBe(true);

  // What is opened anew there comes back when that window is closed.
  const openingAgain = context.waitForEvent('page');
  await page.getByRole('button', { name: 'More for SSH shell' }).click();
  await page.getByRole('menuitem', { name: 'Move to own window' }).click();
  const again = await openingAgain;
  await again.getByRole('button', { name: 'More for SSH shell' }).click();
  await again.getByRole('menuitem', { name: 'Reconnect' }).click();
  await expect(ownPane(again, 'SSH shell').getByText('secured')).toBeVisible();
  await again.close();
  await waitForPicture(pane);
  await paint(pane, 'green');
  await expect(page.getByRole('tab')).toHaveCount(1);
  expect(problems).toEqual([]);
});

test('the settings have a window of their own, where preferences are saved and diagnostics are read before they are copied', async ({
  start,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const desktop = await start();
  const page = await desktop.openWindow();
  const opening = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const settings = await opening;
  await expect(settings).toHaveTitle('Settings – Proxima');
  await expect(settings.getByRole('heading', { name: 'Proximity groups' })).toBeVisible();
  await expect(settings.getByRole('textbox', { name: 'Search hosts' })).toHaveCount(0);

  const pages = settings.getByRole('navigation', { name: 'Settings' });
  await pages.getByRole('button', { name: 'Preferences' }).click();
  await settings.getByRole('checkbox', { name: 'ssh:// links' }).click();
  await settings.getByRole('checkbox', { name: /^Keep Proxima in the tray/ }).click();
  await expect(settings.getByRole('checkbox', { name: 'Look for updates by itself' })).toBeDisabled();
  await settings.reload();
  await pages.getByRole('button', { name: 'Preferences' }).click();
  await expect(settings.getByRole('checkbox', { name: 'ssh:// links' })).toBeChecked();
  await expect(settings.getByRole('checkbox', { name: 'vnc:// links' })).not.toBeChecked();
  await expect(settings.getByRole('checkbox', { name: /^Keep Proxima in the tray/ })).toBeChecked();

  await pages.getByRole('button', { name: 'About Proxima' }).click();
  await settings.getByRole('button', { name: 'Copy diagnostics…' }).click();
  const text = settings.getByRole('textbox', { name: 'Diagnostics' });
  await expect(text).toHaveValue(/Proxima/);
  const shown = await text.inputValue();
  // Names of hosts, of session managers and of who is signed in there are nobody's business.
  for (const name of ['SSH shell', 'guacd-a', '127.0.0.1']) expect(shown).not.toContain(name);
  await settings.getByRole('dialog').getByRole('button', { name: 'Copy' }).click();
  await expect.poll(() => settings.evaluate(() => navigator.clipboard.readText())).toBe(shown);
  await settings.keyboard.press('Escape');

  // From there to a session of the other window.
  await openByDoubleClick(page, 'SSH shell');
  await openByDoubleClick(page, 'Telnet shell');
  await settings.getByRole('button', { name: 'Cluster health' }).click();
  await settings.getByRole('tab', { name: /^Live sessions/ }).click();
  await settings.getByRole('button', { name: /^Show.*SSH shell/ }).click();
  await expect(page.getByRole('tab', { name: /^SSH shell/ })).toHaveAttribute('aria-selected', 'true');

  // And from the tray.
  await page.reload();
  await expect(page.getByRole('tab', { name: /^SSH shell/ })).toHaveAttribute('aria-selected', 'true');
  const sessionId = (await page.getByRole('tab', { name: /^Telnet shell/ }).getAttribute('id'))?.replace(
    'session-tab-',
    '',
  );
  desktop.send(page, showChannel, { kind: 'session', sessionId });
  await expect(page.getByRole('tab', { name: /^Telnet shell/ })).toHaveAttribute('aria-selected', 'true');
});

test('a link opens nothing by itself: it is refused, looked at, cancelled, opened, or saved and opened', async ({
  start,
  rig,
}) => {
  const { port, username, password } = rig.ssh;
  const desktop = await start();
  const page = await desktop.openWindow();
  await expect(hostRow(page, 'SSH shell')).toBeVisible();
  const unknown = `ssh://${username}:geheim@localhost:${port}`;

  // Nobody has allowed other programs to open these.
  desktop.clickLink(unknown);
  const messages = page.getByRole('region', { name: 'Messages' });
  await expect(messages).toContainText('This link or file can not be opened.');
  await expect(messages).not.toContainText('geheim');
  await dismissMessage(page);

  await giveLink(page, unknown);
  await expect(linkDialog(page)).toBeVisible();
  const facts = ['localhost', String(port), 'SSH', username, 'guacd-', 'Default', 'a password or key'];
  for (const fact of [...facts, 'Not among your saved hosts'])
    await expect(linkDialog(page)).toContainText(fact);
  await expect(linkDialog(page)).not.toContainText('geheim');
  // Keys that were meant for something else, at once and later.
  await page.keyboard.press('Enter');
  await page.keyboard.press('Space');
  await expect(linkDialog(page).getByRole('button', { name: 'Open', exact: true })).toBeEnabled();
  await page.keyboard.press('Enter');
  await expect(linkDialog(page)).toBeVisible();
  await pressInLinkDialog(page, 'Cancel');
  await expect(linkDialog(page)).toBeHidden();
  await expect(page.getByRole('tab')).toHaveCount(0);

  // The same place as a saved host's: that one is opened, with what is stored for it.
  await giveLink(page, `ssh://${username}@127.0.0.1:${port}`);
  await expect(linkDialog(page)).toContainText('Your saved host in “General”');
  await pressInLinkDialog(page, 'Open');
  await expect(sessionPane(page, 'SSH shell').getByText('secured')).toBeVisible();
  // Its picture takes the keys once it is there.
  await waitForPicture(sessionPane(page, 'SSH shell'));
  await page.keyboard.press('Control+Alt+Shift');

  await giveLink(page, unknown);
  await linkDialog(page).getByLabel('Password').fill(password);
  await pressInLinkDialog(page, 'Open');
  await waitForPicture(sessionPane(page, 'localhost'));
  await expect(page.getByText('6 hosts', { exact: true })).toBeVisible();
  await page.keyboard.press('Control+Alt+Shift');

  await giveLink(page, unknown);
  await pressInLinkDialog(page, 'Save and open…');
  await linkDialog(page).getByLabel('Name', { exact: true }).fill('From a link');
  await linkDialog(page).getByLabel('Password').fill(password);
  await pressInLinkDialog(page, 'Save and open');
  await waitForPicture(sessionPane(page, 'From a link'));
  await expect(page.getByText('7 hosts', { exact: true })).toBeVisible();
  await expect(hostRow(page, 'From a link')).toBeVisible();
});

test('a file is asked about without its password and drives, and one that is too odd is refused', async ({
  start,
  rig,
}) => {
  const desktop = await start();
  const page = await desktop.openWindow();
  await expect(hostRow(page, 'SSH shell')).toBeVisible();
  await dropFile(
    page,
    'office.rdp',
    [
      `full address:s:127.0.0.1:${rig.rdp.port}`,
      'username:s:somebody',
      'password 51:b:0123456789ABCDEF',
      'drivestoredirect:s:*',
      'alternate shell:s:calc.exe',
      'desktopwidth:i:1024',
    ].join('\r\n'),
  );
  const dialog = linkDialog(page);
  await expect(dialog).toContainText('A Remote Desktop file asks for this host.');
  await expect(dialog).toContainText('somebody');
  await expect(dialog).toContainText(
    'does not take from it: a password or key, access to files of this computer, a program to start, and 1 other setting.',
  );
  await expect(dialog).not.toContainText('0123456789ABCDEF');
  // The window asks again about what it hasn't dealt with.
  await page.reload();
  await expect(dialog).toContainText('somebody');
  await pressInLinkDialog(page, 'Cancel');
  await expect(dialog).toBeHidden();

  await dropFile(page, 'odd.rdp', `full address:s:\\\\server\\share`);
  const messages = page.getByRole('region', { name: 'Messages' });
  await expect(messages).toContainText('This link or file can not be opened.');
  await dismissMessage(page);
  await dropFile(page, 'large.rdp', 'x'.repeat(300_000));
  await expect(messages).toContainText('It is too large');
  await expect(page.getByRole('tab')).toHaveCount(0);
});

test('after the end of the main process what was open is offered again', async ({ start }) => {
  const desktop = await start();
  const page = await desktop.openWindow();
  for (const name of ['SSH shell', 'Telnet shell'])
    await expect((await openByDoubleClick(page, name)).getByText('secured')).toBeVisible();
  await desktop.crash();
  await desktop.start();
  const next = await desktop.openWindow();
  await expect(next.getByText('Proxima ended unexpectedly.')).toBeVisible();
  await expect(next.getByText('SSH shell and Telnet shell were open.')).toBeVisible();
  await expect(next.getByRole('tab')).toHaveCount(0);
  await next.getByRole('button', { name: 'Choose…' }).click();
  await next.getByRole('checkbox', { name: 'Telnet shell' }).click();
  await next.getByRole('button', { name: 'Open 1 session' }).click();
  await waitForPicture(sessionPane(next, 'SSH shell'));
  await expect(next.getByText('Proxima ended unexpectedly.')).toBeHidden();
  await expect(next.getByRole('tab')).toHaveCount(1);
  await next.reload();
  await expect(next.getByRole('tab', { name: /^SSH shell/ })).toBeVisible();
  await expect(next.getByText('Proxima ended unexpectedly.')).toBeHidden();
});

test('what a policy forbids is said where it is felt', async ({ start, context }) => {
  const desktop = await start({
    policy: {
      version: 1,
      managedBy: 'IT Operations',
      restrictions: { plainAllowed: false, clipboard: 'none', fileTransfer: false, storeSecrets: false },
    },
    hosts: [],
  });
  const page = await desktop.openWindow();
  await page.getByRole('button', { name: 'New host…' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Passwords and keys are not stored on this machine.')).toBeVisible();
  await expect(dialog.getByText('Managed by IT Operations.').first()).toBeVisible();
  await expect(dialog.getByLabel('Password', { exact: true })).toBeDisabled();
  await dialog.getByRole('button', { name: 'RDP settings' }).click();
  for (const name of ['No copying from the host', 'No pasting to the host']) {
    await expect(dialog.getByRole('switch', { name })).toBeChecked();
    await expect(dialog.getByRole('switch', { name })).toBeDisabled();
  }
  await dialog.getByRole('button', { name: 'More settings' }).click();
  await expect(dialog.getByText('No files go between this machine and hosts')).toBeVisible();

  const settings = await desktop.openWindow('?window=settings#groups/default');
  await expect(settings.getByText('reached encrypted and verified only')).toBeVisible();
  await expect(settings.getByRole('radio', { name: /not encrypted/i })).toBeDisabled();
  await settings.getByRole('button', { name: 'About Proxima' }).click();
  await expect(settings.getByText('A policy decides for everybody on this machine')).toBeVisible();
  await context.clearPermissions();
});

// A feed of updates, and an app that it could replace, can't be had here: a part that is told its states stands for them.
test('updates are told in every state, and never end sessions without a question', async ({ start }) => {
  const desktop = await start({ playsUpdates: true });
  const page = await desktop.openWindow();
  await expect((await openByDoubleClick(page, 'SSH shell')).getByText('secured')).toBeVisible();
  const settings = await desktop.openWindow('?window=settings#about');
  const updates = settings.getByRole('region', { name: 'Updates' });
  await expect(updates).toContainText('This is the newest version.');
  await updates.getByRole('button', { name: 'Look now' }).click();
  await expect(updates).toContainText('Looking for a newer version…');
  const offered = { version: '0.2.0', notes: 'Faster pictures.\n<b>Not bold</b>' };
  desktop.setUpdates({ kind: 'downloading', ...offered, percent: 41.6 });
  await expect(updates).toContainText('Proxima 0.2.0 is being fetched: 42 %.');
  desktop.setUpdates({ kind: 'failed', failure: { code: 'update_untrusted', detail: 'sha512 differs' } });
  await expect(updates.getByRole('alert')).toContainText('not what the publisher announced');
  await expect(updates).toContainText('sha512 differs');
  desktop.setUpdates({ kind: 'ready', ...offered });
  await expect(updates.getByRole('textbox', { name: 'What is new in 0.2.0' })).toHaveValue(offered.notes);
  await updates.getByRole('button', { name: 'Install and start anew' }).click();
  const question = settings.getByRole('alertdialog');
  await expect(question).toContainText('End the open session, and install?');
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(desktop.installs()).toBe(0);
  await updates.getByRole('button', { name: 'Install and start anew' }).click();
  await question.getByRole('button', { name: 'End and install' }).click();
  await expect.poll(() => desktop.installs()).toBe(1);
  desktop.setUpdates({ kind: 'off', why: 'Your administrator installs new versions.' });
  await expect(updates).toContainText('Your administrator installs new versions.');
  await expect(updates.getByRole('button')).toHaveCount(0);
});
