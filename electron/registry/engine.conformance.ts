import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import type { Result } from '../../shared/contract/failure.ts';
import type { Compare, Engine, KeyEvent, Operation } from './engine.ts';
import type { RegistryCluster } from './registry.conformance.ts';
import { eventually, valueOf } from './testClient.ts';

/** The promises of {@link Engine} that the registry builds on. */
export function engineConformance(name: string, startCluster: () => Promise<RegistryCluster>): void {
  describe(`${name} as an engine`, () => {
    let cluster: RegistryCluster;
    let engine: Engine;
    beforeAll(async () => {
      cluster = await startCluster();
      engine = await cluster.connect();
    }, 60_000);
    afterAll(async () => {
      await engine.close();
      await cluster.close();
    });

    const freshPrefix = () => `proxima-test/${randomUUID()}/`;
    const put = (key: string, value = '', leaseId?: string): Operation => ({
      kind: 'put',
      key,
      value,
      ...(leaseId !== undefined && { leaseId }),
    });
    const write = async (...then: Operation[]) => valueOf(await engine.transact({ compare: [], then }));
    const read = async (key: string) => (await write({ kind: 'get', key })).read[0]?.[0];
    const holds = async (compare: Compare) =>
      valueOf(await engine.transact({ compare: [compare], then: [] })).succeeded;

    async function watch(prefix: string, fromRevision: number) {
      const batches: (readonly KeyEvent[])[] = [];
      const ends: string[] = [];
      const watching = engine.watch(prefix, fromRevision, {
        onEvents: (events) => void (events.length > 0 && batches.push(events)),
        onEnd: ({ kind }) => void ends.push(kind),
      });
      return {
        batches,
        ends,
        cancel: () => watching.cancel(),
        told: () => batches.flat().map(describeEvent),
      };
    }

    it('does all of a transaction in one revision, or what it is to do otherwise', async () => {
      const prefix = freshPrefix();
      const before = (await write()).revision;
      const {
        revision,
        succeeded,
        read: reads,
      } = await write(put(`${prefix}a`, '1'), put(`${prefix}b`, '2'), { kind: 'get', key: `${prefix}a` });
      expect(succeeded).toBe(true);
      expect(revision).toBeGreaterThan(before);
      expect(reads.map((entries) => entries.map(({ value }) => value))).toEqual([[], [], ['1']]);
      const otherwise = valueOf(
        await engine.transact({
          compare: [{ key: `${prefix}a`, target: 'create', is: '=', value: 0 }],
          then: [put(`${prefix}a`, 'never')],
          otherwise: [{ kind: 'list', prefix }],
        }),
      );
      expect(otherwise.succeeded).toBe(false);
      expect(otherwise.read[0]?.map(({ key, value, modRevision }) => [key, value, modRevision])).toEqual([
        [`${prefix}a`, '1', revision],
        [`${prefix}b`, '2', revision],
      ]);
    });

    it('counts revisions and versions, begins anew after a delete, and compares each of them', async () => {
      const key = `${freshPrefix()}key`;
      expect(await holds({ key, target: 'create', is: '=', value: 0 })).toBe(true);
      expect(await holds({ key, target: 'mod', is: '=', value: 0 })).toBe(true);
      expect(await holds({ key, target: 'version', is: '<', value: 1 })).toBe(true);
      const created = (await write(put(key))).revision;
      const changed = (await write(put(key))).revision;
      expect(await read(key)).toMatchObject({ createRevision: created, modRevision: changed, version: 2 });
      const trials: [Compare, boolean][] = [
        [{ key, target: 'create', is: '=', value: created }, true],
        [{ key, target: 'create', is: '=', value: changed }, false],
        [{ key, target: 'mod', is: '=', value: changed }, true],
        [{ key, target: 'mod', is: '=', value: created }, false],
        [{ key, target: 'mod', is: '>', value: created }, true],
        [{ key, target: 'version', is: '=', value: 2 }, true],
        [{ key, target: 'version', is: '<', value: 2 }, false],
        [{ key, target: 'version', is: '<', value: 3 }, true],
      ];
      for (const [compare, expected] of trials)
        expect(await holds(compare), JSON.stringify(compare)).toBe(expected);
      await write({ kind: 'delete', key });
      await write(put(key));
      expect((await read(key))?.version).toBe(1);
    });

    it('lists below a prefix and nothing beside it', async () => {
      const prefix = freshPrefix();
      await write(put(`${prefix}b`), put(`${prefix}a`), put(`${prefix.slice(0, -1)}0`));
      const { entries, revision } = valueOf(await engine.list(prefix));
      expect(entries.map(({ key }) => key)).toEqual([`${prefix}a`, `${prefix}b`]);
      expect(revision).toBeGreaterThanOrEqual(entries[0]?.modRevision ?? Infinity);
      await write({ kind: 'deletePrefix', prefix });
      expect(valueOf(await engine.list(prefix)).entries).toEqual([]);
    });

    it("tells a watch each transaction's changes once, together and in order, from any revision on", async () => {
      const prefix = freshPrefix();
      const first = (await write(put(`${prefix}a`, '1'))).revision;
      await write(put(`${prefix}b`, '2'), put(`${prefix}c`, '3'));
      await write({ kind: 'delete', key: `${prefix}b` }, put(`${prefix}a`, '4'));
      const early = await watch(prefix, first);
      const late = await watch(prefix, first + 1);
      await write(put(`${prefix}d`, '5'));
      const expected = ['a=1', 'b=2', 'c=3', '-b', 'a=4', 'd=5'];
      await eventually(() => expect(early.told()).toHaveLength(6));
      await eventually(() => expect(late.told()).toHaveLength(5));
      // Within a transaction their order is free.
      const sorted = (told: string[]) => told.map((each) => each.replaceAll(prefix, '')).toSorted();
      expect(sorted(early.told())).toEqual(expected.toSorted());
      expect(sorted(late.told())).toEqual(expected.slice(1).toSorted());
      const revisions = early.batches.flat().map(revisionOf);
      expect(revisions).toEqual(revisions.toSorted((left, right) => left - right));
      for (const batch of early.batches) {
        const others = early.batches
          .filter((other) => other !== batch)
          .flat()
          .map(revisionOf);
        expect(batch.some((event) => others.includes(revisionOf(event)))).toBe(false);
      }
      early.cancel();
      late.cancel();
      await write(put(`${prefix}e`));
      expect(early.told()).toHaveLength(6);
    });

    it('ends a watch from before a compaction', async () => {
      const prefix = freshPrefix();
      const { revision } = await write(put(`${prefix}a`));
      await write(put(`${prefix}a`));
      await write(put(`${prefix}a`));
      await cluster.compact();
      const old = await watch(prefix, revision);
      await eventually(() => expect(old.ends).toEqual(['compacted']));
      const current = await watch(prefix, (await write()).revision + 1);
      await write(put(`${prefix}b`));
      await eventually(() => expect(current.told()).toEqual([`${prefix}b=`]));
      expect(current.ends).toEqual([]);
      current.cancel();
    });

    it('takes the keys of a lease with it, and no others', async () => {
      const prefix = freshPrefix();
      const { leaseId, ttlSeconds } = valueOf(await engine.grantLease(20));
      const other = valueOf(await engine.grantLease(20));
      expect(ttlSeconds).toBeGreaterThanOrEqual(20);
      await write(put(`${prefix}kept`), put(`${prefix}other`, '', other.leaseId));
      await write(
        put(`${prefix}a`, '', leaseId),
        put(`${prefix}b`, '', leaseId),
        put(`${prefix}c`, '', leaseId),
      );
      await write(put(`${prefix}b`), put(`${prefix}c`, '', other.leaseId));
      expect((await read(`${prefix}a`))?.leaseId).toBe(leaseId);
      expect((await read(`${prefix}b`))?.leaseId).toBeUndefined();
      const watching = await watch(prefix, (await write()).revision + 1);
      valueOf(await engine.keepLeaseAlive(leaseId));
      valueOf(await engine.revokeLease(leaseId));
      await eventually(() => expect(watching.told()).toEqual([`-${prefix}a`]));
      watching.cancel();
      const left = valueOf(await engine.list(prefix)).entries.map(({ key }) => key.slice(prefix.length));
      expect(left).toEqual(['b', 'c', 'kept', 'other']);
      expect(codeOf(await engine.keepLeaseAlive(leaseId))).toBe('registry_lease_lost');
      const under = await engine.transact({ compare: [], then: [put(`${prefix}a`, '', leaseId)] });
      expect(codeOf(under)).toBe('registry_lease_lost');
      expect(await read(`${prefix}a`)).toBeUndefined();
      await engine.revokeLease(other.leaseId);
    });

    it('lets a lease run out that nobody keeps alive', async () => {
      const prefix = freshPrefix();
      const { leaseId, ttlSeconds } = valueOf(await engine.grantLease(1));
      await write(put(`${prefix}a`, '', leaseId));
      await eventually(
        async () => expect(await read(`${prefix}a`)).toBeUndefined(),
        ttlSeconds * 2_000 + 2_000,
      );
      expect(codeOf(await engine.keepLeaseAlive(leaseId))).toBe('registry_lease_lost');
    }, 20_000);

    it('refuses what is too large, too much, or changes a key twice, and does nothing of it', async () => {
      const prefix = freshPrefix();
      const refused = [
        [put(`${prefix}large`, 'x'.repeat(2 * 1024 * 1024))],
        Array.from({ length: 129 }, (_, index) => put(`${prefix}${index}`)),
        [put(`${prefix}twice`, '1'), put(`${prefix}twice`, '2')],
      ];
      for (const then of refused) expect((await engine.transact({ compare: [], then })).ok).toBe(false);
      expect(valueOf(await engine.list(prefix)).entries).toEqual([]);
      await write(put(`${prefix}large`, 'é'.repeat(500_000)));
      expect((await read(`${prefix}large`))?.value.length).toBe(500_000);
      await write({ kind: 'deletePrefix', prefix });
    });
  });
}

const revisionOf = (event: KeyEvent): number =>
  event.kind === 'put' ? event.entry.modRevision : event.revision;
const describeEvent = (event: KeyEvent): string =>
  event.kind === 'put' ? `${event.entry.key}=${event.entry.value}` : `-${event.key}`;
const codeOf = (result: Result<unknown>): string | undefined => (result.ok ? undefined : result.failure.code);
