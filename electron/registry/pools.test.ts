import { afterEach, expect, test } from 'vitest';
import type { Pool } from '../../shared/model/pool.ts';
import { systemClock } from './clock.ts';
import { createEmbeddedRegistry } from './embedded.ts';
import { createMemoryEngine } from './memoryEngine.ts';
import { createPooledRegistry, type PooledRegistry } from './pools.ts';
import {
  eventually,
  expectCounts,
  joinPool,
  newSession,
  take,
  type TestClient,
  valueOf,
} from './testClient.ts';

let endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.toReversed()) await end();
  endings = [];
});

const pool = (id: string, change: Partial<Pool> = {}): Pool => ({
  id,
  name: id.toUpperCase(),
  endpoints: [`https://${id}.test:2379`],
  slack: 2,
  leaseSeconds: 10,
  ...change,
});

/** Two clusters in memory, and processes that know both. */
function createClusters() {
  const engines = new Map(
    ['east', 'west'].map((id) => [id, createMemoryEngine({ clock: systemClock, firstRevision: 1 })]),
  );
  endings.push(async () => void (await Promise.all([...engines.values()].map((engine) => engine.close()))));

  async function start(...pools: Pool[]) {
    const clients = new Map<string, TestClient>();
    const registry: PooledRegistry = await createPooledRegistry(pools, {
      async open(wanted) {
        const engine = wanted && engines.get(wanted.id);
        if (!engine) return createEmbeddedRegistry();
        const client = joinPool(engine, wanted.id);
        clients.set(wanted.id, client);
        return client.registry;
      },
      log: { warn: () => undefined },
    });
    endings.push(() => registry.close());
    await eventually(() =>
      expect(registry.health().pools.every(({ status }) => status.kind === 'live')).toBe(true),
    );
    return {
      registry,
      clients,
      cut: (id: string, isCut = true) => clients.get(id)?.faults.setAvailable(!isCut),
    };
  }
  return { start };
}

const poolOf = async (registry: PooledRegistry, sessionId: string) =>
  valueOf(await registry.get(sessionId))?.poolId;
const taking = (registry: PooledRegistry) =>
  registry
    .health()
    .pools.filter(({ takesNewSessions }) => takesNewSessions)
    .map(({ poolId }) => poolId);

