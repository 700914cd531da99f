import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EtcdCluster, startEtcd } from '../e2e/rig/etcd.ts';
import { skipReasonOf } from '../e2e/rig/debianProgram.ts';
import { findEtcd } from '../e2e/rig/etcdProgram.ts';
import type { Host } from '../shared/model/host.ts';
import { openAccessKey } from './access/accessKey.ts';
import { valueOf } from './collections/collection.conformance.ts';
import { runFarmCommand } from './farmCommand.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';
import { openFarmStores, openLocalStores } from './openStores.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import { parsePolicy } from './store/policy.ts';

const log = pino({ level: 'silent' });
const common = { log, policy: parsePolicy([]), now: () => Date.now() };
const key = 'the key file of the gateway';
let root: string;
let folder: string;
let keyFile: string;
const vault = { id: randomUUID(), name: 'Berlin' };
const hosts: Host[] = ['Database', 'Web', 'Mail'].map((name) => ({
  id: randomUUID(),
  name,
  address: 'db.test',
  port: 22,
  protocol: 'ssh',
  vaultId: vault.id,
  tags: [],
  favourite: false,
  username: '',
  domain: '',
  settings: {},
  updatedAt: 1,
}));
const account = {
  version: 1 as const,
  name: 'Ada',
  displayName: '',
  groups: [],
  roles: [],
  isDisabled: false,
  createdAt: 1,
};

const openFolder = async () =>
  valueOf(
    await openLocalStores({
      ...common,
      dataFolder: folder,
      openSecrets: () => openKeyedSecrets(folder, key),
    }),
  );

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'proxima-import-'));
  folder = join(root, 'data');
  keyFile = join(root, 'key');
  await writeFile(keyFile, `${key}\n`);
  const stores = await openFolder();
  valueOf(await stores.hosts.putVault(vault));
  valueOf(await stores.hosts.putHosts(hosts));
  for (const { id, name } of hosts) valueOf(await stores.secrets.write(id, { password: `of ${name}` }));
  // Also what belongs to no host.
  valueOf(await stores.secrets.write('provider/corp', { password: 'of the provider' }));
  const { settings } = stores.settings.current();
  for (const base of [0, 1])
    valueOf(await stores.settings.save(base, { ...settings, queueTimeoutMs: base + 1 }, 'Ada'));
  const authority = valueOf(
    await stores.certificates.createAuthority({ name: 'Ours', lifetimeDays: 30 }, 'Ada'),
  );
  const order = { kind: 'client' as const, name: 'Broker', dnsNames: [], ipAddresses: [], lifetimeDays: 20 };
  const client = valueOf(await stores.certificates.issue(authority.serial, order, 'Ada'));
  valueOf(await stores.certificates.chooseClient(client.serial, 'Ada'));
  valueOf(await openAccessKey(stores.accessKeys, stores.secrets));
  valueOf(await stores.accounts.change('ada', () => account));
  valueOf(await stores.personal.change('p', () => ({ version: 1, favourites: [hosts[0]!.id], opened: [] })));
  await stores.close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(...args: string[]) {
  let out = '';
  let error = '';
  const exitCode = await runFarmCommand(args, {
    out: (text) => void (out += text),
    error: (text) => void (error += text),
  });
  return { exitCode, out, error };
}

it('says what is missing', async () => {
  for (const [args, sentence] of [
    [['import', '--data', folder, '--key-file', keyFile], '--registry is missing'],
    [['import', '--data', folder, '--registry', 'http://127.0.0.1:1'], '--key-file is missing'],
    [['import', '--key-file', keyFile, '--registry', 'http://127.0.0.1:1'], '--data is missing'],
    [
      ['import', '--data', folder, '--key-file', keyFile, '--registry', 'etcd'],
      '--registry takes an address',
    ],
    [
      [
        'import',
        '--data',
        folder,
        '--key-file',
        keyFile,
        '--registry',
        'http://127.0.0.1:1',
        '--pool',
        'A b',
      ],
      '--pool takes',
    ],
    [['import', '--nonsense'], 'nonsense'],
  ] as const) {
    const { exitCode, error } = await run(...args);
    expect(error).toContain(sentence);
    expect(exitCode).toBe(2);
  }
  expect(await run('import', '--help')).toMatchObject({ exitCode: 0, error: '' });
  expect((await run('export')).exitCode).toBe(2);
});

it(
  'waits for an etcd that is away, and then says so, in a process that does nothing else',
  { timeout: 60_000 },
  async () => {
    const program = `
    const { runFarmCommand } = await import(process.env.COMMAND);
    const print = (text) => void process.stdout.write(text);
    process.exitCode = await runFarmCommand(JSON.parse(process.env.ARGS), { out: print, error: print });
  `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      env: {
        ...process.env,
        COMMAND: new URL('./farmCommand.ts', import.meta.url).href,
        ARGS: JSON.stringify([
          'import',
          '--data',
          folder,
          '--key-file',
          keyFile,
          '--registry',
          'http://127.0.0.1:9',
        ]),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (text: Buffer) => void (printed += text.toString()));
    const [exitCode] = (await once(child, 'close')) as [number];
    expect(printed).toContain('The session registry does not answer');
    expect(exitCode).toBe(1);
  },
);

