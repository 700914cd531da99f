import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Choice, RegistryCounts, RegistryEvent } from '../broker/ports.ts';
import type { Engine } from './engine.ts';
import { engineConformance } from './engine.conformance.ts';
import { keysOf } from './keys.ts';
import {
  countOn,
  eventually,
  expectCounts,
  joinPool,
  newSession,
  take,
  takeFewest,
  type TestClient,
  valueOf,
} from './testClient.ts';

/** One empty cluster of an engine for all tests of a suite; each test has a pool, and so keys, of its own. */
export interface RegistryCluster {
  /** A connection of its own, as another process would have it; the suite closes it. */
  connect(): Promise<Engine>;
  /** Forgets the history of keys up to this moment. */
  compact(): Promise<void>;
  /** What only several servers can suffer. */
  readonly members?: MemberFaults;
  close(): Promise<void>;
}

/** Each resolves once it is done, to what undoes it; that resolves when the members answer again. */
export interface MemberFaults {
  killLeader(): Promise<() => Promise<void>>;
  /** SIGSTOP; undone by SIGCONT. */
  pauseLeader(): Promise<() => Promise<void>>;
  stopMajority(): Promise<() => Promise<void>>;
}

/**
 * The promises of the registry, over any engine. `startCluster` is called once for the engine and once for the registry. Faults
 * that a server can't show on demand are made by faultyEngine.ts around what `connect` gives.
 */
