import { readFile } from 'node:fs/promises';
import { type Browser, expect, type Page, test } from 'playwright/test';
import type { Harness } from './display/page/harness.ts';
import { type DisplayPage, serveDisplayPage } from './display/page.ts';

// What no session manager should send, and what browsers do to pages: the display goes on, or ends once and says so.

declare const harness: Harness;

let served: DisplayPage;
test.beforeAll(async () => {
  served = await serveDisplayPage();
});
test.afterAll(() => served.close());

test.beforeEach(async ({ page }) => {
  await page.goto(served.url);
  await page.waitForFunction(() => 'harness' in window);
});

/** What all processes of the browser that run pages have in memory, in MB. */
async function readMemory(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
        return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
      }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('a stream that is cut after every byte is drawn all the same', async ({ page }) => {
  const differences = await page.evaluate(async () => {
    const [whole, cut] = [harness.openOurs(), harness.openOurs()];
    const frames = await harness.encodeRandom(11, 12);
    for (const frame of frames) {
      for (let at = 0; at < frame.length; at += 1) cut.display.push(frame.slice(at, at + 1));
      whole.display.push(frame.slice());
    }
    const areThere = await Promise.all([whole, cut].map((ours) => ours.synced(frames.length, 60_000)));
    return [areThere, harness.describeDifference(await cut.picture(), await whole.picture())];
  });
  expect(differences).toEqual([[true, true], undefined]);
});

test('images that do not decode are left out, and the frame is drawn', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const ours = harness.openOurs();
    const whole = await harness.encodeImage('image/jpeg', 90, 70, 3);
    const broken = [
      { ...whole, base64: btoa('no image at all') },
      { ...whole, base64: whole.base64.slice(0, 200) },
      { ...whole, base64: '' },
      { ...whole, base64: '*not*base64*' },
      { ...whole, mimetype: 'text/html' },
      { ...whole, mimetype: '' },
    ] as const;
    ours.push(
      ['size', '0', '200', '100'],
      ['rect', '0', '0', '0', '200', '100'],
      ['cfill', '14', '0', '9', '8', '7', '255'],
    );
    for (const image of broken) {
      ours.push(...harness.sendImage(image as typeof whole, { mask: 14, layer: 0, x: 100, y: 0 }));
      ours.push(['png', '14', '0', '0', '0', image.base64], ['jpeg', '12', '0', '0', '0', image.base64]);
    }
    ours.push(
      ['rect', '0', '0', '0', '10', '10'],
      ['cfill', '14', '0', '255', '0', '0', '255'],
      ['sync', '1'],
    );
    const isSynced = await ours.synced(1);
    const { data } = await ours.picture();
    return { isSynced, corner: [...data.subarray(0, 4)], ends: ours.ends };
  });
  expect(seen).toEqual({ isSynced: true, corner: [255, 0, 0, 255], ends: [] });
});

test('sizes, layers, and coordinates out of all range change nothing', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const ours = harness.openOurs();
    const paint = ['cfill', '14', '0', '1', '2', '3', '255'] as const;
    ours.push(['size', '0', '60', '40'], ['rect', '0', '0', '0', '60', '40'], paint, ['sync', '1']);
    await ours.synced(1);
    const odd = [
      '-1',
      '0',
      '32768',
      '99999999',
      '-2147483649',
      '1e99',
      'NaN',
      '',
      'x',
      '99999999999999999999',
    ];
    let timestamp = 1;
    for (const value of odd) {
      timestamp += 1;
      ours.push(
        ['size', '5', value, value],
        ...(value === '0' ? [] : [['size', value, '10', '10'] as const]),
        ['move', value, '0', value, value, value],
        ['move', '5', value, value, value, value],
        ['move', '5', '5', '0', '0', '0'],
        ['move', '6', '5', '0', '0', '0'],
        ['move', '5', '6', '0', '0', '0'],
        ['shade', '5', value],
        ['distort', '5', value, value, value, value, value, value],
        ['dispose', value],
        ['copy', value, value, value, value, value, value, '7', value, value],
        ['transfer', '0', value, value, value, value, value, '7', value, value],
        ['transfer', '0', '0', '0', '30000', '30000', '1', '7', '0', '0'],
        ['arc', '7', value, value, value, value, value, value],
        ['curve', '7', value, value, value, value, value, value],
        ['cstroke', value, '7', value, value, value, value, value, value, value],
        ['lstroke', value, '7', value, value, value, value],
        ['lfill', value, '7', value],
        ['transform', '7', value, value, value, value, value, value],
        ['set', '7', 'miter-limit', value],
        ['cursor', value, value, '0', value, value, value, value],
        ['img', value, value, '7', value, value, value],
        ['blob', value, value],
        ['end', value],
        ['nest', value, ''],
        ['dispose', '5'],
        ['dispose', '6'],
        ['dispose', '7'],
        ['sync', String(timestamp)],
      );
      if (!(await ours.synced(timestamp))) return { value, ends: ours.ends };
    }
    const { width, height, data } = await ours.picture();
    return { width, height, corner: [...data.subarray(0, 4)], ends: ours.ends };
  });
  expect(seen).toEqual({ width: 60, height: 40, corner: [1, 2, 3, 255], ends: [] });
});

