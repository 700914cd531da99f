import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EtcdCluster, startEtcd } from '../../e2e/rig/etcd.ts';
import { skipReasonOf } from '../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../e2e/rig/etcdProgram.ts';
import { systemClock } from '../registry/clock.ts';
import type { Engine, Transaction } from '../registry/engine.ts';
import { createEtcdEngine } from '../registry/etcd/engine.ts';
import { createFaultyEngine, type FaultyEngine } from '../registry/faultyEngine.ts';
import { createMemoryEngine, type MemoryEngine } from '../registry/memoryEngine.ts';
import {
  collectionConformance,
  eventually,
  type TestDocument,
  testDocumentSchema,
  valueOf,
} from './collection.conformance.ts';
import { type EtcdCollection, openEtcdCollection, prefixOfCollection } from './etcdCollection.ts';

const log = { info: () => undefined, warn: () => undefined };
const open = (engine: Engine, prefix: string, leaseSeconds?: number) =>
  openEtcdCollection({
    engine,
    prefix,
    schema: testDocumentSchema,
    log,
    ...(leaseSeconds !== undefined && { leaseSeconds }),
  });
const newPrefix = () => prefixOfCollection('test', randomUUID());
const increment = (current: TestDocument | undefined) => ({ count: (current?.count ?? 0) + 1 });

const memory = createMemoryEngine({ clock: systemClock });
collectionConformance('the embedded engine', { isShared: true, isLasting: true }, async () => {
  const prefix = newPrefix();
  return { open: async () => valueOf(await open(memory, prefix)) };
});