const etcd = await findEtcd();
describe.skipIf(etcd.kind === 'missing')(`into a farm${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1 });
  }, 60_000);
  afterAll(() => cluster.stop());
  const connect = () => createEtcdEngine({ endpoints: cluster.endpoints, identity: cluster.identity });
  const importInto = (pool: string, ...flags: string[]) =>
    run(
      'import',
      '--data',
      folder,
      '--key-file',
      keyFile,
      '--registry',
      cluster.endpoints.join(','),
      '--pool',
      pool,
      ...flags,
    );
  let nodes = 0;
  const openFarm = async (poolId: string) =>
    valueOf(
      await openFarmStores({
        ...common,
        engine: connect(),
        poolId,
        key,
        dataFolder: join(root, `node-${(nodes += 1)}`),
      }),
    );
  const listAll = async (pool: string) => {
    const engine = connect();
    const { entries } = valueOf(await engine.list(`proxima/v1/${pool}/`));
    await engine.close();
    return entries.map(({ key: name, value }) => `${name}=${value}`);
  };

  it('brings everything, and leaves the folder', async () => {
    const before = await readFile(join(folder, 'audit.ndjson'), 'utf8');
    const checked = await importInto('whole', '--check');
    expect(checked).toMatchObject({ exitCode: 0, error: '' });
    expect(checked.out).toContain(
      'Would import 3 hosts, 1 vault, 2 revisions of the settings, 7 entries of passwords and keys, 2 certificates and 1 account.',
    );
    expect(await listAll('whole')).toEqual([]);

    const imported = await importInto('whole');
    expect(imported).toMatchObject({ exitCode: 0, error: '' });
    const [farm, single] = [await openFarm('whole'), await openFolder()];
    expect(new Map(farm.hosts.hosts())).toEqual(new Map(single.hosts.hosts()));
    expect(farm.hosts.vaults()).toEqual(expect.arrayContaining([...single.hosts.vaults()]));
    for (const { id, name } of hosts)
      expect(valueOf(await farm.secrets.read(id))).toEqual({ password: `of ${name}` });
    expect(valueOf(await farm.secrets.read('provider/corp'))).toEqual({ password: 'of the provider' });
    expect(await openAccessKey(farm.accessKeys, farm.secrets)).toEqual(
      await openAccessKey(single.accessKeys, single.secrets),
    );
    expect(farm.settings.current()).toEqual(single.settings.current());
    expect(valueOf(await farm.settings.history())).toEqual(valueOf(await single.settings.history()));
    expect(valueOf(await farm.settings.readRevision(1))).toEqual(
      valueOf(await single.settings.readRevision(1)),
    );
    expect(new Set(farm.certificates.list())).toEqual(new Set(single.certificates.list()));
    expect(farm.certificates.clientCertificate()).toEqual(single.certificates.clientCertificate());
    expect(new Map(farm.accounts.all())).toEqual(new Map([['ada', account]]));
    expect(farm.personal.all().get('p')?.favourites).toEqual([hosts[0]!.id]);
    const { records, intact } = valueOf(await farm.audit.read());
    const newest = valueOf(await single.audit.read()).records[0]!;
    expect(intact).toBe(true);
    expect(records).toHaveLength(1);
    expect(records[0]!.details.join('\n')).toContain(newest.hash);
    expect((await listAll('whole')).join('\n')).not.toContain('of Database');
    expect(await readFile(join(folder, 'audit.ndjson'), 'utf8')).toBe(before);
    await farm.close();
    await single.close();
  });

  it('refuses a farm that has something, unless that is to go', async () => {
    const farm = await openFarm('taken');
    const old = { ...hosts[0]!, id: randomUUID(), name: 'Old' };
    valueOf(await farm.secrets.write(old.id, { password: 'old' }));
    valueOf(await farm.hosts.putHosts([old]));
    await farm.close();
    const refused = await importInto('taken');
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain(
      'The farm has 1 host and 1 entry of passwords and keys already, and nothing was changed.',
    );
    expect((await importInto('taken', '--check')).exitCode).toBe(1);
    const would = await importInto('taken', '--check', '--replace');
    expect(would.out).toContain('in place of 1 host and 1 entry of passwords and keys. Nothing was changed.');
    expect((await importInto('taken', '--replace')).exitCode).toBe(0);
    const after = await openFarm('taken');
    expect([...after.hosts.hosts().keys()].toSorted()).toEqual(hosts.map(({ id }) => id).toSorted());
    expect(valueOf(await after.secrets.read(old.id))).toEqual({});
    await after.close();
  });

  it('refuses a key that is not that of the folder, or not that of the farm', async () => {
    const other = join(root, 'other-key');
    await writeFile(other, 'quite another key file');
    const registry = cluster.endpoints.join(',');
    const wrong = await run(
      'import',
      '--data',
      folder,
      '--key-file',
      other,
      '--registry',
      registry,
      '--pool',
      'wrong',
    );
    expect(wrong).toMatchObject({ exitCode: 1 });
    expect(wrong.error).toContain('Nothing was imported: the encrypted file of passwords can');
    const farm = valueOf(
      await openFarmStores({
        ...common,
        engine: connect(),
        poolId: 'wrong',
        key: 'quite another key file',
        dataFolder: join(root, 'w'),
      }),
    );
    await farm.close();
    const refused = await importInto('wrong', '--check');
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain('not the one that the farm’s secrets were sealed with');
  });

  it('refuses a folder that is not there, and one that a gateway has open', async () => {
    const registry = cluster.endpoints.join(',');
    const missing = await run(
      'import',
      '--data',
      join(root, 'x'),
      '--key-file',
      keyFile,
      '--registry',
      registry,
    );
    expect(missing.error).toContain('There is no data folder');
    const stores = await openFolder();
    const busy = await importInto('busy');
    expect(busy.error).toContain('Another Proxima is using this data folder');
    await stores.close();
  });
});