test('screens and layers of 30,000 pixels take no more memory than there is for them', async ({
  page,
  browser,
}) => {
  const before = await readMemory(browser);
  const seen = await page.evaluate(async () => {
    const ours = harness.openOurs();
    ours.push(
      ['size', '0', '30000', '30'],
      ['rect', '0', '29990', '0', '10', '30'],
      ['cfill', '14', '0', '1', '2', '3', '255'],
      ['sync', '1'],
    );
    const isWide = await ours.synced(1);
    const sizes = [...ours.sizes];
    ours.push(['size', '0', '30000', '30000'], ['sync', '2']);
    const goesOn = await ours.synced(2);
    for (let layer = 1; layer <= 400; layer += 1) {
      ours.push(
        ['size', String(layer), '30000', '30000'],
        ['size', String(-layer), '4000', '4000'],
        ['rect', String(-layer), '0', '0', '4000', '4000'],
        ['cfill', '14', String(-layer), '9', '9', '9', '255'],
      );
    }
    ours.push(['sync', '3']);
    const stillGoesOn = await ours.synced(3, 30_000);
    ours.push(['size', '0', '100', '50'], ['sync', '4']);
    return {
      isWide,
      sizes,
      goesOn,
      stillGoesOn,
      isBack: await ours.synced(4),
      last: ours.sizes.at(-1),
      ends: ours.ends,
    };
  });
  expect(seen).toEqual({
    isWide: true,
    sizes: ['30000×30'],
    goesOn: true,
    stillGoesOn: true,
    isBack: true,
    last: '100×50',
    ends: [],
  });
  expect((await readMemory(browser)) - before).toBeLessThan(900);
});

test('streams and frames that never end are not kept for ever', async ({ page, browser }) => {
  test.setTimeout(120_000);
  const open = async (roundCount: number) =>
    page.evaluate(async (rounds) => {
      const ours = harness.openOurs();
      const blob = 'A'.repeat(8_000);
      const photo = await harness.encodeImage('image/jpeg', 1_000, 1_000, 1, { quality: 0.1 });
      ours.push(['size', '0', '300', '200'], ['sync', '1']);
      for (let round = 0; round < rounds; round += 1) {
        for (let stream = 0; stream < 40; stream += 1) {
          const index = String(round * 40 + stream);
          ours.push(['img', index, '14', '0', 'image/png', '0', '0']);
          for (let count = 0; count < 40; count += 1) ours.push(['blob', index, blob]);
        }
        // A frame that has images and no end.
        for (let count = 0; count < 20; count += 1) {
          ours.push(...harness.sendImage(photo, { mask: 14, layer: 0, x: 0, y: 0, stream: 5 }));
        }
        await ours.picture();
      }
      ours.push(['sync', '2']);
      const isSynced = await ours.synced(2, 30_000);
      return { isSynced, ends: ours.ends };
    }, roundCount);
  expect(await open(2)).toEqual({ isSynced: true, ends: [] });
  const before = await readMemory(browser);
  expect(await open(25)).toEqual({ isSynced: true, ends: [] });
  // 320 MB of blobs, and 500 images of 4 MB.
  expect((await readMemory(browser)) - before).toBeLessThan(400);
});

