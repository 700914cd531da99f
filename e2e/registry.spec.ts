import { type BrowserContext, expect, type Page } from 'playwright/test';
import type { Pool } from '../shared/model/pool.ts';
import type { Settings } from '../shared/model/settings.ts';
import { openApp, openByDoubleClick, waitForPicture } from './app.ts';
import { settingsOf, test } from './fixtures.ts';
import { type EtcdCluster, startEtcd } from './rig/etcd.ts';
import { skipReasonOf } from './rig/debianProgram.ts';
import { findEtcd } from './rig/etcdProgram.ts';
import type { Rig } from './rig/rig.ts';

const etcd = await findEtcd();
test.skip(etcd.kind === 'missing', skipReasonOf(etcd));

const leaseSeconds = 5;
let clusters: EtcdCluster[] = [];
let contexts: BrowserContext[] = [];

test.afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  contexts = [];
  await Promise.all(clusters.map((cluster) => cluster.stop()));
  clusters = [];
});

async function startCluster(size: 1 | 3): Promise<EtcdCluster> {
  const cluster = await startEtcd({ size });
  clusters.push(cluster);
  return cluster;
}

const poolOf = (id: string, name: string, { endpoints }: EtcdCluster): Pool => ({
  id,
  name,
  endpoints: [...endpoints],
  slack: 2,
  leaseSeconds,
});

const withPools = (rig: Rig, ...pools: Pool[]): Settings => ({ ...settingsOf(rig), pools });

async function showRegistry(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Cluster health/ }).click();
  await page.getByRole('tab', { name: /^Registry/ }).click();
}

const poolIn = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('three gateways count each other’s sessions; who is killed leaves the counts; an administrator ends a session of another at once', async ({
  browser,
  launch,
  rig,
}) => {
  const settings = withPools(rig, poolOf('main', 'Main', await startCluster(3)));
  const gateways = await Promise.all([1, 2, 3].map(() => launch({ settings })));
  const pages = await Promise.all(
    gateways.map(async (gateway) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      contexts.push(context);
      const page = await context.newPage();
      await openApp(page, gateway);
      return page;
    }),
  );
  const [first, second, third] = pages as [Page, Page, Page];
  for (const page of pages) {
    await waitForPicture(await openByDoubleClick(page, 'SSH shell'));
    await openByDoubleClick(page, page === third ? 'Telnet shell' : 'SSH by key');
    await expect(page.getByRole('tab', { name: /live/ })).toHaveCount(2);
  }

  // Each sees all six, three on each manager, though it holds only two of them.
  for (const page of pages) {
    await page.getByRole('button', { name: /^Cluster health/ }).click();
    for (const name of ['guacd-a', 'guacd-b'])
      await expect(page.getByRole('row').filter({ hasText: name })).toContainText('3 sessions');
  }
  await third.getByRole('tab', { name: /^Registry/ }).click();
  await expect(poolIn(third, 'Main')).toContainText('6 sessions');

  // Whoever holds it hears of its end within a second.
  await second.keyboard.press('ControlOrMeta+,');
  await second
    .getByRole('navigation', { name: 'Settings' })
    .getByRole('button', { name: 'Sessions' })
    .click();
  await third.keyboard.press('Escape');
  const session = second.getByRole('row').filter({ hasText: 'Telnet shell' });
  await session.focus();
  await second.keyboard.press('Delete');
  const question = second.getByRole('alertdialog');
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: /^End/ }).click();
  const askedAt = Date.now();
  await expect(third.getByText('An administrator ended this session.')).toBeVisible();
  test
    .info()
    .annotations.push({ type: 'ms until its window says so', description: `${Date.now() - askedAt}` });
  await expect(session).toBeHidden();

  process.kill(gateways[0]?.pid ?? 0, 'SIGKILL');
  await expect(first.getByText(/connection to Proxima was lost/i).first()).toBeVisible();
  const rows = second.getByRole('row').filter({ hasText: /SSH (shell|by key)/ });
  await expect(rows).toHaveCount(5);
  await expect(rows).toHaveCount(3, { timeout: 2 * leaseSeconds * 1000 + 10_000 });
});

test('where the first pool loses its majority sessions go on, new ones go to the second, and the panel says so', async ({
  page,
  launch,
  rig,
}) => {
  const [east, west] = [await startCluster(3), await startCluster(1)];
  await openApp(
    page,
    await launch({ settings: withPools(rig, poolOf('east', 'East', east), poolOf('west', 'West', west)) }),
  );
  const before = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(before);
  await showRegistry(page);
  await expect(poolIn(page, 'East')).toContainText('1 session');
  await expect(poolIn(page, 'East').getByText('leader', { exact: true })).toBeVisible();

  for (const node of east.nodes.slice(0, 2)) await node.kill();
  await expect(poolIn(page, 'East').getByText(/^(not current|own sessions not counted) for/)).toBeVisible({
    timeout: 20_000,
  });
  await page.keyboard.press('Escape');
  const after = await openByDoubleClick(page, 'SSH by key');
  await waitForPicture(after);
  await expect(page.getByRole('tab', { name: /live/ })).toHaveCount(2);
  await showRegistry(page);
  await expect(poolIn(page, 'West')).toContainText('1 session');
  await page.getByRole('tab', { name: /^Events/ }).click();
  await expect(page.getByRole('tabpanel', { name: /^Events/ })).toContainText('New sessions go to West');

  for (const node of east.nodes.slice(0, 2)) await node.start();
  await page.getByRole('tab', { name: /^Registry/ }).click();
  await expect(poolIn(page, 'East').getByText('live', { exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(poolIn(page, 'East')).toContainText('1 session');
  await expect(poolIn(page, 'West')).toContainText('1 session');
});
