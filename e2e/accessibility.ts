import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import { expect, type Page } from 'playwright/test';
import { test } from './fixtures.ts';

declare global {
  interface Window {
    readonly axe?: { run(context: { exclude: string[] }, options: RunOptions): Promise<AxeResults> };
  }
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** A laptop's window, and the narrowest that is supported. */
export const viewports = [
  { width: 1280, height: 800 },
  { width: 480, height: 800 },
];

/** Until nothing fades any more: half faded-in colours have half the contrast. What turns for ever doesn't count. */
async function waitForStillness(): Promise<void> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  await frame();
  const passing = document
    .getAnimations()
    .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY);
  await Promise.allSettled(passing.map(({ finished }) => finished));
}

/** What can differ between light and dark: the page is the same, its colours aren't. */
const colourRules = ['color-contrast', 'link-in-text-block'];

/** Runs axe over the page as it is, light and dark. The policy of the page allows no script but its own: axe comes in by the debugger. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  await test.step(screen, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if (await page.evaluate(() => window.axe === undefined))
        await page.evaluate(await readFile(axeFile, 'utf8'));
      const options: RunOptions = {
        resultTypes: ['violations'],
        ...(colorScheme === 'dark' && { runOnly: colourRules }),
      };
      // Colours may change a moment after the scheme: a violation is what stays.
      await expect(async () => {
        await page.evaluate(waitForStillness);
        const { violations, passed } = await runAxe(page, options);
        expect(violations, `${screen}, ${colorScheme}`).toEqual([]);
        expect(passed, screen).toBeGreaterThan(colorScheme === 'dark' ? 0 : 5);
      }).toPass({ timeout: 3_000 });
    }
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    process.stdout.write(`    looked at: ${screen}, light and dark, ${width} × ${height}\n`);
  });
}

async function runAxe(page: Page, options: RunOptions) {
  // Guards stand at the edges of a menu and hand the focus on at once: nothing hidden ever keeps it (keyboard.spec.ts).
  const results = await page.evaluate(
    (chosen) => window.axe?.run({ exclude: ['[data-base-ui-focus-guard]'] }, chosen),
    options,
  );
  const violations = results?.violations.map(({ id, nodes }) => ({
    id,
    where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary ?? ''}`),
  }));
  return { violations, passed: results?.passes.length };
}