describe('on an engine that fails', () => {
  let inner: MemoryEngine;
  let faults: FaultyEngine;
  let collection: EtcdCollection<TestDocument>;
  let prefix: string;
  beforeEach(async () => {
    inner = createMemoryEngine({ clock: systemClock });
    faults = createFaultyEngine(inner);
    prefix = newPrefix();
    collection = valueOf(await open(faults, prefix));
  });
  afterEach(() => collection.close());
  const key = (id: string) => `${prefix}${id}`;
  const putRaw = async (id: string, value: string) =>
    valueOf(await inner.transact({ compare: [], then: [{ kind: 'put', key: key(id), value }] }));
  const countOf = (id: string) => collection.all().get(id)?.count;
  const failOnce = (fault: 'before' | 'commit' | 'late') => {
    let left = 1;
    faults.onTransact = ({ then }: Transaction) =>
      then.some(({ kind }) => kind !== 'get') && left-- > 0 ? fault : 'none';
  };

  it('opens nothing where it can not be read', async () => {
    faults.setAvailable(false);
    expect(await open(faults, prefix)).toMatchObject({ failure: { code: 'registry_unavailable' } });
  });

  it('reads on from memory while it is away, writes nothing, and hears what was missed', async () => {
    await collection.change('a', increment);
    faults.setAvailable(false);
    expect(countOf('a')).toBe(1);
    for (const refused of [
      await collection.change('a', increment),
      await collection.change('a', (current) => current),
      await collection.putAll(new Map([['b', { count: 1 }]])),
      await collection.removeAll(['a']),
      await collection.fetch('a'),
    ])
      expect(refused).toMatchObject({ failure: { code: 'registry_unavailable' } });
    expect([...collection.all()]).toEqual([['a', { count: 1 }]]);
    await putRaw('a', '{"count":5}');
    await putRaw('c', '{"count":6}');
    faults.setAvailable(true);
    await eventually(() => countOf('c') === 6);
    expect(valueOf(await collection.change('a', increment))).toEqual({ count: 6 });
  });

  it('resumes a broken watch, and tells of each document once', async () => {
    const heard: string[] = [];
    collection.onChange((ids) => void heard.push(...ids));
    await putRaw('a', '{"count":1}');
    await eventually(() => heard.length === 1);
    faults.breakWatches();
    await putRaw('b', '{"count":2}');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['a', 'b']);
  });

  it('lists anew where the history is gone, and finds what was removed meanwhile', async () => {
    await collection.putAll(
      new Map([
        ['a', { count: 1 }],
        ['b', { count: 2 }],
        ['c', { count: 3 }],
      ]),
    );
    const heard: string[] = [];
    collection.onChange((ids) => void heard.push(...ids));
    faults.setAvailable(false);
    valueOf(await inner.transact({ compare: [], then: [{ kind: 'delete', key: key('a') }] }));
    await putRaw('b', '{"count":20}');
    inner.compact();
    faults.setAvailable(true);
    await eventually(() => heard.length === 2);
    expect(heard.toSorted()).toEqual(['a', 'b']);
    expect(collection.all()).toEqual(
      new Map([
        ['b', { count: 20 }],
        ['c', { count: 3 }],
      ]),
    );
  });

  it('makes a change once where its answer is lost', async () => {
    await collection.change('a', increment);
    for (const fault of ['commit', 'late'] as const) {
      const before = countOf('a')!;
      failOnce(fault);
      expect(valueOf(await collection.change('a', increment))).toEqual({ count: before + 1 });
      await faults.landLate();
      expect(valueOf(await collection.fetch('a'))).toEqual({ count: before + 1 });
    }
    failOnce('commit');
    expect(await collection.removeAll(['a'])).toEqual({ ok: true, value: undefined });
    expect(valueOf(await collection.fetch('a'))).toBeUndefined();
  });

  it('lets a put that arrives late undo no later one', async () => {
    failOnce('late');
    await collection.putAll(new Map([['a', { count: 1 }]]));
    await collection.putAll(new Map([['a', { count: 2 }]]));
    await faults.landLate();
    expect(valueOf(await collection.fetch('a'))).toEqual({ count: 2 });
  });

  it('says that it does not know where somebody wrote on top of an answer that was lost', async () => {
    await collection.change('a', increment);
    let isLost = false;
    faults.onTransact = () => {
      if (isLost) return 'none';
      isLost = true;
      void putRaw('a', '{"count":50}');
      return 'late';
    };
    expect(await collection.change('a', increment)).toMatchObject({
      failure: { code: 'registry_outcome_unknown' },
    });
    await faults.landLate();
    expect(valueOf(await collection.fetch('a'))).toEqual({ count: 50 });
  });

  it('fails once, and clearly, where it never hears what became of a change', async () => {
    faults.onTransact = () => 'late';
    expect(await collection.change('a', increment)).toMatchObject({
      failure: { code: 'registry_outcome_unknown' },
    });
    expect(collection.all().size).toBe(0);
  });

  it('leaves alone what it does not understand, and counts it', async () => {
    await putRaw('a', '{"count":"many"}');
    await putRaw('b', 'no JSON');
    await putRaw('%zz', '{"count":1}');
    await eventually(() => collection.strange().length === 3);
    expect(collection.all().size).toBe(0);
    for (const refused of [await collection.change('a', increment), await collection.fetch('b')])
      expect(refused).toMatchObject({ failure: { code: 'registry_newer' } });
    const again = valueOf(await open(faults, prefix));
    expect(again.strange().toSorted()).toEqual([key('%zz'), 'a', 'b'].toSorted());
    await again.close();
    await putRaw('a', '{"count":1}');
    await eventually(() => collection.strange().length === 2);
    expect(valueOf(await collection.change('a', increment))).toEqual({ count: 2 });
  });

  it('takes what a restored backup says, though its revisions came before', async () => {
    for (const id of ['a', 'b', 'c', 'a']) await collection.change(id, increment);
    await sleep(20);
    const restored = createMemoryEngine({ clock: systemClock });
    valueOf(
      await restored.transact({ compare: [], then: [{ kind: 'put', key: key('a'), value: '{"count":9}' }] }),
    );
    inner.list = restored.list;
    inner.transact = restored.transact;
    // As etcd's adapter ends a watch from a revision that doesn't come.
    inner.watch = (below, fromRevision, listener) => {
      if (fromRevision < 3) return restored.watch(below, fromRevision, listener);
      queueMicrotask(() => listener.onEnd({ kind: 'compacted' }));
      return { cancel: () => undefined };
    };
    faults.breakWatches();
    await eventually(() => countOf('a') === 9 && collection.all().size === 1);
    expect(valueOf(await collection.change('a', increment))).toEqual({ count: 10 });
  });

  it('takes its leased documents along when it dies, and puts them back where the lease was lost', async () => {
    const leased = valueOf(await open(faults, prefix, 5));
    await leased.change('a', increment);
    await collection.change('b', increment);
    await faults.expireLeases();
    await eventually(() => !collection.all().has('a') || leased.all().has('a'));
    await eventually(() => collection.all().has('a') && leased.all().get('a')?.count === 1, 10_000);
    await leased.close();
    await eventually(() => !collection.all().has('a'));
    expect([...collection.all().keys()]).toEqual(['b']);
  });
});

