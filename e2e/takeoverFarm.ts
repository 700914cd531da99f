import { mkdtemp, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, expect, type Page } from 'playwright/test';
import { pino } from 'pino';
import { openAccessKey } from '../electron/access/accessKey.ts';
import { createAccounts } from '../electron/access/accounts.ts';
import { createSealer } from '../electron/access/sealer.ts';
import { createTestPasswords } from '../electron/access/testAccess.ts';
import { addHosts } from '../electron/broker/addHosts.ts';
import { createHostEditor } from '../electron/broker/hostEditor.ts';
import { openFarmStores } from '../electron/openStores.ts';
import { createEtcdEngine } from '../electron/registry/etcd/engine.ts';
import {
  type CertifiedKey,
  createAuthority,
  issueCertificate,
} from '../electron/secrets/certificateAuthority.ts';
import { parsePolicy } from '../electron/store/policy.ts';
import type { Result } from '../shared/contract/failure.ts';
import { generalVault } from '../shared/model/host.ts';
import { openByDoubleClick, waitForPicture } from './app.ts';
import { settingsOf } from './fixtures.ts';
import { type GatewayProcess, startGateway } from './gateway.ts';
import { joinPool } from './registryClient.ts';
import { chooseAccount } from './rig/account.ts';
import { apache } from './rig/apache.ts';
import { type BalancerHandle, farmName, startBalancer } from './rig/balancer.ts';
import { type EtcdCluster, startEtcd } from './rig/etcd.ts';
import { hostsOf } from './rig/hosts.ts';
import { reservePort } from './rig/ports.ts';
import type { RigContext } from './rig/process.ts';
import type { Rig } from './rig/rig.ts';

const poolId = 'main';
const farmKey = 'the key of this test';
const password = 'violet tractor seven moons';
export const hostName = 'SSH shell';

