import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEtcd, type EtcdCluster } from '../../../e2e/rig/etcd.ts';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import type { Compare, Engine, Operation } from '../engine.ts';
import { createEtcdEngine } from './engine.ts';
import { put, record, unwrap, until } from './testEngine.ts';

const etcd = await findEtcd();

/** What isn't among the promises of every engine, which registry.test.ts tests. */
describe.skipIf(etcd.kind === 'missing')(`the engine on etcd${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  let engine: Engine;
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1 });
    engine = createEtcdEngine({ endpoints: cluster.endpoints, identity: cluster.identity });
  });
  afterAll(async () => {
    await engine.close();
    await cluster.stop();
  });
  const prefixOf = () => `test/${randomUUID()}/`;
  const write = async (...operations: Operation[]) =>
    unwrap(await engine.transact({ compare: [], then: operations }));

  it('compares each target each way', async () => {
    const key = `${prefixOf()}a`;
    const { revision: created } = await write(put(key, '1'));
    await write(put(key, '2'));
    const { revision: modified } = await write(put(key, '3'));
    const actual = { create: created, mod: modified, version: 3 };
    const holds = async (compare: Compare) =>
      unwrap(await engine.transact({ compare: [compare], then: [] })).succeeded;
    for (const target of ['create', 'mod', 'version'] as const) {
      for (const offset of [-1, 0, 1]) {
        const value = actual[target] + offset;
        expect(await holds({ key, target, is: '=', value })).toBe(offset === 0);
        expect(await holds({ key, target, is: '<', value })).toBe(offset > 0);
        expect(await holds({ key, target, is: '>', value })).toBe(offset < 0);
      }
    }
    expect(await holds({ key: `${key}b`, target: 'create', is: '=', value: 0 })).toBe(true);
  });

  it('lists many pages at one revision, while others write', async () => {
    const prefix = prefixOf();
    const names = Array.from({ length: 2_500 }, (_, index) => `${prefix}${String(index).padStart(6, '0')}`);
    for (let from = 0; from < names.length; from += 100)
      await write(...names.slice(from, from + 100).map((name) => put(name, 'x'.repeat(200))));
    const doomed = names.slice(-20);
    const [listed] = await Promise.all([
      engine.list(prefix),
      ...doomed.map((key) => write({ kind: 'delete', key })),
    ]);
    const { entries, revision } = unwrap(listed);
    const deleted = record(engine, prefix, 1);
    const until20 = () => deleted.events.filter(({ kind }) => kind === 'deleted').length === doomed.length;
    await until(until20);
    const before = deleted.events.filter((event) => event.kind === 'deleted' && event.revision <= revision);
    expect(entries).toHaveLength(names.length - before.length);
    expect(unwrap(await engine.list(prefix)).entries.map(({ key }) => key)).toEqual(names.slice(0, -20));
  });

  it('begins with an endpoint where nobody is, and one that is not etcd', async () => {
    const endpoints = ['http://127.0.0.1:9', ...cluster.endpoints];
    const another = createEtcdEngine({ endpoints, identity: {}, firstEndpoint: 0 });
    const key = `${prefixOf()}a`;
    unwrap(await another.transact({ compare: [], then: [put(key, '1')] }));
    const heard = record(another, key, 1);
    await until(() => heard.events.length === 1);
    expect(heard.ends).toEqual([]);
    await another.close();
  });

  it('ends a watch from a revision that does not come: the data were put back to an earlier state', async () => {
    const prefix = prefixOf();
    const { revision } = await write(put(`${prefix}a`, '1'));
    const deadlines = { progressMs: 50, behindMs: 200 };
    const impatient = createEtcdEngine({ endpoints: cluster.endpoints, identity: {}, deadlines });
    const heard = record(impatient, prefix, revision + 1_000);
    await until(() => heard.ends.length > 0);
    expect(heard.ends).toEqual([{ kind: 'compacted' }]);
    await impatient.close();
  });

  it('tells nothing more once it is closed', async () => {
    const closing = createEtcdEngine({ endpoints: cluster.endpoints, identity: {} });
    const heard = record(closing, prefixOf(), 1);
    await until(() => heard.revisions.length > 0);
    await closing.close();
    const startedAt = performance.now();
    for (const result of await Promise.all([closing.list('a/'), closing.grantLease(5)]))
      expect(result).toMatchObject({ ok: false, failure: { code: 'registry_unavailable' } });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(heard.ends.length).toBeLessThanOrEqual(1);
  });
});
