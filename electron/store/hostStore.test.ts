import { randomUUID } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generalVault, type Host } from '../../shared/model/host.ts';
import { sealLine } from './sealedLine.ts';
import { openHostStore } from './hostStore.ts';

let folder: string;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const file = (name: string) => join(folder, name);

const createHost = (changes: Partial<Host> = {}): Host => ({
  id: randomUUID(),
  name: 'Büro 1',
  address: '10.0.0.5',
  port: 3389,
  protocol: 'rdp',
  vaultId: generalVault.id,
  tags: ['prod'],
  favourite: false,
  username: 'anna',
  domain: 'CORP',
  settings: { 'some-future-setting': 'kept' },
  updatedAt: 1,
  ...changes,
});

async function openStore(garbageLines?: number) {
  const opened = await openHostStore({
    folder,
    log,
    ...(garbageLines === undefined ? {} : { garbageLines }),
  });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

/** Opens, does, closes; returns what is stored then. */
async function withStore(work: (store: Awaited<ReturnType<typeof openStore>>['store']) => Promise<unknown>) {
  const { store, notices } = await openStore();
  await work(store);
  await store.close();
  return { hosts: new Map(store.hosts()), vaults: store.vaults(), notices };
}

const reopen = () => withStore(() => Promise.resolve());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-hosts-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a host store', () => {
  it('starts empty, without a notice, with the general vault, and only for us', async () => {
    const { hosts, vaults, notices } = await reopen();
    expect(hosts.size).toBe(0);
    expect(vaults).toEqual([generalVault]);
    expect(notices).toEqual([]);
    expect((await stat(file('hosts.ndjson'))).mode & 0o777).toBe(0o600);
  });

  it('keeps every change over a restart, settings it does not know included', async () => {
    const [first, second, third] = [createHost(), createHost({ favourite: true }), createHost()];
    const vault = { id: randomUUID(), name: 'Köln' };
    const gone = { id: randomUUID(), name: 'Gone' };
    await withStore(async (store) => {
      await store.putHosts([first, second, third]);
      await store.putVault(vault);
      await store.putVault(gone);
      await store.removeVault(gone.id);
      await store.putHosts([{ ...first, name: 'renamed' }]);
      await store.removeHosts([second.id]);
    });
    const { hosts, vaults } = await reopen();
    expect([...hosts.values()]).toEqual([{ ...first, name: 'renamed' }, third]);
    expect(vaults).toEqual([generalVault, vault]);
  });

  it('tells every change after it is stored', async () => {
    const host = createHost();
    const seen: unknown[] = [];
    await withStore(async (store) => {
      const stop = store.onChange((change) => seen.push(change, store.hosts().size));
      await store.putHosts([host]);
      await store.removeHosts([host.id]);
      stop();
      await store.putHosts([host]);
    });
    expect(seen).toEqual([{ kind: 'put', hosts: [host] }, 1, { kind: 'removed', hostIds: [host.id] }, 0]);
  });

  it('keeps fields that it does not know, also when the host is changed', async () => {
    const host = createHost();
    await reopen();
    await appendFile(file('hosts.ndjson'), sealLine({ put: { ...host, colour: 'red' } }));
    await withStore((store) => store.putHosts([{ ...host, name: 'renamed' }]));
    const { hosts } = await reopen();
    expect(hosts.get(host.id)).toEqual({ ...host, name: 'renamed', colour: 'red' });
  });

  it('refuses a host that it could not read again', async () => {
    const { hosts } = await withStore(async (store) => {
      expect(await store.putHosts([createHost({ port: 0 })])).toMatchObject({
        failure: { code: 'input_invalid', detail: 'port: a port is 1 or more' },
      });
    });
    expect(hosts.size).toBe(0);
  });

  it('does not give away the general vault', async () => {
    await withStore(async (store) => {
      expect(await store.removeVault(generalVault.id)).toMatchObject({ failure: { code: 'input_invalid' } });
      expect(store.vaults()).toEqual([generalVault]);
    });
  });

  it('tells which hosts were removed, and never of those that came back or were lost', async () => {
    const [removed, restored, kept] = [createHost(), createHost(), createHost()];
    await withStore(async (store) => {
      await store.putHosts([removed, restored, kept]);
      await store.removeHosts([removed.id, restored.id]);
      await store.putHosts([restored]);
    });
    const { store, removedHostIds } = await openStore();
    await store.close();
    expect(removedHostIds).toEqual([removed.id]);
    await rm(file('hosts.ndjson'));
    const again = await openStore();
    await again.store.close();
    expect(again.removedHostIds).toEqual([]);
  });

  it('takes changes made at once in their order', async () => {
    const host = createHost();
    await withStore(async (store) => {
      await Promise.all([
        store.putHosts([host]),
        store.removeHosts([host.id]),
        store.putHosts([{ ...host, name: 'last' }]),
      ]);
    });
    expect((await reopen()).hosts.get(host.id)?.name).toBe('last');
  });

  it('refuses changes after its end', async () => {
    const { store } = await openStore();
    await store.close();
    expect(await store.putHosts([createHost()])).toMatchObject({ failure: { code: 'store_failed' } });
  });
});

