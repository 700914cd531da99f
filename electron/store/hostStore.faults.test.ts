import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { generalVault, type Host } from '../../shared/model/host.ts';
import { parseHostDocument } from './hostDocument.ts';
import { openHostStore } from './hostStore.ts';

let folder: string;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const file = (name: string) => join(folder, name);
const ids = Array.from({ length: 4 }, () => randomUUID());

const createHost = (id: string, name: string): Host => ({
  id,
  name,
  address: 'db.corp.example',
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

async function openStore(garbageLines: number) {
  const opened = await openHostStore({ folder, log, garbageLines });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

/** What is stored, in an order of its own: compaction may change it. */
const namesOf = (hosts: ReadonlyMap<string, Host>) =>
  [...hosts].map(([id, host]) => `${id} ${host.name}`).toSorted();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-hosts-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const operation = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      hosts: fc.array(
        fc.record({
          id: fc.constantFrom(...ids),
          name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((text) => `n${text}n`),
        }),
        { maxLength: 3 },
      ),
      wait: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      ids: fc.array(fc.constantFrom(...ids), { maxLength: 2 }),
      wait: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

it('loses no acknowledged change in any order of changes, compactions and restarts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      await rm(folder, { recursive: true, force: true });
      const expected = new Map<string, Host>();
      let { store } = await openStore(3);
      const waiting: Promise<unknown>[] = [];
      for (const change of operations) {
        if (change.kind === 'restart') {
          await Promise.all(waiting);
          await store.close();
          ({ store } = await openStore(3));
          continue;
        }
        if (change.kind === 'put') {
          const hosts = change.hosts.map(({ id, name }) => createHost(id, name));
          for (const host of hosts) expected.set(host.id, host);
          waiting.push(store.putHosts(hosts));
        } else {
          for (const id of change.ids) expected.delete(id);
          waiting.push(store.removeHosts(change.ids));
        }
        if (change.wait) await waiting.at(-1);
      }
      expect((await Promise.all(waiting)).every((result) => (result as { ok: boolean }).ok)).toBe(true);
      expect(namesOf(store.hosts())).toEqual(namesOf(expected));
      await store.close();
      const reopened = await openStore(3);
      expect(reopened.notices).toEqual([]);
      expect(namesOf(reopened.store.hosts())).toEqual(namesOf(expected));
      await reopened.store.close();
    }),
    { numRuns: 60 },
  );
});

/** A document whose last append holds several lines, and what was stored before and after that append. */
async function prepareDocument() {
  const { store } = await openStore(1000);
  await store.putHosts([createHost(ids[0]!, 'erster'), createHost(ids[1]!, 'zweiter')]);
  const before = namesOf(store.hosts());
  const { size } = await stat(file('hosts.ndjson'));
  await store.putHosts([createHost(ids[1]!, 'neu „ü“ 😀'), createHost(ids[2]!, 'dritter')]);
  await store.removeHosts([ids[0]!]);
  const after = namesOf(store.hosts());
  await store.close();
  return { before, after, size, bytes: await readFile(file('hosts.ndjson')) };
}

it('forgives an append that was cut at any byte, and goes on after it', async () => {
  const { before, after, size, bytes } = await prepareDocument();
  // No compaction can take place then, which would hide what is left of the cut.
  for (const generation of [1, 2]) await writeFile(file(`hosts.${generation}.ndjson`), '');
  await mkdir(file('hosts.3.ndjson/in-the-way'), { recursive: true });
  for (let length = size; length <= bytes.length; length += 1) {
    await writeFile(file('hosts.ndjson'), bytes.subarray(0, length));
    const { store, notices } = await openStore(1000);
    expect(notices).toEqual([]);
    expect((await readFile(file('hosts.ndjson'))).at(-1)).toBe(0x0a);
    const names = namesOf(store.hosts());
    if (length === size) expect(names).toEqual(before);
    if (length >= bytes.length - 1) expect(names).toEqual(after);
    expect(names).toContain(
      `${ids[1]} ${names.some((name) => name.endsWith('zweiter')) ? 'zweiter' : 'neu „ü“ 😀'}`,
    );
    expect((await store.putHosts([createHost(ids[3]!, 'danach')])).ok).toBe(true);
    await store.close();
    const again = await openStore(1000);
    expect(again.notices).toEqual([]);
    expect(namesOf(again.store.hosts())).toEqual([...names, `${ids[3]} danach`].toSorted());
    await again.store.close();
  }
}, 60_000);

