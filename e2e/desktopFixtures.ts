import type { Page } from 'playwright/test';
import { type DesktopApp, type DesktopOptions, startDesktop } from './desktopFrame.ts';
import { settingsOf, test as base } from './fixtures.ts';
import { hostsOf } from './rig/hosts.ts';

interface TestFixtures {
  /** Starts the desktop app in its frame, with the rig's hosts and session managers unless told otherwise; ended with the test. */
  readonly start: (options?: DesktopOptions) => Promise<DesktopApp>;
}

export const test = base.extend<TestFixtures>({
  start: async ({ context, rig }, use) => {
    const started: DesktopApp[] = [];
    await use(async (options) => {
      const desktop = await startDesktop(context, {
        settings: settingsOf(rig),
        hosts: hostsOf(rig),
        ...options,
      });
      started.push(desktop);
      return desktop;
    });
    await Promise.all(started.map((desktop) => desktop.dispose()));
  },
});

/** The question whether a link or a file may be opened, in either of its steps. */
export const linkDialog = (page: Page) => page.getByRole('dialog', { name: /open this host\?$/i });

/** What a person does with a link that they have as text. */
export async function giveLink(page: Page, link: string): Promise<void> {
  await page.keyboard.press('Control+O');
  await page.getByRole('textbox', { name: 'Link' }).fill(link);
  await page.keyboard.press('Enter');
}