const etcd = await findEtcd();
describe.skipIf(etcd.kind === 'missing')(`with a real etcd${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  const engines: Engine[] = [];
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1 });
  }, 60_000);
  afterAll(async () => {
    for (const engine of engines) await engine.close();
    await cluster.stop();
  });
  function connect(deadlines = {}): Engine {
    const { endpoints, identity } = cluster;
    const engine = createEtcdEngine({ endpoints, identity, deadlines });
    engines.push(engine);
    return engine;
  }

  collectionConformance('etcd', { isShared: true, isLasting: true, manyMs: 40_000 }, async () => {
    const prefix = newPrefix();
    return { open: async () => valueOf(await open(connect(), prefix)) };
  });

  it(
    'reads on while it is killed, loses nothing, and is equal everywhere when it is back',
    { timeout: 40_000 },
    async () => {
      const prefix = newPrefix();
      const deadlines = { callMs: 1_000 };
      const [first, second] = [
        valueOf(await open(connect(deadlines), prefix)),
        valueOf(await open(connect(deadlines), prefix)),
      ];
      const acknowledged: string[] = [];
      const documents = new Map(Array.from({ length: 500 }, (_, count) => [`${count}`, { count }]));
      valueOf(await first.putAll(documents));
      await eventually(() => second.all().size === 500);
      let isWriting = true;
      const writing = (async () => {
        for (let count = 0; isWriting; count += 1)
          if ((await first.change(`new-${count}`, () => ({ count }))).ok) acknowledged.push(`new-${count}`);
      })();
      await eventually(() => acknowledged.length > 20);
      await cluster.nodes[0]!.kill();
      const startedAt = performance.now();
      const refused = await second.change('1', increment);
      expect(refused.ok ? '' : refused.failure.code).toMatch(/^registry_(unavailable|outcome_unknown)$/);
      expect(performance.now() - startedAt).toBeLessThan(4_000);
      expect(second.all().get('499')).toEqual({ count: 499 });
      await cluster.nodes[0]!.start();
      const written = acknowledged.length;
      await eventually(() => acknowledged.length > written + 5, 20_000);
      isWriting = false;
      await writing;
      for (const id of acknowledged) expect(first.all().has(id), id).toBe(true);
      await eventually(() => second.all().size === first.all().size, 10_000);
      expect(second.all()).toEqual(first.all());
      const third = valueOf(await open(connect(), prefix));
      expect(third.all()).toEqual(first.all());
      for (const each of [first, second, third]) await each.close();
    },
  );

  it('lists anew after a compaction while it was away', { timeout: 30_000 }, async () => {
    const prefix = newPrefix();
    const faults = createFaultyEngine(connect());
    const collection = valueOf(await open(faults, prefix));
    const other = valueOf(await open(connect(), prefix));
    await collection.putAll(
      new Map([
        ['a', { count: 1 }],
        ['b', { count: 1 }],
      ]),
    );
    faults.setAvailable(false);
    valueOf(await other.removeAll(['a']));
    valueOf(await other.change('b', increment));
    await cluster.compact();
    faults.setAvailable(true);
    await eventually(() => collection.all().get('b')?.count === 2);
    expect([...collection.all().keys()]).toEqual(['b']);
    await collection.close();
    await other.close();
  });
});