it('sees every changed byte: the document is whole, or said to be damaged', async () => {
  const { after, bytes } = await prepareDocument();
  for (let offset = 0; offset < bytes.length; offset += 1) {
    for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 0x2a, 0xff]) {
      const flipped = Buffer.from(bytes);
      flipped[offset]! ^= mask;
      const document = await parseHostDocument(flipped);
      if (document.kind === 'good') expect(namesOf(document.contents.hosts)).toEqual(after);
      else expect(document.kind).toBe('damaged');
    }
  }
});

it('never throws at garbage, and never starts empty without a word', async () => {
  const { after, bytes } = await prepareDocument();
  await (await openStore(1000)).store.close();
  const generation = await readFile(file('hosts.1.ndjson'));
  expect(namesOf(goodContents(await parseHostDocument(generation)).hosts)).toEqual(after);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.boolean(),
      async (damages, alsoGeneration) => {
        const damaged = Buffer.from(bytes);
        for (const [offset, junk] of damages) damaged.set(junk.subarray(0, bytes.length - offset), offset);
        for (const name of await readdir(folder)) await rm(file(name));
        await writeFile(file('hosts.ndjson'), damaged);
        await writeFile(file('hosts.1.ndjson'), alsoGeneration ? damaged : generation);
        const { store, notices } = await openStore(1000);
        const names = namesOf(store.hosts());
        await store.close();
        if (names.join() === after.join()) return;
        // Damage at the very end looks like a cut append where it takes the seal with it.
        const lastLine = bytes.subarray(0, -1).lastIndexOf('\n');
        const onlyTheLastLine = damages.every(([offset]) => offset > lastLine);
        expect(notices.length === 1 || onlyTheLastLine).toBe(true);
        if (notices.length === 1) {
          expect(alsoGeneration).toBe(true);
          expect((await readdir(folder)).some((name) => name.startsWith('hosts.damaged-'))).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
}, 30_000);

function goodContents(document: Awaited<ReturnType<typeof parseHostDocument>>) {
  if (document.kind !== 'good') throw new Error(document.kind);
  return document.contents;
}

/** Appends until it is killed; every number printed was acknowledged. The small limit makes it compact all the time. */
const appender = `
  const { openHostStore } = await import(process.env.STORE);
  const log = { info() {}, warn() {}, error() {} };
  const opened = await openHostStore({ folder: process.env.FOLDER, log, garbageLines: 20 });
  if (!opened.ok) throw new Error(opened.failure.detail);
  const base = JSON.parse(process.env.HOST);
  for (let count = 1; ; count += 1) {
    const host = { ...base, id: base.id.slice(0, -1) + (count % 8), name: String(count) };
    const result = await opened.value.store.putHosts([host]);
    if (!result.ok) throw new Error(result.failure.detail);
    process.stdout.write(count + '\\n');
  }
`;

it('holds everything that it acknowledged before a kill -9', async () => {
  for (const kills of [30, 120, 250]) {
    const base = { ...createHost(ids[0]!, ''), id: '00000000-0000-4000-8000-000000000000' };
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', appender], {
      env: {
        ...process.env,
        STORE: new URL('./hostStore.ts', import.meta.url).href,
        FOLDER: folder,
        HOST: JSON.stringify(base),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === kills) child.kill('SIGKILL');
    }
    expect(complaint).toBe('');
    expect(acknowledged).toBeGreaterThanOrEqual(kills);
    const { store, notices } = await openStore(20);
    expect(notices).toEqual([]);
    const counts = [...store.hosts().values()].map((host) => Number(host.name));
    // The last eight, one for each host; at most one more was written and not yet acknowledged.
    const last = Math.max(...counts);
    expect(last === acknowledged || last === acknowledged + 1).toBe(true);
    expect(counts.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 8 }, (_, index) => last - 7 + index),
    );
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

const canLimit =
  process.platform === 'linux' && (await stat('/usr/bin/prlimit').catch(() => undefined)) !== undefined;

it.skipIf(!canLimit)('refuses a change that the disk has no room for, and takes the next', async () => {
  const { store } = await openStore(1000);
  const first = createHost(ids[0]!, 'passt');
  await store.putHosts([first]);
  const { size } = await stat(file('hosts.ndjson'));
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('/usr/bin/prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
  const seen: unknown[] = [];
  store.onChange((change) => seen.push(change));
  // A write is then cut short in the middle of a line, as on a full disk.
  limit(size + 100);
  try {
    const refused = await Promise.all([
      store.putHosts([createHost(ids[1]!, 'passt nicht')]),
      store.removeHosts([ids[0]!]),
    ]);
    expect(refused).toMatchObject([
      { failure: { code: 'store_failed' } },
      { failure: { code: 'store_failed' } },
    ]);
  } finally {
    limit('unlimited');
  }
  expect(namesOf(store.hosts())).toEqual([`${ids[0]} passt`]);
  expect(seen).toEqual([]);
  expect((await stat(file('hosts.ndjson'))).size).toBe(size);
  expect(await store.putHosts([createHost(ids[2]!, 'passt wieder')])).toEqual({ ok: true, value: undefined });
  await store.close();
  const again = await openStore(1000);
  expect(again.notices).toEqual([]);
  expect(namesOf(again.store.hosts())).toEqual([`${ids[0]} passt`, `${ids[2]} passt wieder`].toSorted());
  await again.store.close();
});

it('takes over the lock of a process that is gone, also where its number was given away again', async () => {
  const [boot] = process.platform === 'linux' ? ['other-boot 1'] : [undefined];
  const holders = [
    { pid: 2 ** 22 + 1, lockedAt: Date.now(), token: 'a' },
    { pid: process.pid, lockedAt: 1, token: 'a', ...(boot && { processStart: boot }) },
  ];
  for (const text of [...holders.map((holder) => JSON.stringify(holder)), '', 'garbage']) {
    await writeFile(file('proxima.lock'), text);
    await utimes(file('proxima.lock'), 1, 1);
    const { store } = await openStore(1000);
    expect((await openHostStore({ folder, log })).ok).toBe(false);
    await store.close();
    expect(await readdir(folder)).not.toContain('proxima.lock');
  }
});

it('is held by one of many that try at once', async () => {
  for (let round = 0; round < 10; round += 1) {
    await writeFile(file('proxima.lock'), JSON.stringify({ pid: 2 ** 22 + 1, lockedAt: 1, token: 'a' }));
    const tried = await Promise.all(Array.from({ length: 12 }, () => openHostStore({ folder, log })));
    const won = tried.flatMap((opened) => (opened.ok ? [opened.value.store] : []));
    expect(won).toHaveLength(1);
    await won[0]!.close();
  }
});

it('opens 100,000 hosts in slices', async () => {
  const { store } = await openStore(10_000);
  const hosts = Array.from({ length: 100_000 }, (_, index) => ({
    ...createHost(randomUUID(), `host ${index}`),
    address:
      index % 2 ? `srv-${index}.corp.example` : `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    settings: { 'font-size': '12' },
  }));
  await store.putHosts(hosts);
  await store.close();
  let longestMs = 0;
  const readClocks = () => ({ wallMs: performance.now(), cpuMs: process.cpuUsage().user / 1000 });
  let lastTurn = readClocks();
  const watch = setInterval(() => {
    const turn = readClocks();
    // Time in which other processes had the machine is not ours.
    const heldUpMs = Math.min(turn.wallMs - lastTurn.wallMs, turn.cpuMs - lastTurn.cpuMs);
    longestMs = Math.max(longestMs, heldUpMs);
    lastTurn = turn;
  }, 1);
  const startedAt = performance.now();
  const opened = await openStore(10_000);
  const openedMs = performance.now() - startedAt;
  await opened.store.close();
  clearInterval(watch);
  expect(opened.store.hosts().size).toBe(100_000);
  console.info(
    `Opened in ${openedMs.toFixed(0)} ms; longest hold-up of the event loop ${longestMs.toFixed(0)} ms`,
  );
  // Generous, for slow machines; it stays near 20 ms.
  expect(longestMs).toBeLessThan(200);
}, 60_000);