test('sessions are claimed in the first pool, and in the one that their group names', async () => {
  const { registry } = await createClusters().start(pool('east'), pool('west'));
  const [plain, named] = [newSession(), newSession()];
  expect(valueOf(await registry.claim(plain, take('a')))).toMatchObject({ poolId: 'east', managerId: 'a' });
  const claim = await registry.claim(named, () => ({ managerId: 'b', sessionLimit: null, poolId: 'west' }));
  expect(valueOf(claim)).toMatchObject({ poolId: 'west', managerId: 'b' });
  await eventually(() => expectCounts(registry, { a: 1, b: 1 }));
  expect(
    valueOf(await registry.list())
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([plain.id, named.id].toSorted());
  valueOf(await registry.release(plain.id));
  valueOf(await registry.release(named.id));
  await eventually(() => expectCounts(registry, {}));
});

test('a group counts in its own pool: the choice there sees that pool and no other', async () => {
  const { registry } = await createClusters().start(pool('east'), pool('west'));
  valueOf(await registry.claim(newSession(), take('a')));
  let seen: number | undefined;
  await registry.claim(newSession(), ({ byManager }) => {
    seen = byManager.size;
    return { managerId: 'b', sessionLimit: null, poolId: 'west' };
  });
  expect(seen).toBe(0);
});

test('where the first pool has lost its majority new sessions go to the next, and running ones go on', async () => {
  const { registry, cut } = await createClusters().start(pool('east'), pool('west'));
  const [before, after] = [newSession(), newSession()];
  valueOf(await registry.claim(before, take('a')));
  cut('east');
  expect(valueOf(await registry.claim(after, take('a')))?.poolId).toBe('west');
  await eventually(() => expect(taking(registry)).toEqual(['west']));
  expect(
    valueOf(
      await registry.claim(newSession(), () => ({ managerId: 'a', sessionLimit: null, poolId: 'east' })),
    )?.poolId,
  ).toBe('west');
  cut('east', false);
  await eventually(() => expect(taking(registry)).toEqual(['east']));
  // Nothing is merged: both are where they were claimed, and are counted once.
  expect([await poolOf(registry, before.id), await poolOf(registry, after.id)]).toEqual(['east', 'west']);
});

test('where no pool answers nothing is claimed, and never by this process alone', async () => {
  const { registry, cut } = await createClusters().start(pool('east'), pool('west'));
  cut('east');
  cut('west');
  expect(await registry.claim(newSession(), take('a'))).toMatchObject({
    failure: { code: 'registry_unavailable' },
  });
});

test('a session that is placed anew leaves the pool where it was', async () => {
  const { registry, clients } = await createClusters().start(pool('east'), pool('west'));
  const session = newSession();
  valueOf(await registry.claim(session, take('a')));
  valueOf(await registry.claim(session, () => ({ managerId: 'b', sessionLimit: null, poolId: 'west' })));
  expect(await poolOf(registry, session.id)).toBe('west');
  await eventually(() => expect(clients.get('east')?.registry.counts().byManager.size).toBe(0));
});

test('pools can be changed while sessions run: each is counted in the new one, on the manager where it runs', async () => {
  const clusters = createClusters();
  const [one, other] = [await clusters.start(), await clusters.start(pool('west'))];
  const session = newSession();
  valueOf(await one.registry.claim(session, take('a')));
  valueOf(await one.registry.update(session.id, { state: 'live', placement: ['because'] }));
  expect(one.registry.health().kind).toBe('embedded');
  await one.registry.reconfigure([pool('west')]);
  expect(one.registry.health().kind).toBe('etcd');
  await eventually(() => expectCounts(other.registry, { a: 1 }));
  expect(valueOf(await other.registry.get(session.id))).toMatchObject({
    state: 'live',
    placement: ['because'],
  });
  await one.registry.reconfigure([pool('west', { name: 'Renamed' }), pool('east')]);
  await eventually(() => expectCounts(other.registry, { a: 1 }));
  valueOf(await one.registry.release(session.id));
  await eventually(() => expectCounts(other.registry, {}));
});

test('an administrator at one process ends a session of another, in whichever pool it is', async () => {
  const clusters = createClusters();
  const [one, other] = [
    await clusters.start(pool('east'), pool('west')),
    await clusters.start(pool('east'), pool('west')),
  ];
  const session = newSession({ user: 'bob' });
  const heard: string[] = [];
  one.registry.onEnding(({ sessionId, code }) => void heard.push(`${sessionId} ${code}`));
  valueOf(await one.registry.claim(session, () => ({ managerId: 'a', sessionLimit: null, poolId: 'west' })));
  valueOf(await other.registry.endSession(session.id, 'anna'));
  await eventually(() => expect(heard).toEqual([`${session.id} session_ended_by_administrator`]));
  const second = newSession({ user: 'bob' });
  valueOf(await one.registry.claim(second, take('a')));
  valueOf(await other.registry.signOutUser('bob', 'anna'));
  await eventually(() => expect(heard).toContain(`${second.id} user_signed_out`));
});

test('members are asked only while somebody looks, also in pools that came later', async () => {
  const { registry } = await createClusters().start(pool('east'));
  let told = 0;
  const stop = registry.onHealth(() => void (told += 1));
  await registry.reconfigure([pool('west')]);
  valueOf(await registry.claim(newSession(), take('a')));
  await eventually(() => expect(told).toBeGreaterThan(0));
  stop();
  const before = told;
  valueOf(await registry.claim(newSession(), take('a')));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(told).toBe(before);
});