export function registryConformance(name: string, startCluster: () => Promise<RegistryCluster>): void {
  engineConformance(name, startCluster);

  describe(`${name} as a registry`, () => {
    let cluster: RegistryCluster;
    let clients: TestClient[] = [];
    let poolId: string;
    beforeAll(async () => {
      cluster = await startCluster();
      poolId = newPoolId();
    }, 60_000);
    afterEach(async () => {
      for (const { faults } of clients) {
        faults.onTransact = () => 'none';
        faults.setAvailable(true);
      }
      await Promise.all(
        clients.map(async ({ registry, engine }) => {
          await registry.close();
          await engine.close();
        }),
      );
      clients = [];
      poolId = newPoolId();
    });
    afterAll(() => cluster.close());

    const newPoolId = () => `t${randomUUID().slice(0, 13)}`;
    async function join(options: Parameters<typeof joinPool>[2] = {}): Promise<TestClient> {
      const client = joinPool(await cluster.connect(), poolId, options);
      clients.push(client);
      await eventually(() => expect(client.registry.health().pools[0]?.status.kind).toBe('live'), 10_000);
      return client;
    }
    async function claim(client: TestClient, managerId: string, change = {}) {
      const session = newSession(change);
      const claimed = valueOf(await client.registry.claim(session, take(managerId)));
      if (!claimed) throw new Error('nothing was claimed');
      return { ...claimed, session };
    }
    /** What is stored, past every registry. */
    async function stored(client: TestClient): Promise<string[]> {
      const keys = keysOf(poolId);
      const all = await Promise.all(
        [`${keys.index}n/`, keys.records].map(
          async (prefix) => valueOf(await client.engine.list(prefix)).entries,
        ),
      );
      return all.flat().flatMap(({ key }) => (key.endsWith('~probe') ? [] : [key]));
    }
    const statusOf = ({ registry }: TestClient) => registry.health().pools[0]?.status.kind;

    describe('one process', () => {
      it('counts a claim as pending, once it is live as active, and after its release not at all', async () => {
        const client = await join();
        const { session, fence, revision } = await claim(client, 'a');
        expect(fence).toBeGreaterThan(0);
        expect(revision).toBe(fence);
        expect(client.registry.counts().byManager.get('a')).toEqual({
          active: 0,
          pending: 1,
          source: 'registry',
          ageMs: 0,
        });
        const updated = valueOf(await client.registry.update(session.id, { state: 'live', liveAt: 5 }));
        expect(updated).toMatchObject({ sessionId: session.id, managerId: 'a', poolId, fence });
        expect(updated.revision).toBeGreaterThan(revision);
        expect(client.registry.counts().byManager.get('a')).toMatchObject({ active: 1, pending: 0 });
        valueOf(await client.registry.release(session.id));
        expectCounts(client.registry, {});
        expect(client.registry.counts().fresh).toBe(true);
      });

      it('keeps the record that it was told, seals the connection id, and has no secret', async () => {
        const client = await join({ route: 'hosta', user: 'gateway/1' });
        const { session } = await claim(client, 'a');
        const placement = ['Default: takes whatever no other group matches', 'x'.repeat(400)];
        await client.registry.update(session.id, {
          state: 'live',
          loggedIn: false,
          liveAt: 7,
          connectionId: '$c0ffee',
          placement,
        });
        const record = valueOf(await client.registry.get(session.id));
        expect(record).toEqual({
          ...session,
          version: 1,
          poolId,
          loggedIn: false,
          managerId: 'a',
          owner: expect.stringMatching(/^gateway%2F1\/[0-9a-f]{12}$/),
          route: 'hosta',
          state: 'live',
          liveAt: 7,
          sealedConnectionId: `sealed:${session.id}:$c0ffee`,
          placement: [placement[0], 'x'.repeat(300)],
        });
        expect(valueOf(await client.registry.list())).toEqual([record]);
        expect(valueOf(await client.registry.get(randomUUID()))).toBeUndefined();
      });

      it('keeps one claim per session: a second replaces the first, which it does not see', async () => {
        const client = await join();
        const { session, fence } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        let seen: RegistryCounts | undefined;
        const second = await client.registry.claim(session, (view) => {
          seen = view;
          return take('b')();
        });
        expect(seen && countOn(seen.byManager, 'a')).toBe(0);
        expect(valueOf(second)?.fence).toBeGreaterThan(fence);
        await eventually(() => expectCounts(client.registry, { b: 1 }));
        expect(valueOf(await client.registry.get(session.id))).toMatchObject({
          managerId: 'b',
          state: 'pending',
        });
      });

      it('takes nothing where nobody is chosen, and gives back what the session had', async () => {
        const client = await join();
        const { session } = await claim(client, 'a');
        expect(await client.registry.claim(session, () => undefined)).toEqual({ ok: true, value: undefined });
        await eventually(() => expectCounts(client.registry, {}));
        expect(await stored(client)).toEqual([]);
      });

      it('takes a second release, and one of a session that it never knew; nothing can be changed of either', async () => {
        const client = await join();
        const { session } = await claim(client, 'a');
        valueOf(await client.registry.release(session.id));
        valueOf(await client.registry.release(session.id));
        valueOf(await client.registry.release(randomUUID()));
        expect(await client.registry.update(session.id, { state: 'live' })).toMatchObject({
          failure: { code: 'registry_gone' },
        });
        expect(await stored(client)).toEqual([]);
      });

      it('refuses a change that was meant for an older revision, and says nothing of it later', async () => {
        const client = await join();
        const { session, revision } = await claim(client, 'a');
        const { revision: second } = valueOf(
          await client.registry.update(session.id, { state: 'live' }, revision),
        );
        expect(await client.registry.update(session.id, { loggedIn: false }, revision)).toMatchObject({
          failure: { code: 'registry_conflict' },
        });
        valueOf(await client.registry.update(session.id, { liveAt: 9 }, second));
        expect(valueOf(await client.registry.get(session.id))).toMatchObject({ loggedIn: true, liveAt: 9 });
      });

      it('spreads claims made at once exactly', async () => {
        const client = await join({ slack: 1 });
        const managerIds = ['a', 'b', 'c', 'd'];
        await client.registry.defineManagers(
          managerIds.map((id) => ({ id, intent: 'enabled', weight: 1, sessionLimit: null })),
        );
        const claims = await Promise.all(
          Array.from({ length: 100 }, () => client.registry.claim(newSession(), takeFewest(managerIds))),
        );
        expect(claims.filter(({ ok }) => ok)).toHaveLength(100);
        expectCounts(client.registry, { a: 25, b: 25, c: 25, d: 25 });
      });

      it('does what is asked of one session one after the other', async () => {
        const client = await join();
        const session = newSession();
        const all = await Promise.all([
          client.registry.claim(session, take('a')),
          client.registry.update(session.id, { state: 'live' }),
          client.registry.release(session.id),
          client.registry.claim(session, take('b')),
          client.registry.update(session.id, { state: 'live' }),
        ]);
        expect(all.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
        await eventually(() => expectCounts(client.registry, { b: 1 }));
        expect(await stored(client)).toHaveLength(2);
      });

      it('takes a manager whose name is anything', async () => {
        const client = await join();
        const managerId = 'm/%2F ä\u{1F600}~';
        await claim(client, managerId);
        await claim(client, managerId);
        expectCounts(client.registry, { [managerId]: 2 });
      });

      it('gives everything back at once when it is closed, and takes no more', async () => {
        const [client, other] = [await join(), await join()];
        await claim(client, 'a');
        await claim(other, 'a');
        await eventually(() => expectCounts(other.registry, { a: 2 }));
        await client.registry.close();
        await eventually(() => expectCounts(other.registry, { a: 1 }), 1_000);
        expect(await client.registry.claim(newSession(), take('a'))).toMatchObject({
          failure: { code: 'registry_unavailable' },
        });
      });
    });

    describe('several processes', () => {
      it("count one another's sessions, and read what was acknowledged", async () => {
        const [client, other] = [await join(), await join()];
        const { session, revision } = await claim(client, 'a');
        expect(valueOf(await other.registry.get(session.id))?.managerId).toBe('a');
        expect(valueOf(await other.registry.list())).toHaveLength(1);
        const counts = valueOf(await other.registry.countsAtLeast(poolId, revision));
        expect(countOn(counts.byManager, 'a')).toBe(1);
        expect(counts.revision).toBeGreaterThanOrEqual(revision);
        // This one changes nothing that is mirrored.
        const quiet = valueOf(await client.registry.update(session.id, { loggedIn: false }));
        const later = valueOf(await other.registry.countsAtLeast(poolId, quiet.revision));
        expect(later.revision).toBeGreaterThanOrEqual(quiet.revision);
        expect(valueOf(await other.registry.get(session.id))?.loggedIn).toBe(false);
        expect((await other.registry.countsAtLeast('elsewhere', 1)).ok).toBe(false);
      });

      it("do not take one another's sessions", async () => {
        const [client, other] = [await join(), await join()];
        const { session, revision } = await claim(client, 'a');
        valueOf(await other.registry.countsAtLeast(poolId, revision));
        expect(await other.registry.claim(session, take('b'))).toMatchObject({
          failure: { code: 'registry_exists' },
        });
        valueOf(await other.registry.release(session.id));
        expect(await other.registry.update(session.id, {})).toMatchObject({
          failure: { code: 'registry_gone' },
        });
        expectCounts(client.registry, { a: 1 });
      });

      it('spread 200 claims of one instant, and lose none', async () => {
        const slack = 2;
        const all = await Promise.all(
          Array.from({ length: 20 }, () => join({ slack, timings: { claimMs: 12_000 } })),
        );
        const managerIds = Array.from({ length: 10 }, (_, index) => `manager-${index}`);
        await all[0]?.registry.defineManagers(
          managerIds.map((id) => ({ id, intent: 'enabled', weight: 1, sessionLimit: null })),
        );
        await eventually(() => all.forEach(({ registry }) => expect(registry.managers().size).toBe(10)));
        const claims = await Promise.all(
          Array.from({ length: 200 }, async (_, index) => {
            const client = all[index % all.length];
            return client && valueOf(await client.registry.claim(newSession(), takeFewest(managerIds)));
          }),
        );
        expect(new Set(claims.map((each) => each?.sessionId)).size).toBe(200);
        expect(new Set(claims.map((each) => each?.fence)).size).toBe(200);
        for (const { registry } of all) {
          await eventually(() => {
            const { byManager } = registry.counts();
            const counts = managerIds.map((id) => countOn(byManager, id));
            expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1 + slack);
          });
        }
      }, 30_000);

      it('never go over a limit, whatever else goes on', async () => {
        const limit = 5;
        const all = await Promise.all(Array.from({ length: 5 }, () => join({ slack: 4 })));
        const [first] = all;
        if (!first) throw new Error('nobody joined');
        // Every place as it comes and goes, in the order in which it was stored.
        const there = new Set<string>();
        let most = 0;
        const prefix = `${keysOf(poolId).index}n/`;
        const { revision } = valueOf(await first.engine.list(prefix));
        const watching = first.engine.watch(prefix, revision + 1, {
          onEvents(events) {
            for (const event of events) {
              if (event.kind === 'put') there.add(event.entry.key);
              else there.delete(event.key);
              most = Math.max(most, there.size);
            }
          },
          onEnd: () => undefined,
        });
        const open = async (client: TestClient) => {
          const session = newSession();
          const claimed = valueOf(await client.registry.claim(session, takeFewest(['a'], limit)));
          if (!claimed) return false;
          await client.registry.update(session.id, { state: 'live' });
          await client.registry.release(session.id);
          return true;
        };
        const opened = await Promise.all(
          all.flatMap((client) => Array.from({ length: 8 }, () => open(client))),
        );
        expect(await stored(first)).toEqual([]);
        await eventually(() => expect(there.size).toBe(0));
        watching.cancel();
        expect(opened.filter(Boolean).length).toBeGreaterThanOrEqual(limit);
        expect(most).toBeLessThanOrEqual(limit);
        expect(most).toBeGreaterThan(1);
      }, 30_000);

      it('hear of a manager that is drained before they take another place on it', async () => {
        const [client, other] = [await join(), await join()];
        const definition = { id: 'a', weight: 1, sessionLimit: null };
        const chooseEnabled = (registry: TestClient['registry']) => (): Choice | undefined =>
          registry.managers().get('a')?.intent === 'enabled' ? take('a')() : undefined;
        let heard = 0;
        other.registry.onManagers(() => void (heard += 1));
        valueOf(await client.registry.defineManagers([{ ...definition, intent: 'enabled' }]));
        await eventually(() => expect(other.registry.managers().get('a')?.intent).toBe('enabled'));
        expect(heard).toBeGreaterThan(0);
        // It sees nothing new, so that it would still choose the manager: the guard has to tell it.
        other.faults.pauseWatches();
        valueOf(await client.registry.defineManagers([{ ...definition, intent: 'draining' }]));
        const claiming = other.registry.claim(newSession(), chooseEnabled(other.registry));
        setTimeout(() => other.faults.resumeWatches(), 100);
        expect(valueOf(await claiming)).toBeUndefined();
        expect(client.registry.managers().get('a')).toEqual({ ...definition, intent: 'draining' });
        expect(await stored(client)).toEqual([]);
      });

      it('exact with a slack of one, also by an old view', async () => {
        const [client, other] = [await join({ slack: 1 }), await join({ slack: 1 })];
        await claim(client, 'a');
        await eventually(() => expectCounts(other.registry, { a: 1 }));
        other.faults.pauseWatches();
        await claim(client, 'b');
        setTimeout(() => other.faults.resumeWatches(), 50);
        const views: RegistryCounts[] = [];
        const claimed = await other.registry.claim(newSession(), (view) => {
          views.push(view);
          return takeFewest(['a', 'b', 'c'])(view);
        });
        const last = views.at(-1);
        expect(last && countOn(last.byManager, valueOf(claimed)?.managerId ?? '')).toBe(0);
      });
    });

    describe('watching', () => {
      it('tells every change once and in order, over a broken watch and over a compaction', async () => {
        const [client, other] = [await join(), await join()];
        const heard: RegistryEvent[] = [];
        other.registry.watch((event) => void heard.push(event));
        await eventually(() => expect(heard).toEqual([{ kind: 'resync' }]));
        const { session } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        other.faults.breakWatches();
        await client.registry.update(session.id, { loggedIn: false });
        await client.registry.release(session.id);
        await eventually(() => expect(heard).toHaveLength(5));
        const told = heard.slice(1).map((event) => {
          if (event.kind !== 'put') return event.kind;
          return [event.record.state, event.record.loggedIn];
        });
        expect(told).toEqual([['pending', true], ['live', true], ['live', false], 'removed']);
        const revisions = heard.flatMap((event) => (event.kind === 'resync' ? [] : [event.revision]));
        expect(revisions).toEqual([...new Set(revisions)].toSorted((left, right) => left - right));

        other.faults.setAvailable(false);
        await claim(client, 'b');
        await claim(client, 'b');
        await cluster.compact();
        other.faults.setAvailable(true);
        await eventually(() => expect(heard.slice(5)).toContainEqual({ kind: 'resync' }));
        await eventually(() => expectCounts(other.registry, { b: 2 }));
        expect(valueOf(await other.registry.list())).toHaveLength(2);
      });

      it('keeps a mirror right, whatever happens to its watch', async () => {
        const [client, other] = [await join(), await join()];
        for (let round = 0; round < 30; round += 1) {
          const { session } = await claim(client, `manager-${round % 3}`);
          if (round % 4 === 0) other.faults.breakWatches();
          if (round % 5 === 0) other.faults.pauseWatches();
          if (round % 7 === 0) await cluster.compact();
          if (round % 3 === 0) await client.registry.release(session.id);
          if (round % 5 === 2) other.faults.resumeWatches();
        }
        other.faults.resumeWatches();
        await eventually(() => expectCounts(client.registry, { 'manager-1': 10, 'manager-2': 10 }));
        await eventually(() => expectCounts(other.registry, { 'manager-1': 10, 'manager-2': 10 }));
      });
    });

    describe('when calls fail', () => {
      it('claims once where the outcome was unknown, or nothing was done', async () => {
        const client = await join();
        for (const faults of [
          ['commit'],
          ['before'],
          ['commit', 'commit'],
          ['before', 'commit'],
          ['late'],
        ] as const) {
          const waiting = [...faults] as ('commit' | 'before' | 'late')[];
          client.faults.onTransact = ({ then }) =>
            then.some(
              ({ kind, ...operation }) =>
                kind === 'put' && 'value' in operation && operation.value.includes('nonce'),
            )
              ? (waiting.shift() ?? 'none')
              : 'none';
          const { session, fence } = await claim(client, 'a');
          await client.faults.landLate();
          await eventually(() => expectCounts(client.registry, { a: 1 }));
          expect(await stored(client)).toHaveLength(2);
          const updated = valueOf(await client.registry.update(session.id, { state: 'live' }));
          expect(updated.fence).toBe(fence);
          await client.registry.release(session.id);
        }
        await eventually(() => expectCounts(client.registry, {}));
      });

      it('updates and releases once where the outcome was unknown', async () => {
        const client = await join();
        const { session } = await claim(client, 'a');
        let fault: 'commit' | 'none' = 'commit';
        client.faults.onTransact = () => {
          const now = fault;
          fault = 'none';
          return now;
        };
        valueOf(await client.registry.update(session.id, { state: 'live' }));
        expect(valueOf(await client.registry.get(session.id))?.state).toBe('live');
        fault = 'commit';
        valueOf(await client.registry.release(session.id));
        expect(await stored(client)).toEqual([]);
      });

      it('takes back a claim that landed after it was given up', async () => {
        const client = await join({ timings: { claimMs: 300 } });
        client.faults.onTransact = ({ then }) => (then.length === 3 ? 'late' : 'none');
        const session = newSession();
        expect(await client.registry.claim(session, take('a'))).toMatchObject({
          failure: { code: 'registry_outcome_unknown' },
        });
        client.faults.onTransact = () => 'none';
        await client.registry.release(session.id);
        await client.faults.landLate();
        await eventually(async () => expect(await stored(client)).toEqual([]));
        await eventually(() => expectCounts(client.registry, {}));
        // Asking again does no harm.
        valueOf(await client.registry.claim(session, take('b')));
        await eventually(() => expectCounts(client.registry, { b: 1 }));
      });

      it('decides nothing alone while the engine is away, ends nothing, and catches up', async () => {
        const [client, other] = [await join({ timings: { claimMs: 400 } }), await join()];
        const kept = await claim(client, 'a');
        const ended = await claim(client, 'a');
        const statuses: (string | undefined)[] = [];
        client.registry.onStatus(() => void statuses.push(statusOf(client)));
        client.faults.setAvailable(false);
        expect(await client.registry.claim(newSession(), take('a'))).toMatchObject({
          failure: { code: 'registry_unavailable' },
        });
        await eventually(() => expect(statusOf(client)).toBe('stale'));
        expect(client.registry.counts()).toMatchObject({ fresh: false });
        expect(client.registry.counts().byManager.get('a')?.ageMs).toBeGreaterThan(0);
        expectCounts(client.registry, { a: 2 });
        const updating = client.registry.update(kept.session.id, { state: 'live' });
        const releasing = client.registry.release(ended.session.id);
        expect([await updating, await releasing].map(({ ok }) => ok)).toEqual([false, false]);
        expect(client.endings).toEqual([]);
        expect(await client.registry.get(kept.session.id)).toMatchObject({
          failure: { code: 'registry_unavailable' },
        });
        client.faults.setAvailable(true);
        await eventually(() => expect(statusOf(client)).toBe('live'));
        await eventually(() =>
          expect(other.registry.counts().byManager.get('a')).toMatchObject({ active: 1, pending: 0 }),
        );
        await eventually(() => expectCounts(client.registry, { a: 1 }));
        expect(statuses).toEqual(['stale', 'live']);
        valueOf(await client.registry.claim(newSession(), take('a')));
      });

      it('gives up a lost claim without a word where its manager was taken meanwhile', async () => {
        const [client, other] = [await join({ slack: 1 }), await join()];
        await claim(other, 'a');
        await eventually(() => expectCounts(client.registry, { a: 1 }));
        let isFirst = true;
        client.faults.onTransact = ({ then }) => {
          if (then.length !== 3 || !isFirst) return 'none';
          isFirst = false;
          return 'late';
        };
        client.faults.pauseWatches();
        await claim(other, 'a');
        const claiming = client.registry.claim(newSession(), takeFewest(['a'], 3));
        setTimeout(() => client.faults.resumeWatches(), 50);
        expect(valueOf(await claiming)?.managerId).toBe('a');
        await client.faults.landLate();
        await eventually(() => expectCounts(other.registry, { a: 3 }));
      });
    });

    describe('leases', () => {
      it('hold all keys of a process, also after changes, and no others', async () => {
        const [client, other] = [await join(), await join()];
        const { session } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        await claim(client, 'b');
        await claim(other, 'a');
        await eventually(() => expectCounts(other.registry, { a: 2, b: 1 }));
        // It can't put them back.
        client.faults.setAvailable(false);
        await client.faults.expireLeases();
        await eventually(() => expectCounts(other.registry, { a: 1 }));
        expect(await stored(other)).toHaveLength(2);
      });

      it('when lost suspend the process until it has asserted its sessions: same manager, higher fence', async () => {
        const [client, other] = [await join(), await join()];
        const statuses: (string | undefined)[] = [];
        client.registry.onStatus(() => void statuses.push(statusOf(client)));
        const { session, fence } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        await client.faults.expireLeases();
        client.registry.wake();
        await eventually(() => expect(statuses).toEqual(['suspended', 'live']));
        await eventually(() =>
          expect(other.registry.counts().byManager.get('a')).toMatchObject({ active: 1 }),
        );
        const updated = valueOf(await client.registry.update(session.id, { loggedIn: false }));
        expect(updated).toMatchObject({ managerId: 'a' });
        expect(updated.fence).toBeGreaterThan(fence);
        expect(valueOf(await other.registry.get(session.id))).toMatchObject({
          loggedIn: false,
          state: 'live',
        });
      });

      it('when lost do not keep a claim from being made', async () => {
        const client = await join();
        await claim(client, 'a');
        await client.faults.expireLeases();
        await claim(client, 'b');
        await eventually(() => expectCounts(client.registry, { a: 1, b: 1 }));
        expect(await stored(client)).toHaveLength(4);
      });

      it('lost while a session is released leave nothing of it', async () => {
        const [client, other] = [await join(), await join()];
        const claims = await Promise.all(Array.from({ length: 20 }, () => claim(client, 'a')));
        await client.faults.expireLeases();
        client.registry.wake();
        await Promise.all(
          claims.map(async ({ session }, index) => {
            await new Promise((resolve) => setTimeout(resolve, index));
            await client.registry.release(session.id);
          }),
        );
        await eventually(() => expectCounts(other.registry, {}));
        expect(await stored(other)).toEqual([]);
      });

      it('whose end was only suspected go on', async () => {
        const [client, other] = [await join({ leaseSeconds: 3 }), await join()];
        const { session, fence } = await claim(client, 'a');
        // Nothing gets through for the whole time, but the engine's own clock began later.
        const keepAlive = client.faults.keepLeaseAlive;
        client.faults.keepLeaseAlive = async () => ({ ok: false, failure: { code: 'registry_unavailable' } });
        await eventually(() => expect(statusOf(client)).toBe('suspended'), 10_000);
        client.faults.keepLeaseAlive = keepAlive;
        client.registry.wake();
        await eventually(() => expect(statusOf(client)).toBe('live'), 5_000);
        await eventually(() => expectCounts(other.registry, { a: 1 }));
        expect(valueOf(await client.registry.update(session.id, {})).fence).toBeGreaterThanOrEqual(fence);
      }, 20_000);
    });

    describe('what does not belong', () => {
      it('a place that no session holds is given back', async () => {
        const client = await join();
        const { session } = await claim(client, 'a');
        const keys = keysOf(poolId);
        const { owner } = valueOf(await client.registry.get(session.id)) ?? { owner: '' };
        const ghost = randomUUID();
        const put = (key: string, value: string) => ({ kind: 'put' as const, key, value });
        valueOf(
          await client.engine.transact({
            compare: [],
            then: [put(keys.place(owner, ghost), '{"m":"a","s":"l"}'), put(keys.record(owner, ghost), '{}')],
          }),
        );
        await eventually(() => expectCounts(client.registry, { a: 2 }));
        await eventually(() => expectCounts(client.registry, { a: 1 }));
        expect(await stored(client)).toHaveLength(2);
      });

      it('a session that is missing, or was tampered with, is put back', async () => {
        const client = await join();
        const { session } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        const keys = keysOf(poolId);
        const { owner } = valueOf(await client.registry.get(session.id)) ?? { owner: '' };
        const [place, record] = [keys.place(owner, session.id), keys.record(owner, session.id)];
        const tampering = [
          [{ kind: 'delete', key: place } as const],
          [{ kind: 'delete', key: place } as const, { kind: 'delete', key: record } as const],
          [{ kind: 'put', key: place, value: '{"m":"b","s":"l"}' } as const],
          [{ kind: 'put', key: place, value: 'rubbish' } as const],
        ];
        for (const then of tampering) {
          valueOf(await client.engine.transact({ compare: [], then }));
          await eventually(async () => {
            expect(await stored(client)).toHaveLength(2);
            expect(client.registry.counts().byManager.get('a')).toMatchObject({ active: 1, pending: 0 });
            expectCounts(client.registry, { a: 1 });
          });
        }
        await eventually(() => expect(client.registry.health().pools[0]?.strange).toEqual([]));
      });

      it('is told, not counted, and left alone', async () => {
        const client = await join();
        const keys = keysOf(poolId);
        const foreign = [
          `${keys.index}somebody/elses`,
          keys.place('a/b', randomUUID()),
          `${keys.index}n/x`,
          keys.manager('m'),
          `${keys.index}m/%E0%A4`,
          keys.ending('no-session'),
          `${keys.index}\u0007bell`,
        ];
        for (const key of foreign)
          valueOf(
            await client.engine.transact({ compare: [], then: [{ kind: 'put', key, value: '{"v":9}' }] }),
          );
        await eventually(() =>
          expect(client.registry.health().pools[0]?.strange).toHaveLength(foreign.length),
        );
        expect(client.registry.health().pools[0]?.strange.join('')).not.toContain('\u0007');
        expectCounts(client.registry, {});
        expect(client.registry.managers().size).toBe(0);
        // A manager that isn't understood can be used all the same.
        await claim(client, 'm');
        const many = Array.from({ length: 100 }, (_, index) => `${keys.index}garbage/${index}`);
        valueOf(
          await client.engine.transact({
            compare: [],
            then: many.map((key) => ({ kind: 'put', key, value: 'x'.repeat(1000) })),
          }),
        );
        await eventually(() => expect(client.registry.health().pools[0]?.strange).toHaveLength(20));
        valueOf(
          await client.engine.transact({
            compare: [],
            then: [{ kind: 'deletePrefix', prefix: `${keys.index}garbage/` }],
          }),
        );
        await eventually(() =>
          expect(client.registry.health().pools[0]?.strange).toHaveLength(foreign.length),
        );
        expect(valueOf(await client.engine.list(`${keys.index}somebody/`)).entries).toHaveLength(1);
      });

      it('of a newer version is named as that, and does not hide the rest', async () => {
        const client = await join();
        await claim(client, 'a');
        const keys = keysOf(poolId);
        const id = randomUUID();
        const put = (key: string, value: string) => ({ kind: 'put' as const, key, value });
        valueOf(
          await client.engine.transact({
            compare: [],
            then: [
              put(keys.place('new/er', id), '{"m":"a","s":"l","more":true}'),
              put(keys.record('new/er', id), '{"version":2,"id":{}}'),
            ],
          }),
        );
        await eventually(() => expectCounts(client.registry, { a: 2 }));
        expect(await client.registry.get(id)).toMatchObject({ failure: { code: 'registry_newer' } });
        expect(valueOf(await client.registry.list())).toHaveLength(1);
      });
    });

    describe('endings', () => {
      it('reach the process that holds the session, within a second, once', async () => {
        const [client, other] = [await join(), await join()];
        const { session } = await claim(client, 'a');
        const untouched = await claim(client, 'a');
        await other.registry.endSession(session.id, 'root');
        await eventually(
          () =>
            expect(client.endings).toEqual([
              { sessionId: session.id, code: 'session_ended_by_administrator' },
            ]),
          1_000,
        );
        client.faults.breakWatches();
        await client.registry.release(session.id);
        await claim(client, 'a');
        expect(client.endings).toHaveLength(1);
        expect(other.endings).toEqual([]);
        expect(valueOf(await other.registry.get(untouched.session.id))).toBeDefined();
      });

      it('reach all sessions of a user that were there before, in every process, also one that was cut off', async () => {
        const [client, other, cutOff] = [await join(), await join(), await join()];
        const of = (user: string, holder: TestClient) => claim(holder, 'a', { user });
        const [first, second] = [await of('Zoë', client), await of('Zoë', cutOff)];
        await of('bob', client);
        cutOff.faults.setAvailable(false);
        await other.registry.signOutUser('Zoë', 'root');
        const later = await of('Zoë', other);
        const ending = (sessionId: string) => ({ sessionId, code: 'user_signed_out' });
        await eventually(() => expect(client.endings).toEqual([ending(first.session.id)]), 1_000);
        expect(cutOff.endings).toEqual([]);
        await cutOff.faults.expireLeases();
        cutOff.faults.setAvailable(true);
        await eventually(() => expect(cutOff.endings).toEqual([ending(second.session.id)]));
        expect(other.endings).toEqual([]);
        // Signed in again, and out again.
        await client.registry.signOutUser('Zoë', 'root');
        await eventually(() => expect(other.endings).toEqual([ending(later.session.id)]));
      });
    });

    describe('health', () => {
      it('shows who is there, how far behind each is, and what goes on', async () => {
        const member = { endpoint: 'http://127.0.0.1:2379', alarms: [], warnings: [] };
        const client = await join({ members: async () => [member], route: 'hosta' });
        const other = await join({ user: 'desktop' });
        await claim(other, 'a');
        const { session } = await claim(client, 'a');
        await client.registry.update(session.id, { state: 'live' });
        let told = 0;
        const stop = client.registry.onHealth(() => void (told += 1));
        await eventually(() => {
          const pool = client.registry.health().pools[0];
          expect(pool).toMatchObject({
            poolId,
            status: { kind: 'live' },
            takesNewSessions: true,
            members: [member],
            active: 1,
            pending: 1,
            strange: [],
          });
          expect(pool?.claimsPerSecond).toBeGreaterThan(0);
          expect(
            pool?.mirrors.map(({ user, route, sessions, isOwn }) => [user, route, sessions, isOwn]),
          ).toEqual(
            expect.arrayContaining([
              ['tester', 'hosta', 1, true],
              ['desktop', '', 1, false],
            ]),
          );
          for (const { lagMs } of pool?.mirrors ?? []) expect(lagMs).toBeLessThan(1_000);
        });
        await eventually(() => expect(told).toBeGreaterThan(0));
        stop();
        await other.registry.close();
        const asked = client.faults.transactions();
        await new Promise((resolve) => setTimeout(resolve, 700));
        expect(client.faults.transactions()).toBe(asked);
      });
    });

    // With servers that can be killed, the same once more in earnest.
    describe('members', () => {
      it('a killed leader delays claims, loses none, and is replaced', async ({ skip }) => {
        const members = cluster.members ?? skip('this engine has no members');
        const [client, other] = [await join(), await join()];
        const before = await claim(client, 'a');
        const revive = await members.killLeader();
        const claims = await Promise.all(
          Array.from({ length: 20 }, () => client.registry.claim(newSession(), take('a'))),
        );
        const taken = claims.filter(({ ok }) => ok).length;
        await revive();
        await eventually(() => expect(statusOf(client)).toBe('live'), 10_000);
        await eventually(() => expect(statusOf(other)).toBe('live'), 10_000);
        const after = await claim(client, 'a');
        expect(after.fence).toBeGreaterThan(before.fence);
        await eventually(() => expectCounts(other.registry, { a: taken + 2 }), 15_000);
        await eventually(() => expectCounts(client.registry, { a: taken + 2 }));
      }, 60_000);

      it('a paused leader delays calls and changes nothing behind their back', async ({ skip }) => {
        const members = cluster.members ?? skip('this engine has no members');
        const [client, other] = [await join(), await join()];
        const { session } = await claim(client, 'a');
        const resume = await members.pauseLeader();
        const updated = await client.registry.update(session.id, { state: 'live' });
        await resume();
        await eventually(async () => {
          expect(valueOf(await other.registry.get(session.id))?.state).toBe('live');
        }, 15_000);
        await eventually(
          () => expect(other.registry.counts().byManager.get('a')).toMatchObject({ active: 1 }),
          10_000,
        );
        if (updated.ok) expect(updated.value.managerId).toBe('a');
      }, 60_000);

      it('without a majority nothing is claimed, and all is known to be old', async ({ skip }) => {
        const members = cluster.members ?? skip('this engine has no members');
        const [client, other] = [await join({ timings: { claimMs: 2_000 } }), await join()];
        await claim(client, 'a');
        await eventually(() => expectCounts(other.registry, { a: 1 }));
        const restore = await members.stopMajority();
        const claimed = await client.registry.claim(newSession(), take('a'));
        expect(claimed.ok).toBe(false);
        await eventually(() => expect(['stale', 'suspended']).toContain(statusOf(client)), 15_000);
        await eventually(() => expect(other.registry.counts().fresh).toBe(false), 15_000);
        expect(client.endings).toEqual([]);
        await restore();
        await eventually(() => expect(statusOf(client)).toBe('live'), 20_000);
        await eventually(() => expectCounts(other.registry, { a: 1 }), 20_000);
        await claim(client, 'a');
        await eventually(() => expectCounts(other.registry, { a: 2 }), 10_000);
      }, 60_000);
    });
  });
}