test('what is no drawing is passed on in order, unknown or not', async ({ page }) => {
  const passed = await page.evaluate(async () => {
    const ours = harness.openOurs();
    ours.push(
      ['unheard-of', 'ä', '', '日本語 😀'],
      ['clipboard', '4', 'text/plain'],
      ['img', '5', '14', '0', 'image/png', '0', '0'],
      ['blob', '4', 'QWJj'],
      ['blob', '5', 'QWJj'],
      ['end', '5'],
      ['end', '4'],
      ['', 'x'],
      ['required', 'password'],
      ['error', 'gone', '519'],
      ['disconnect'],
      ['sync', '7'],
    );
    await ours.synced(7);
    return ours.passed;
  });
  expect(passed).toEqual([
    ['unheard-of', 'ä', '', '日本語 😀'],
    ['clipboard', '4', 'text/plain'],
    ['blob', '4', 'QWJj'],
    ['end', '4'],
    ['', 'x'],
    ['required', 'password'],
    ['error', 'gone', '519'],
    ['disconnect'],
  ]);
});

const notTheProtocol: Readonly<Record<string, string | readonly number[]>> = {
  'a length that is too short': '4.sync,1.12;',
  'a length that is too long': '4.sync,3.1;2.ab;',
  'no length': '.sync;',
  'a length of letters': 'x.sync;',
  'a negative length': '-4.sync;',
  'an endless length': '99999999999999999999.',
  'an answer of HTTP': 'HTTP/1.1 400 Bad Request\r\n\r\n',
  'a TLS alert': [21, 3, 3, 0, 2, 2, 40],
  'an element without an end': `900000.${'a'.repeat(2_500_000)}`,
  'an instruction without an end': '1.a,'.repeat(1_000_000),
  'a continuation byte for a terminator': [0x31, 0x2e, 0x61, 0x80],
};
for (const [about, garbage] of Object.entries(notTheProtocol)) {
  test(`${about} ends the display once, and keeps its picture`, async ({ page }) => {
    const seen = await page.evaluate(async (bytes) => {
      const ours = harness.openOurs();
      ours.push(
        ['size', '0', '60', '40'],
        ['rect', '0', '0', '0', '60', '40'],
        ['cfill', '14', '0', '255', '0', '0', '255'],
        ['sync', '1'],
      );
      await ours.synced(1);
      const broken = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes);
      ours.display.push(broken.slice());
      ours.display.push(broken.slice());
      ours.push(['sync', '2']);
      await ours.synced(2);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const canvas = ours.display.element.querySelector('canvas');
      return { ends: ours.ends, syncs: ours.syncs, isKept: canvas?.isConnected };
    }, garbage);
    expect(seen).toEqual({ ends: ['protocol'], syncs: [1], isKept: true });
    const picture = await page.locator('#ours canvas').first().screenshot();
    expect(picture.length).toBeGreaterThan(0);
  });
}

test('lone surrogates, lone continuation bytes, and cut characters are content like any other', async ({
  page,
}) => {
  const seen = await page.evaluate(async () => {
    const ours = harness.openOurs();
    const encode = (text: string) => [...new TextEncoder().encode(text)];
    // Surrogates as CESU-8 has them, a stray continuation byte, a lead byte without what belongs to it.
    for (const element of [
      [0xed, 0xa0, 0x80],
      [0x80],
      [0xe4, 0xbd],
      [0xff],
      [0xc3, 0xa4, 0xf0, 0x9f, 0x98, 0x80],
    ]) {
      for (const length of [1, 2, 3]) {
        ours.display.push(Uint8Array.from([...encode(`4.name,${length}.`), ...element, ...encode(';')]));
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { ends: ours.ends.length, isCrashed: ours.ends.includes('crashed') };
  });
  expect(seen.isCrashed).toBe(false);
  expect(seen.ends).toBeLessThanOrEqual(1);
});

test('bytes that were changed at random never crash it', async ({ page }) => {
  test.setTimeout(180_000);
  const outcomes = await page.evaluate(async () => {
    const counts = { drawn: 0, protocol: 0, other: [] as string[] };
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = harness.createRandom(seed);
      const ours = harness.openOurs();
      const frames = await harness.encodeRandom(seed, 15);
      for (const frame of frames) {
        const bytes = frame.slice();
        // Digits become other digits more often than not, so that much of it stays the protocol.
        for (let count = random.whole(0, 3); count > 0; count -= 1) {
          const at = random.whole(0, bytes.length - 1);
          const isDigit = (bytes[at] as number) >= 0x30 && (bytes[at] as number) <= 0x39;
          bytes[at] = isDigit && random.chance(0.9) ? random.whole(0x30, 0x39) : random.whole(0, 255);
        }
        ours.display.push(bytes);
      }
      ours.push(['sync', '999']);
      const isSynced = await ours.synced(999, 4_000);
      const [end, ...more] = ours.ends;
      if (more.length > 0 || end === 'crashed') counts.other.push(`seed ${seed}: ${ours.ends.join()}`);
      else if (end === 'protocol') counts.protocol += 1;
      else if (isSynced) counts.drawn += 1;
      ours.display.dispose();
      ours.display.element.remove();
    }
    return counts;
  });
  expect(outcomes.other).toEqual([]);
  expect(outcomes.protocol).toBeGreaterThan(5);
});

test('a worker that dies is told of once, and its last picture stays', async ({ page }) => {
  await page.evaluate(async () => {
    const ours = harness.openOurs();
    Object.assign(window, { ours });
    ours.push(
      ['size', '0', '60', '40'],
      ['rect', '0', '0', '0', '60', '40'],
      ['cfill', '14', '0', '255', '0', '0', '255'],
      ['sync', '1'],
    );
    await ours.synced(1);
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error('struck down');
    });
  });
  await page.waitForTimeout(200);
  const seen = await page.evaluate(async () => {
    const { ours } = window as unknown as { ours: ReturnType<Harness['openOurs']> };
    ours.push(['sync', '2']);
    const isRefused = await ours.display.snapshot().then(
      () => false,
      () => true,
    );
    return { ends: ours.ends, syncs: ours.syncs, isRefused };
  });
  expect(seen).toEqual({ ends: ['crashed'], syncs: [1], isRefused: true });
  expect(await colourAt(page)).toEqual([255, 0, 0]);
});

