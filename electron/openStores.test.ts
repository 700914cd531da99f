import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdCluster, startEtcd } from '../e2e/rig/etcd.ts';
import { skipReasonOf } from '../e2e/rig/debianProgram.ts';
import { findEtcd } from '../e2e/rig/etcdProgram.ts';
import type { Result } from '../shared/contract/failure.ts';
import { generalVault, type Host } from '../shared/model/host.ts';
import { verifyFarmAudit } from './auditCommand.ts';
import { eventually, valueOf } from './collections/collection.conformance.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';
import { openFarmStores, openLocalStores, type Stores } from './openStores.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import { parsePolicy } from './store/policy.ts';

const log = pino({ level: 'silent' });
const common = { log, policy: parsePolicy([]), now: () => Date.now() };
const key = 'the key file of this farm';
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'proxima-stores-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));
const opened: Stores[] = [];
afterEach(async () => {
  for (const stores of opened.splice(0)) await stores.close();
});
const keep = (result: Result<Stores>): Stores => {
  const stores = valueOf(result);
  opened.push(stores);
  return stores;
};

const hostOf = (name: string): Host => ({
  id: randomUUID(),
  name,
  address: 'db.test',
  port: 22,
  protocol: 'ssh',
  vaultId: generalVault.id,
  tags: [],
  favourite: false,
  username: '',
  domain: '',
  settings: {},
  updatedAt: 1,
});
const accountOf = (name: string) => ({
  version: 1 as const,
  name,
  displayName: '',
  groups: [],
  roles: ['administrator' as const],
  isDisabled: false,
  createdAt: 1,
});
const signInOf = (personId: string) => ({
  version: 1 as const,
  personId,
  isOwner: false,
  providerId: 'local',
  identity: { name: personId, displayName: '', groups: [], roles: [] },
  usedSecondFactor: false,
  startedAt: 1,
  usedAt: 1,
  route: 'hosta',
});

describe('of one machine', () => {
  const open = (folder: string) =>
    openLocalStores({ ...common, dataFolder: folder, openSecrets: () => openKeyedSecrets(folder, key) });

  it('keeps everything but who is signed in', async () => {
    const folder = join(root, 'one');
    const stores = keep(await open(folder));
    const host = hostOf('Database');
    await stores.hosts.putHosts([host]);
    await stores.accounts.change('ada', () => accountOf('Ada'));
    await stores.personal.change('p', () => ({ version: 1, favourites: [host.id], opened: [] }));
    await stores.signIns.putAll(new Map([['s', signInOf('ada')]]));
    expect(await open(folder)).toMatchObject({ failure: { code: 'data_folder_in_use' } });
    await opened.pop()!.close();
    const again = keep(await open(folder));
    expect(again.hosts.hosts().get(host.id)).toEqual(host);
    expect(again.accounts.all().get('ada')).toEqual(accountOf('Ada'));
    expect(again.personal.all().get('p')?.favourites).toEqual([host.id]);
    expect(again.signIns.all().size).toBe(0);
    expect(again.notices).toEqual([]);
  });

  it('writes no accounts and no favourites where there are none', async () => {
    const folder = join(root, 'two');
    keep(await open(folder));
    expect((await readdir(folder)).filter((name) => /accounts|personal/.test(name))).toEqual([]);
  });

  it('leaves the folder free where it can not be opened', async () => {
    const folder = join(root, 'three');
    const wrong = () =>
      openLocalStores({
        ...common,
        dataFolder: folder,
        openSecrets: () => openKeyedSecrets(folder, 'short'),
      });
    await expect(wrong()).rejects.toThrow('shorter than');
    keep(await open(folder));
  });
});

