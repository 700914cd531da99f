import { expect, type Page, test } from 'playwright/test';
import type { Comparison, Harness } from './display/page/harness.ts';
import { type DisplayPage, serveDisplayPage } from './display/page.ts';
import { recordingNames } from './display/recordings.ts';

// Our display beside that of guacamole-common-js 1.5.0: the same bytes have to become the same pixels.

declare const harness: Harness;

const seedsPerGroup = 8;

let served: DisplayPage;
test.beforeAll(async () => {
  served = await serveDisplayPage();
});
test.afterAll(() => served.close());

test.beforeEach(async ({ page }) => {
  // The reference would wait for an animation frame for each of its own, and draws the same without.
  await page.addInitScript(() => (document.hasFocus = () => false));
  await openPage(page);
});

async function openPage(page: Page): Promise<void> {
  // Of the page's policy, for one.
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(served.url);
  await page.waitForFunction(() => 'harness' in window);
  expect(problems).toEqual([]);
}

function expectSame(comparison: Comparison, leastFrames: number): void {
  expect(comparison.differences).toEqual([]);
  expect(comparison.frames).toBeGreaterThanOrEqual(leastFrames);
}

for (const name of recordingNames) {
  test(`a recorded ${name} session looks the same`, async ({ page }) => {
    const comparison = await page.evaluate(
      (recording) => harness.compareRecording(recording, { every: 5 }),
      name,
    );
    expectSame(comparison, 100);
    expect(comparison.compared).toBeGreaterThan(20);
    // Nothing in what guacd sends is beyond the reference.
    expect(comparison.defects).toEqual([]);
  });
}

test('recordings that are cut anywhere look the same', async ({ page }) => {
  for (const name of recordingNames) {
    const comparison = await page.evaluate(
      (recording) => harness.compareRecording(recording, { every: 50, cutSeed: 4 }),
      name,
    );
    expectSame(comparison, 100);
  }
});

test('frames that come faster than they are drawn look the same in the end', async ({ page }) => {
  for (const name of recordingNames) {
    const comparison = await page.evaluate(
      (recording) => harness.compareRecording(recording, { isAtOnce: true }),
      name,
    );
    expectSame(comparison, 100);
  }
  for (const seed of [51, 52, 53]) {
    const comparison = await page.evaluate(
      (cutSeed) => harness.compareRandom(cutSeed, 200, { isAtOnce: true, cutSeed }),
      seed,
    );
    expectSame(comparison, 200);
  }
});

test('every drawing instruction with every mask looks the same', async ({ page }) => {
  const comparison = await page.evaluate(() => harness.compareEverything());
  expectSame(comparison, 600);
  expect(comparison.flattened).toBeGreaterThan(600);
  // What it throws at, and we draw or leave out: a picture that loses its width or height, and a copy of nothing.
  expect(comparison.defects.map((defect) => defect.replace(/:.*/, '')).toSorted()).toEqual([
    'copy',
    'resize',
  ]);
});

const seedGroups = [1, 201];
for (const first of seedGroups) {
  test(`streams that nobody thought of look the same, seeds ${first} to ${first + seedsPerGroup - 1}`, async ({
    page,
  }) => {
    for (let seed = first; seed < first + seedsPerGroup; seed += 1) {
      const comparison = await page.evaluate(
        (cutSeed) => harness.compareRandom(cutSeed, 60, cutSeed % 2 === 0 ? { cutSeed } : {}),
        seed,
      );
      expectSame(comparison, 60);
      expect(comparison.compared).toBe(60);
    }
  });
}

test('what is seen on the screen is what the reference shows there', async ({ page }) => {
  const shots: Buffer[] = [];
  for (const player of ['#reference', '#ours'] as const) {
    expect(await page.evaluate((shown) => harness.showLayers(shown), player)).toBe('drawn');
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    shots.push(await page.locator(`${player} > div`).first().screenshot());
    await page.evaluate(() =>
      document.querySelectorAll('#reference, #ours').forEach((host) => host.replaceChildren()),
    );
  }
  const difference = await page.evaluate(
    async (pictures) => {
      const [reference, ours] = await Promise.all(
        pictures.map(async (shot) => {
          const bytes = Uint8Array.from(atob(shot), (character) => character.charCodeAt(0));
          return harness.readPixels(await createImageBitmap(new Blob([bytes])));
        }),
      );
      if (reference === undefined || ours === undefined) return 'no pictures';
      // There the browser puts the layers together, and here a canvas does: it rounds and smooths in a way of its own.
      return harness.describeDifference(ours, reference, { steps: 4, pixels: 300 });
    },
    shots.map((shot) => shot.toString('base64')),
  );
  expect(difference).toBeUndefined();
});
