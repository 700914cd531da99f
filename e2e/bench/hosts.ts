import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright';
import { ensureBuilt } from '../../build/build.ts';
import { ensurePackages } from '../../build/debian.ts';
import { openHostStore } from '../../electron/store/hostStore.ts';
import { createHostIndex } from '../../renderer/app/hostIndex.ts';
import { createHostSearch } from '../../renderer/app/hostSearch.ts';
import type { Host, Vault } from '../../shared/model/host.ts';
import { startGateway } from '../gateway.ts';
import { createHosts, createVaults, hostCount, queries } from './generatedHosts.ts';
import { type Bench, quantile, type Row } from './measurement.ts';
import { type Load, noteStrokes, readLoad, readStrokes, scan, watchLoad } from './pageProbe.ts';
import { measureWhatIf } from './whatIf.ts';

const loads = 5;
const rounds = 3;
const strokePauseMs = 60;
const loadTimeoutMs = 30_000;
const loadPollMs = 250;
const executablePath = process.env['PROXIMA_CHROMIUM'] ?? '/usr/bin/chromium';

/**
 * What saving other rules would do to all hosts. Then a long list in a real gateway and a real Chromium: how soon it is there, and what a keystroke of search costs up to the frame
 * that shows its result. Beside it, in the same page, a plain look through the same texts; and in an empty page, the same key.
 */
export const benchHosts: Bench = async (context) => {
  const { report, isQuick } = context;
  const packages = await ensurePackages(['browser'], report);
  if (packages.kind === 'missing') throw new Error(packages.todo);
  await ensureBuilt(report);
  const dataFolder = await mkdtemp(join(tmpdir(), 'proxima-bench-'));
  try {
    report(`hosts: storing ${hostCount.toLocaleString('en')}`);
    const vaults = createVaults();
    const hosts = createHosts(vaults);
    await store(dataFolder, vaults, hosts);
    report('hosts: asking what saving would change');
    const whatIf = await measureWhatIf(hosts, context);
    return [...whatIf, ...(await measure(dataFolder, hosts, report, isQuick))];
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
};

async function measure(
  dataFolder: string,
  hosts: readonly Host[],
  report: (line: string) => void,
  isQuick: boolean,
): Promise<readonly Row[]> {
  report('hosts: starting the gateway and Chromium');
  const gateway = await startGateway({ dataFolder });
  const browser = await chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--no-first-run', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  try {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      viewport: { width: 1280, height: 800 },
    });
    // What compiles this file wraps inner functions in a call of this name, which the pages don't have.
    await context.addInitScript('globalThis.__name = (target) => target');
    await (await context.newPage()).goto(gateway.signInUrl);
    report('hosts: loading');
    const loaded = await measureLoads(context, gateway.origin, isQuick ? 1 : loads);
    report('hosts: searching');
    const strokes = await measureStrokes(context, gateway.origin, hosts, isQuick);
    return [...loaded, ...strokes];
  } finally {
    await browser.close();
    await gateway.dispose();
  }
}

async function store(folder: string, vaults: readonly Vault[], hosts: readonly Host[]): Promise<void> {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const opened = await openHostStore({ folder, log });
  if (!opened.ok) throw new Error(opened.failure.detail);
  const { store: hostStore } = opened.value;
  for (const vault of vaults) await hostStore.putVault(vault);
  const put = await hostStore.putHosts(hosts);
  if (!put.ok) throw new Error(put.failure.detail);
  await hostStore.close();
}

async function measureLoads(context: BrowserContext, origin: string, times: number): Promise<readonly Row[]> {
  const measured: Load[] = [];
  for (let count = 0; count < times; count += 1) {
    const { page, load } = await openList(context, origin);
    measured.push(load);
    await page.close();
  }
  const describe = (work: string, pick: (load: Load) => number): Row => ({
    name: `hosts, ${work}`,
    unit: 'ms',
    samples: measured.map(pick),
  });
  return [
    describe('first paint', ({ firstPaint }) => firstPaint),
    describe('first host row', ({ firstRow }) => firstRow),
    describe('whole list loaded', ({ wholeList }) => wholeList),
  ];
}

async function openList(context: BrowserContext, origin: string): Promise<{ page: Page; load: Load }> {
  const page = await context.newPage();
  await page.addInitScript(watchLoad, hostCount);
  await page.goto(origin);
  for (const startedAt = Date.now(); Date.now() - startedAt < loadTimeoutMs;) {
    const load = await page.evaluate(readLoad);
    if (load) return { page, load };
    await page.waitForTimeout(loadPollMs);
  }
  throw new Error('the list was not loaded in time');
}

async function measureStrokes(
  context: BrowserContext,
  origin: string,
  hosts: readonly Host[],
  isQuick: boolean,
): Promise<readonly Row[]> {
  const { page } = await openList(context, origin);
  const search = page.getByRole('textbox', { name: 'Search hosts' });
  await page.evaluate(noteStrokes);
  const blank = await context.newPage();
  await blank.setContent('<input aria-label="Empty">');
  await blank.evaluate(noteStrokes);
  const emptyField = blank.getByRole('textbox', { name: 'Empty' });
  const texts = hosts.map(({ name, address, tags }) => [name, address, ...tags].join('\n').toLowerCase());
  const scans: number[] = [];
  const searches: number[] = [];
  const hostIndex = createHostIndex();
  hostIndex.put(
    hosts.map(
      ({ username: _username, domain: _domain, settings: _settings, updatedAt: _at, ...shown }) => shown,
    ),
  );
  const lists = hostIndex.lists();
  const searchHosts = createHostSearch();
  searchHosts(lists, '');
  for (let round = 0; round < (isQuick ? 1 : rounds); round += 1) {
    for (const query of isQuick ? queries.slice(0, 1) : queries) {
      for (const field of [search, emptyField]) {
        await field.page().bringToFront();
        await field.fill('');
        await field.pressSequentially(query, { delay: strokePauseMs });
        await field.page().waitForTimeout(strokePauseMs);
      }
      const prefixes = Array.from(query, (_, index) => query.slice(0, index + 1));
      for (const prefix of prefixes) {
        const startedAt = performance.now();
        searchHosts(lists, prefix);
        searches.push(performance.now() - startedAt);
      }
      scans.push(...(await page.evaluate(scan, { texts, queries: prefixes })));
    }
  }
  const ours = await page.evaluate(readStrokes);
  const empty = await blank.evaluate(readStrokes);
  if (quantile(ours, 0.5) === 0) throw new Error('no stroke was measured');
  return [
    {
      name: 'hosts, keystroke of search',
      unit: 'ms',
      samples: ours,
      floor: { name: 'same key in an empty page', samples: empty },
    },
    {
      name: 'hosts, keystroke of search: looking through 100,000',
      unit: 'ms',
      samples: searches,
      peer: { name: 'plain scan of the same texts', samples: scans },
      goal: { of: 'value', atMost: 16 },
    },
  ];
}