// A browser without a window shows all of its pages, so this withholds what a hidden page is withheld: animation frames.
test('a hidden page acknowledges what it is sent, and shows it when it is looked at again', async ({
  page,
}) => {
  await page.evaluate(async () => {
    const ours = harness.openOurs();
    Object.assign(window, { ours });
    ours.push(['size', '0', '60', '40'], ['sync', '1']);
    await ours.synced(1);
  });
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    const withheld: FrameRequestCallback[] = [];
    const request = self.requestAnimationFrame.bind(self);
    self.requestAnimationFrame = (callback) => withheld.push(callback);
    Object.assign(self, {
      showAgain() {
        self.requestAnimationFrame = request;
        for (const callback of withheld) request(callback);
      },
    });
  });
  const seen = await page.evaluate(async () => {
    const { ours } = window as unknown as { ours: ReturnType<Harness['openOurs']> };
    const image = await harness.encodeImage('image/png', 60, 40, 9, { isOpaque: true });
    ours.push(['size', '1', '60', '40'], ['move', '1', '0', '0', '0', '0']);
    for (let timestamp = 2; timestamp <= 40; timestamp += 1) {
      ours.push(...harness.sendImage(image, { mask: 14, layer: timestamp % 2, x: 0, y: 0 }), [
        'sync',
        String(timestamp),
      ]);
      if (!(await ours.synced(timestamp))) return timestamp;
    }
    ours.push(
      ['rect', '1', '0', '0', '60', '40'],
      ['cfill', '14', '1', '0', '255', '0', '255'],
      ['sync', '41'],
    );
    const isSynced = await ours.synced(41);
    return { isSynced, picture: [...(await ours.picture()).data.subarray(0, 4)] };
  });
  expect(seen).toEqual({ isSynced: true, picture: [0, 255, 0, 255] });
  await worker?.evaluate(() => (self as unknown as { showAgain(): void }).showAgain());
  await expect.poll(() => colourAt(page)).toEqual([0, 255, 0]);
  // And goes on from there.
  await page.evaluate(() => {
    const { ours } = window as unknown as { ours: ReturnType<Harness['openOurs']> };
    ours.push(
      ['rect', '1', '0', '0', '60', '40'],
      ['cfill', '14', '1', '0', '0', '255', '255'],
      ['sync', '42'],
    );
  });
  await expect.poll(() => colourAt(page)).toEqual([0, 0, 255]);
});

/** What is seen in the middle of our display. */
async function colourAt(page: Page): Promise<number[]> {
  const shot = await page.locator('#ours > div').first().screenshot();
  return page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const picture = harness.readPixels(await createImageBitmap(new Blob([bytes])));
    const middle = (Math.floor(picture.height / 2) * picture.width + Math.floor(picture.width / 2)) * 4;
    return [...picture.data.subarray(middle, middle + 3)];
  }, shot.toString('base64'));
}