const etcd = await findEtcd();
describe.skipIf(etcd.kind === 'missing')(`of a farm${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1 });
  }, 60_000);
  afterAll(() => cluster.stop());
  const connect = () =>
    createEtcdEngine({
      endpoints: cluster.endpoints,
      identity: cluster.identity,
      deadlines: { callMs: 1_500 },
    });
  const open = (poolId: string, node: string, ownKey = key) =>
    openFarmStores({
      ...common,
      engine: connect(),
      poolId,
      key: ownKey,
      dataFolder: join(root, `${poolId}-${node}`),
    });

  /** Everything that a node shows of a farm. */
  async function show(stores: Stores) {
    const { hosts, secrets } = stores;
    const known = [...hosts.hosts().values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
    return {
      hosts: known,
      vaults: hosts.vaults(),
      passwords: await Promise.all(known.map(async ({ id }) => valueOf(await secrets.read(id)))),
      settings: stores.settings.current(),
      certificates: stores.certificates.list(),
      accounts: new Map(stores.accounts.all()),
      signIns: new Map(stores.signIns.all()),
      personal: new Map(stores.personal.all()),
      audit: valueOf(await stores.audit.read()),
    };
  }

  it(
    'is the same on all nodes, through a kill of etcd, and refuses changes meanwhile',
    { timeout: 60_000 },
    async () => {
      const first = keep(await open('kill', 'a'));
      const second = keep(await open('kill', 'b'));
      const host = hostOf('Database');
      const settings = { ...first.settings.current().settings, queueTimeoutMs: 7_000 };
      valueOf(await first.hosts.putVault({ id: randomUUID(), name: 'Berlin' }));
      valueOf(await first.secrets.write(host.id, { password: 'geheim' }));
      valueOf(await first.hosts.putHosts([host]));
      valueOf(await second.settings.save(0, settings, 'Ada'));
      valueOf(await second.certificates.createAuthority({ name: 'Ours', lifetimeDays: 30 }, 'Ada'));
      valueOf(await second.accounts.change('ada', () => accountOf('Ada')));
      valueOf(await first.signIns.putAll(new Map([['s', signInOf('ada')]])));
      valueOf(await first.personal.change('p', () => ({ version: 1, favourites: [host.id], opened: [] })));
      await eventually(() => second.personal.all().size === 1 && first.accounts.all().size === 1);
      await expect.poll(() => show(second)).toEqual(await show(first));
      const before = await show(first);

      await cluster.nodes[0]!.kill();
      const refusals = await Promise.all([
        second.hosts.putHosts([hostOf('Lost')]),
        second.secrets.write(host.id, { password: 'lost' }),
        second.settings.save(1, { ...settings, queueTimeoutMs: 1 }, 'Ada'),
        second.certificates.createAuthority({ name: 'Lost', lifetimeDays: 30 }, 'Ada'),
        second.accounts.change('bob', () => accountOf('Bob')),
        second.signIns.removeAll(['s']),
      ]);
      for (const refused of refusals)
        expect(refused.ok ? '' : refused.failure.code).toMatch(
          /^(registry_unavailable|audit_unwritable|registry_outcome_unknown)$/,
        );
      expect(second.hosts.hosts().get(host.id)).toEqual(host);
      expect(valueOf(await second.secrets.read(host.id))).toEqual({ password: 'geheim' });
      expect(second.settings.current()).toEqual(before.settings);
      expect(second.signIns.all().size).toBe(1);

      await cluster.nodes[0]!.start();
      await expect.poll(() => show(first), { timeout: 20_000 }).toEqual(before);
      expect(await show(second)).toEqual(before);
      valueOf(await second.hosts.putHosts([{ ...host, name: 'Renamed' }]));
      await eventually(() => first.hosts.hosts().get(host.id)?.name === 'Renamed');
      const third = keep(await open('kill', 'c'));
      await expect.poll(() => show(third)).toEqual(await show(second));
      const verdict = await verifyFarmAudit({ engine: connect(), poolId: 'kill' });
      expect(verdict.exitCode).toBe(0);
      expect(verdict.sentence).toContain('of the farm kill is intact: 2 records');
    },
  );

  it('refuses a node with another key, or in a folder that another has, with one failure', async () => {
    keep(await open('refuse', 'a'));
    expect(await open('refuse', 'b', 'some other key file')).toMatchObject({
      failure: { code: 'secrets_unreadable', detail: expect.stringContaining('key') },
    });
    expect(await open('refuse', 'a')).toMatchObject({ failure: { code: 'data_folder_in_use' } });
    keep(await open('refuse', 'b'));
  });

  it('tells of documents that a newer node wrote, and leaves them', async () => {
    const engine = connect();
    const value = JSON.stringify({ version: 2, name: 'Ada' });
    valueOf(
      await engine.transact({
        compare: [],
        then: [{ kind: 'put', key: 'proxima/v1/newer/d/accounts/ada', value }],
      }),
    );
    const stores = keep(await open('newer', 'a'));
    expect(stores.notices.map(({ title }) => title)).toEqual(['Another node may be newer than this one']);
    valueOf(
      await engine.transact({
        compare: [],
        then: [{ kind: 'put', key: 'proxima/v1/newer/d/settings/current', value: '{"version":2}' }],
      }),
    );
    expect(await open('newer', 'b')).toMatchObject({ failure: { code: 'document_too_new' } });
    await engine.close();
  });

  it('does not start where etcd does not answer', async () => {
    const engine = createEtcdEngine({
      endpoints: ['http://127.0.0.1:9'],
      identity: {},
      deadlines: { callMs: 300 },
    });
    expect(
      await openFarmStores({ ...common, engine, poolId: 'none', key, dataFolder: join(root, 'none') }),
    ).toMatchObject({ failure: { code: 'registry_unavailable' } });
  });
});