describe('compaction', () => {
  it('drops what is of no use, keeps three generations, and loses nothing that comes meanwhile', async () => {
    const { store } = await openStore(10);
    const hosts = Array.from({ length: 5 }, () => createHost());
    for (let round = 0; round < 200; round += 1)
      await store.putHosts([{ ...hosts[round % 5]!, updatedAt: round }]);
    await store.close();
    expect((await readFile(file('hosts.ndjson'), 'utf8')).split('\n').length).toBeLessThan(60);
    expect((await readdir(folder)).toSorted()).toEqual([
      'hosts.1.ndjson',
      'hosts.2.ndjson',
      'hosts.3.ndjson',
      'hosts.ndjson',
    ]);
    const reopened = await reopen();
    expect([...reopened.hosts.values()].map((host) => host.updatedAt).toSorted((a, b) => a - b)).toEqual([
      195, 196, 197, 198, 199,
    ]);
  });

  it('leaves an unchanged document as it is', async () => {
    await withStore((store) => store.putHosts([createHost()]));
    await reopen();
    const before = await stat(file('hosts.ndjson'));
    await reopen();
    expect((await stat(file('hosts.ndjson'))).ino).toBe(before.ino);
  });

  it('goes on with the old document where the new one can not take its place', async () => {
    await withStore((store) => store.putHosts([createHost()]));
    for (const generation of [1, 2]) await writeFile(file(`hosts.${generation}.ndjson`), '');
    await mkdir(file('hosts.3.ndjson/in-the-way'), { recursive: true });
    const { store } = await openStore();
    await store.putHosts([createHost()]);
    await store.close();
    const again = await openStore();
    await again.store.putHosts([createHost()]);
    await again.store.close();
    expect((await reopen()).hosts.size).toBe(3);
    expect(await readdir(folder)).not.toContain('hosts.ndjson.new');
  });
});

describe('a damaged document', () => {
  const [kept, lost] = [createHost(), createHost()];

  /** A generation with `kept`, then a document with both. */
  async function prepare() {
    await withStore((store) => store.putHosts([kept]));
    await withStore((store) => store.putHosts([lost]));
    return readFile(file('hosts.ndjson'));
  }

  it.each([
    [
      'a broken line',
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('"put":{', '"put":[')),
      'line 3',
    ],
    ['a wrong header', (bytes: Buffer) => Buffer.concat([Buffer.from('x'), bytes]), 'first line'],
    ['an empty file', () => Buffer.alloc(0), 'empty'],
    ['a file of zeros', (bytes: Buffer) => Buffer.alloc(bytes.length), 'first line'],
    ['a cut end', (bytes: Buffer) => bytes.subarray(0, bytes.indexOf('\n') + 1), 'its end is missing'],
    [
      'a line of another kind',
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(sealLine({ put: { id: 'x' } }))]),
      'is not readable',
    ],
  ])('with %s is kept beside and opened from its last good generation', async (_name, damage, reason) => {
    const damaged = damage(await prepare());
    await writeFile(file('hosts.ndjson'), damaged);
    const { hosts, notices } = await reopen();
    expect([...hosts.keys()]).toContain(kept.id);
    expect(notices).toHaveLength(1);
    expect(notices[0]!.text).toContain(reason);
    const beside = (await readdir(folder)).filter((name) => name.startsWith('hosts.damaged-'));
    expect(beside).toHaveLength(1);
    expect(notices[0]!.text).toContain(file(beside[0]!));
    expect(await readFile(file(beside[0]!))).toEqual(damaged);
    // From then on it is sound again, and says so only once.
    const again = await withStore((store) => store.putHosts([lost]));
    expect(again.notices).toEqual([]);
    expect([...(await reopen()).hosts.keys()].toSorted()).toEqual([kept.id, lost.id].toSorted());
  });

  it('starts empty, and says so, where no generation is good either', async () => {
    await prepare();
    for (const name of (await readdir(folder)).filter((entry) => entry.startsWith('hosts.')))
      await writeFile(file(name), 'no');
    const { hosts, notices } = await reopen();
    expect(hosts.size).toBe(0);
    expect(notices[0]!.text).toContain('starts empty');
    const beside = (await readdir(folder)).filter((name) => name.startsWith('hosts.damaged-'));
    expect(beside.length).toBeGreaterThan(1);
    for (const name of beside) expect(notices[0]!.text).toContain(file(name));
  });

  it('that is missing is opened from its last good generation', async () => {
    await prepare();
    await rm(file('hosts.ndjson'));
    const { hosts, notices } = await reopen();
    expect([...hosts.keys()]).toContain(kept.id);
    expect(notices[0]!.text).toContain('was not there any more');
  });

  it('of a later version is refused and left alone', async () => {
    const text = sealLine({ format: 'proxima-hosts', version: 2, entries: 'other' }) + '{"unheard":"of"}\n';
    await writeFile(file('hosts.ndjson'), text);
    const opened = await openHostStore({ folder, log });
    expect(opened).toMatchObject({ failure: { code: 'document_too_new' } });
    expect(!opened.ok && opened.failure.detail).toContain('format 2');
    expect(await readFile(file('hosts.ndjson'), 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['hosts.ndjson']);
  });
});

describe('the data folder', () => {
  it('is refused while another store has it, and free after that', async () => {
    const { store } = await openStore();
    const second = await openHostStore({ folder, log });
    expect(second).toMatchObject({ failure: { code: 'data_folder_in_use' } });
    expect(!second.ok && second.failure.detail).toContain(`process ${process.pid}`);
    await store.putHosts([createHost()]);
    await store.close();
    expect((await reopen()).hosts.size).toBe(1);
  });

  it('that can not be made is a failure, not an exception', async () => {
    await writeFile(file('plain'), '');
    expect(await openHostStore({ folder: file('plain/data'), log })).toMatchObject({
      failure: { code: 'store_failed' },
    });
  });
});
