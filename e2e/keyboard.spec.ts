import { expect, type Page } from 'playwright/test';
import { expectPaint, openApp, sessionPane, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { paintCommand } from './pixels.ts';

/** The focus is on something that a person can name, and can see that it is there: by its ring, or by the session's own mark. */
async function expectFocus(page: Page, name: RegExp): Promise<void> {
  await expect.poll(() => page.evaluate(describeFocus)).toMatch(name);
  expect(await page.evaluate(isFocusSeen), `the focus on ${String(name)} is seen`).toBe(true);
}

function describeFocus(): string {
  const element = document.activeElement;
  if (element === null || element === document.body) return 'nothing';
  const labels = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
  const byLabel = labels.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  const byField = element instanceof HTMLInputElement ? (element.labels?.[0]?.textContent ?? '') : '';
  const name = element.getAttribute('aria-label') ?? (byLabel || byField || element.textContent);
  return `${element.role ?? element.getAttribute('role') ?? element.tagName.toLowerCase()}: ${name}`;
}

function isFocusSeen(): boolean {
  const element = document.activeElement;
  if (element === null || element === document.body) return false;
  const seenOn = (candidate: Element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(candidate);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  };
  // A session marks its bar, and a card is what it is by itself; a menu's entry is filled.
  if (element.matches('[data-owns-keys]')) {
    const bar = element.closest('section')?.querySelector('header');
    return bar !== null && bar !== undefined && seenOn(bar);
  }
  const isFilled = getComputedStyle(element).backgroundColor !== 'rgba(0, 0, 0, 0)';
  return seenOn(element) || (element.matches('[role=menuitem], [tabindex="-1"]') && isFilled);
}

/** Types into whatever has the focus, as everything here does. */
const type = (page: Page, text: string) => page.keyboard.type(text, { delay: 12 });

/** Tab, until the focus is there; never a second round. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (name.test(await page.evaluate(describeFocus))) return expectFocus(page, name);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab doesn't lead to ${String(name)}`);
}

test('the keyboard alone opens, uses and closes sessions', async ({ page, launch }) => {
  await openApp(page, await launch());
  await page.keyboard.press('/');
  await expectFocus(page, /Search hosts/);
  await type(page, 'ssh shell');
  await page.keyboard.press('Enter');
  const ssh = sessionPane(page, 'SSH shell');
  await waitForPicture(ssh);
  await expectFocus(page, /Keyboard of SSH shell/);
  await type(page, paintCommand('green'));
  await page.keyboard.press('Enter');
  await expectPaint(ssh, 'green');

  // Every other key is the host's.
  await page.keyboard.press('Control+Alt+Shift');
  await expectFocus(page, /^tab: SSH shell/);
  await page.keyboard.press('Enter');
  await expectFocus(page, /Keyboard of SSH shell/);
  await page.keyboard.press('Control+Alt+Shift');
  await page.keyboard.press('/');
  await expectFocus(page, /Search hosts/);
  await type(page, 'telnet');
  await page.keyboard.press('ArrowDown');
  await expectFocus(page, /^treeitem: Telnet shell/);
  await page.keyboard.press('Enter');
  const telnet = sessionPane(page, 'Telnet shell');
  await waitForPicture(telnet);
  await expectFocus(page, /Keyboard of Telnet shell/);
  await page.keyboard.press('Control+Alt+Shift');
  await expectFocus(page, /^tab: Telnet shell/);
  await page.keyboard.press('ArrowLeft');
  await expectFocus(page, /^tab: SSH shell/);
  await expect(ssh).toBeVisible();
  await expect(telnet).toBeHidden();

  await tabTo(page, /Why here\?/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Why here?' })).toBeVisible();
  await expectFocus(page, /Why here|Close/);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expectFocus(page, /Why here\?/);

  await tabTo(page, /More for SSH shell/);
  await page.keyboard.press('Enter');
  await expectFocus(page, /^menuitem: Send Ctrl/);
  await page.keyboard.press('Escape');
  await expectFocus(page, /More for SSH shell/);
  await page.keyboard.press('Control+W');
  await expect(page.getByRole('tab')).toHaveCount(1);
  await expectFocus(page, /^tab: Telnet shell/);
  await page.keyboard.press('Enter');
  await expectFocus(page, /Keyboard of Telnet shell/);
  await page.keyboard.press('Control+Alt+Shift');
  await expectFocus(page, /^tab: Telnet shell/);
  await page.keyboard.press('Delete');
  await expect(page.getByRole('tab')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Pick up where you left off' })).toBeVisible();
  await expectFocus(page, /Search hosts/);

  await type(page, 'telnet');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await waitForPicture(sessionPane(page, 'Telnet shell'));
  await page.keyboard.press('Control+Alt+Shift');
  await tabTo(page, /More for Telnet shell/);
  await page.keyboard.press('Enter');
  await expectFocus(page, /^menuitem: Send Ctrl/);
  await page.keyboard.press('End');
  await expectFocus(page, /^menuitem: End session/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab')).toHaveCount(0);
  await expectFocus(page, /Search hosts/);
});

test('the keyboard alone makes, saves, deletes and brings back a host', async ({ page, launch }) => {
  await openApp(page, await launch({ hosts: [] }));
  await page.keyboard.press('Alt+N');
  const dialog = page.getByRole('dialog');
  await expectFocus(page, /Name/);
  await type(page, 'Made by keyboard');
  await tabTo(page, /Protocol/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listbox')).toBeVisible();
  await type(page, 'SSH');
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Port', { exact: true })).toHaveValue('22');
  await tabTo(page, /Address/);
  await type(page, '10.0.0.7');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  const row = page.getByRole('treeitem', { name: /^Made by keyboard/ });
  await expect(row).toBeVisible();

  await page.keyboard.press('/');
  await expectFocus(page, /Search hosts/);
  await type(page, 'made');
  await page.keyboard.press('ArrowDown');
  await expectFocus(page, /^treeitem: Made by keyboard/);
  await page.keyboard.press('F2');
  await expectFocus(page, /Name/);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expectFocus(page, /^treeitem: Made by keyboard/);
  await page.keyboard.press('Shift+F10');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expectFocus(page, /^treeitem: Made by keyboard/);
  await page.keyboard.press('Delete');
  await expect(row).toHaveCount(0);
  // F6 leads to the messages, as screen readers know it.
  await page.keyboard.press('F6');
  await tabTo(page, /Undo/);
  await page.keyboard.press('Enter');
  await expect(row).toBeVisible();
  await expectFocus(page, /^treeitem: Made by keyboard/);
});
