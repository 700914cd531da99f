import { expect, type Locator, type Page } from 'playwright/test';
import type { GatewayProcess } from './gateway.ts';
import { countColours, differenceOf, type Paint, paintCommand, shareOf, takePicture } from './pixels.ts';

/** Signs in with the one-time address. */
export async function openApp(page: Page, gateway: GatewayProcess): Promise<void> {
  await page.goto(gateway.signInUrl);
  await expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
}

export const hostRow = (page: Page, name: string): Locator =>
  page
    .getByRole('tree', { name: 'Hosts' })
    .getByRole('treeitem', { name: new RegExp(`^${name}[ ,]`) })
    .first();

export const sessionPane = (page: Page, name: string): Locator =>
  page.getByRole('tabpanel', { name: new RegExp(`^${name}[ ,]`) });

/** What a person does: finds the host by its name, and double-clicks it. Resolves to the session's pane. */
export async function openByDoubleClick(page: Page, name: string): Promise<Locator> {
  await hostRow(page, name).dblclick();
  const pane = sessionPane(page, name);
  await expect(pane).toBeVisible();
  return pane;
}

export const pictureOf = (pane: Locator): Locator => pane.locator('[class*=area]');

/** Until the host has drawn something and has nearly stopped: before that, some hosts lose keys. A clock may go on ticking. */
export async function waitForPicture(pane: Locator): Promise<void> {
  await expect(pane.locator('canvas').first()).toBeVisible();
  await expect(async () => {
    const before = await takePicture(pictureOf(pane));
    expect(countColours(before)).toBeGreaterThan(2);
    await pane.page().waitForTimeout(400);
    expect(differenceOf(before, await takePicture(pictureOf(pane)))).toBeLessThan(0.01);
  }).toPass({ timeout: 20_000 });
}

/** Types into the session as a person does: key by key, into whatever has the keyboard. */
export async function typeCommand(pane: Locator, command: string): Promise<void> {
  await pane.getByRole('textbox', { name: /^Keyboard of/ }).focus();
  await pane.page().keyboard.type(command, { delay: 12 });
  await pane.page().keyboard.press('Enter');
}

/** Types a command that paints, and waits for its colour in the picture. */
export async function paint(pane: Locator, colour: Paint): Promise<void> {
  const share = async () => shareOf(await takePicture(pictureOf(pane)), colour);
  // The rig's desktops outlive their sessions: another test may have left its paint.
  if ((await share()) >= 0.01) await typeCommand(pane, 'clear');
  await expect.poll(share).toBeLessThan(0.01);
  await typeCommand(pane, paintCommand(colour));
  await expectPaint(pane, colour);
}

export async function expectPaint(pane: Locator, colour: Paint): Promise<void> {
  await expect
    .poll(async () => shareOf(await takePicture(pictureOf(pane)), colour), { timeout: 15_000 })
    .toBeGreaterThan(0.02);
}