/** A farm as people have it: etcd, Apache, and nodes that are started one after the other. */
export interface TakeoverFarm {
  readonly origin: string;
  startNode(route: 'hosta' | 'hostb'): Promise<GatewayProcess>;
  /** Every browser's link drops; the front is back at once. */
  restartFront(): Promise<void>;
  /** Of each session in the registry, the node that has it. */
  listRoutes(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.detail ?? ''}`);
  return result.value;
}

/** Hosts, settings and people, as an administrator would have made them. */
async function seed(folder: string, cluster: EtcdCluster, rig: Rig, users: readonly string[]): Promise<void> {
  const engine = createEtcdEngine({ endpoints: cluster.endpoints, identity: {} });
  const now = () => Date.now();
  const log = pino({ level: 'silent' });
  const stores = valueOf(
    await openFarmStores({
      ...{ engine, poolId, key: farmKey, policy: parsePolicy([]), log, now },
      dataFolder: join(folder, 'seed'),
    }),
  );
  try {
    const { hosts, secrets } = stores;
    const editor = createHostEditor({ hosts, secrets, now });
    const text = JSON.stringify({ vault: generalVault.name, hosts: hostsOf(rig) });
    valueOf(await addHosts(text, { hosts, secrets, editor, now }));
    await editor.close();
    const settings = settingsOf(rig);
    const access = {
      ...settings.access,
      grants: [{ subject: { kind: 'everyone' as const }, rights: ['see' as const, 'open' as const] }],
    };
    valueOf(await stores.settings.save(0, { ...settings, access }, 'rig'));
    const passwords = createTestPasswords();
    const sealer = createSealer(valueOf(await openAccessKey(stores.accessKeys, secrets)));
    const accounts = createAccounts({
      collection: stores.accounts,
      passwords,
      sealer,
      reservedNames: [],
      now,
    });
    for (const name of users) {
      valueOf(await accounts.save({ name, displayName: '', groups: [], roles: ['user'], isDisabled: false }));
      valueOf(await accounts.setPassword(name, password));
    }
    await passwords.close();
  } finally {
    await stores.close();
  }
}

export async function startTakeoverFarm(
  rig: Rig,
  { users, etcdSize }: { readonly users: readonly string[]; readonly etcdSize: 1 | 3 },
): Promise<TakeoverFarm> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-takeover-'));
  await chmod(folder, 0o755);
  const context: RigContext = { folder, account: chooseAccount(), servers: new Set() };
  const authority = await createAuthority({ commonName: 'Proxima farm', lifetimeDays: 2 });
  const cluster = await startEtcd({ size: etcdSize });
  const gateways: GatewayProcess[] = [];
  const places = { hosta: reservePort(), hostb: reservePort() };
  const httpsPort = reservePort();
  const nodes = Object.entries(places).map(([route, port]) => ({ route, port }));
  const startFront = () => startBalancer(context, apache, { nodes, authority, httpsPort });
  let balancer: BalancerHandle | undefined;
  const stop = async () => {
    await Promise.all([...context.servers].map((server) => server.stop()));
    await Promise.all(gateways.map((gateway) => gateway.dispose()));
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await seed(folder, cluster, rig, users);
    const reader = await joinPool(cluster, { poolId, slack: 2, leaseSeconds: 10 }, 'reader');
    return {
      origin: `https://${farmName}:${httpsPort}`,
      async startNode(route) {
        const flags = await flagsOf(route, places[route], { folder, authority, httpsPort, cluster });
        const gateway = await startGateway({ flags });
        gateways.push(gateway);
        // A front that is started later finds it at once.
        if (balancer) await sleep(frontIntervalMs);
        else balancer = await startFront();
        return gateway;
      },
      async restartFront() {
        await balancer?.stop();
        balancer = await startFront();
      },
      listRoutes: async () =>
        valueOf(await reader.registry.list())
          .map(({ route }) => route)
          .sort(),
      async stop() {
        await reader.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function flagsOf(
  route: string,
  port: number,
  {
    folder,
    authority,
    httpsPort,
    cluster,
  }: { folder: string; authority: CertifiedKey; httpsPort: number; cluster: EtcdCluster },
): Promise<string[]> {
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: route,
    dnsNames: [farmName],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const [certificate, key] = [join(folder, `${route}.pem`), join(folder, `${route}.key`)];
  await writeFile(certificate, certificatePem);
  await writeFile(key, privateKeyPem, { mode: 0o600 });
  return [
    ...['--listen', `127.0.0.1:${port}`, '--route', route, '--public-name', `${farmName}:${httpsPort}`],
    ...['--trusted-proxies', '127.0.0.1', '--certificate', certificate, '--key', key],
    ...['--registry', cluster.endpoints.join(','), '--pool', poolId],
  ];
}

/** The front looks every two seconds, and takes a node after the first good answer. */
const frontIntervalMs = 2_500;

/** One person at their browser, in the middle of a session. */
export interface TakeoverUser {
  readonly name: string;
  readonly page: Page;
  /** What a person would take for an error, as it was on the screen. */
  listErrors(): Promise<readonly string[]>;
  forgetErrors(): Promise<void>;
}

/** Signs in, opens the host, and waits until its picture is there. */
export async function beginSession(browser: Browser, origin: string, name: string): Promise<TakeoverUser> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
  const pane = await openByDoubleClick(page, hostName);
  await waitForPicture(pane);
  await page.evaluate(() => {
    const errors = new Set<string>();
    Object.assign(window, { seenErrors: errors });
    new MutationObserver(() => {
      for (const alert of document.querySelectorAll('[role=alert]'))
        if (alert.textContent !== '') errors.add(alert.textContent ?? '');
      if (/was lost|could not/.test(document.body.textContent ?? '')) errors.add('a connection was lost');
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return {
    name,
    page,
    listErrors: () => page.evaluate(() => [...(window as unknown as { seenErrors: Set<string> }).seenErrors]),
    forgetErrors: () =>
      page.evaluate(() => (window as unknown as { seenErrors: Set<string> }).seenErrors.clear()),
  };
}

/** The route at the end of the cookie. */
export async function routeOf({ page }: TakeoverUser): Promise<string | undefined> {
  const cookies = await page.context().cookies();
  return cookies
    .find(({ name }) => name === '__Host-proxima')
    ?.value.split('.')
    .at(-1);
}
