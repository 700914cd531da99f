import { type Browser, chromium, type Page } from 'playwright';
import type { Drive, FilmName, Harness, Player } from '../display/page/harness.ts';
import { serveDisplayPage } from '../display/page.ts';
import type { Bench, Row } from './measurement.ts';

declare const harness: Harness;

const rounds = 5;
const roundMs = 2_000;
const quickMs = 250;
const warmUpMs = 400;
const peerName = 'guacamole-common-js 1.5.0';

const chromiumPath = process.env['PROXIMA_CHROMIUM'] ?? '/usr/bin/chromium';
/** As the end-to-end tests start it. */
const chromiumArguments = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
];

interface Figures extends Drive {
  /** Of the time, how much the page's main thread spent in tasks (`TaskDuration` of CDP's Performance domain), in percent. */
  readonly mainBusy: number;
  /** How long the longest task of the main thread took, in milliseconds, as Chromium's own trace has it: of terminals only. */
  readonly longestTaskMs: number;
}

type Measure = (durationMs: number) => Promise<Figures>;

/**
 * Frames per second of our display beside that of guacamole-common-js, in one Chromium without a GPU, both fed in the page with
 * what a tunnel would bring, and with no more than three frames ahead of what they acknowledged.
 */
export const benchFrames: Bench = async ({ report, isQuick }) => {
  const served = await serveDisplayPage();
  const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  try {
    const plays = (player: Player, film: FilmName, displays = 1): Measure => {
      const start = (page: Page) =>
        page.evaluate((play) => harness.play(...play), [player, film, displays] as const);
      return (durationMs) =>
        measure(browser, served.url, start, durationMs, film === 'scroll' && displays === 1);
    };
    const both = (film: FilmName, displays?: number) => ({
      ours: plays('ours', film, displays),
      peer: plays('reference', film, displays),
    });
    const collect = async <Subject extends string>(
      name: string,
      subjects: Readonly<Record<Subject, Measure>>,
    ): Promise<Readonly<Record<Subject, readonly Figures[]>>> => {
      report(`frames: ${name}`);
      const figures = Object.fromEntries(
        Object.keys(subjects).map((subject) => [subject, []]),
      ) as unknown as Record<Subject, Figures[]>;
      // One after the other, so that what disturbs the machine disturbs all alike.
      for (let round = 0; round < (isQuick ? 1 : rounds); round += 1) {
        for (const subject of Object.keys(subjects) as Subject[]) {
          figures[subject].push(await subjects[subject](isQuick ? quickMs : roundMs));
        }
      }
      return figures;
    };

    const photo = await collect('1080p JPEG', {
      ...both('photo'),
      floor: (durationMs) =>
        measure(
          browser,
          served.url,
          (page) => page.evaluate(() => harness.decodePhotos()),
          durationMs,
          false,
        ),
    });
    const ssh = await collect('recorded SSH scroll', both('scroll'));
    const tiny = await collect('tiny updates', both('tiny'));
    const rows: Row[] = [
      {
        ...compare('1080p JPEG: frames', 'frames/s', photo, 'framesPerSecond'),
        floor: { name: 'decode only', samples: take(photo.floor, 'framesPerSecond') },
        goal: { of: 'ratioToPeer', atLeast: 4 },
      },
      { ...compare('1080p JPEG: main thread', '%', photo, 'mainBusy'), goal: { of: 'value', atMost: 5 } },
      compare('1080p JPEG: push to sync, p50', 'ms', photo, 'medianMs'),
      {
        ...compare('recorded SSH scroll: frames', 'frames/s', ssh, 'framesPerSecond'),
        goal: { of: 'ratioToPeer', atLeast: 5 },
      },
      {
        ...compare('recorded SSH scroll: push to sync, p50', 'ms', ssh, 'medianMs'),
        goal: { of: 'value', atMost: 12 },
      },
      compare('recorded SSH scroll: push to sync, p99', 'ms', ssh, 'p99Ms'),
      {
        ...compare('recorded SSH scroll: main thread', '%', ssh, 'mainBusy'),
        goal: { of: 'value', atMost: 8 },
      },
      {
        ...compare('recorded SSH scroll: longest task', 'ms', ssh, 'longestTaskMs'),
        goal: { of: 'value', atMost: 50 },
      },
      compare('tiny updates: frames', 'frames/s', tiny, 'framesPerSecond'),
      compare('tiny updates: push to sync, p50', 'ms', tiny, 'medianMs'),
      compare('tiny updates: main thread', '%', tiny, 'mainBusy'),
    ];
    // One at once is what stands above.
    for (const displays of isQuick ? [4] : [4, 9]) {
      const figures = await collect(`recorded SSH scroll in ${displays} at once`, both('scroll', displays));
      const name = `recorded SSH scroll in ${displays} at once`;
      rows.push(
        compare(`${name}: frames of all`, 'frames/s', figures, 'framesPerSecond'),
        compare(`${name}: main thread`, '%', figures, 'mainBusy'),
        compare(`${name}: push to sync, p50`, 'ms', figures, 'medianMs'),
      );
    }
    return rows;
  } finally {
    await browser.close();
    await served.close();
  }
};

const take = (figures: readonly Figures[], figure: keyof Figures) => figures.map((each) => each[figure]);

function compare(
  name: string,
  unit: Row['unit'],
  { ours, peer }: Readonly<Record<'ours' | 'peer', readonly Figures[]>>,
  figure: keyof Figures,
): Row {
  return {
    name: `frames, ${name}`,
    unit,
    samples: take(ours, figure),
    peer: { name: peerName, samples: take(peer, figure) },
  };
}

/** Each in a page of its own, which nothing of what ran before is left in. */
async function measure(
  browser: Browser,
  url: string,
  start: (page: Page) => Promise<void>,
  durationMs: number,
  isTraced: boolean,
): Promise<Figures> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'harness' in window);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const readBusy = async () => {
      const { metrics } = await session.send('Performance.getMetrics');
      const read = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
      return { tasks: read('TaskDuration'), now: read('Timestamp') };
    };
    await start(page);
    await page.evaluate((ms) => harness.measure(ms), warmUpMs);
    const before = await readBusy();
    const drive = await page.evaluate((ms) => harness.measure(ms), durationMs);
    const after = await readBusy();
    const longestTaskMs = isTraced ? await traceLongestTask(browser, page, durationMs / 2) : Number.NaN;
    await page.evaluate(() => harness.stop());
    const mainBusy = ((after.tasks - before.tasks) / (after.now - before.now)) * 100;
    return { ...drive, mainBusy, longestTaskMs };
  } finally {
    await page.close();
  }
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

/** Apart from the rest, because a trace has its cost. */
async function traceLongestTask(browser: Browser, page: Page, durationMs: number): Promise<number> {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await page.evaluate((ms) => harness.measure(ms), durationMs);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    readonly traceEvents: readonly TraceEvent[];
  };
  const isMain = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ ph, pid, tid }) => ph === 'X' && isMain.has(`${pid} ${tid}`))
    .reduce((longest, { dur = 0 }) => Math.max(longest, dur / 1_000), 0);
}
