import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claim } from '../broker/ports.ts';
import type { Result } from '../../shared/contract/failure.ts';
import type { TransactionFault } from './faultyEngine.ts';
import { keysOf } from './keys.ts';
import { createMemoryEngine } from './memoryEngine.ts';
import { countOn, joinPool, newSession, takeFewest, valueOf } from './testClient.ts';
import { createVirtualClock } from './virtualClock.ts';

const clientCount = 3;
const threeManagers = ['a', 'b', 'c'];
const limit = 4;
const poolId = 'model';

type Step =
  | { readonly kind: 'claim' | 'update' | 'release'; readonly client: number; readonly session: number }
  | { readonly kind: 'fault'; readonly client: number; readonly fault: TransactionFault }
  | {
      readonly kind: 'expire' | 'break' | 'pause' | 'resume' | 'leave' | 'return' | 'land';
      readonly client: number;
    }
  | { readonly kind: 'compact' }
  | { readonly kind: 'wait'; readonly ms: number };

const client = fc.nat(clientCount - 1);
const session = fc.nat(5);
const work = fc.record({
  kind: fc.constantFrom('claim', 'claim', 'claim', 'update', 'release'),
  client,
  session,
});
const trouble = fc.oneof(
  fc.record({ kind: fc.constant('fault'), client, fault: fc.constantFrom('before', 'commit', 'late') }),
  fc.record({ kind: fc.constantFrom('break', 'pause', 'resume', 'leave', 'return', 'land'), client }),
  fc.record({ kind: fc.constant('compact') }),
);
const wait = fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(0, 1, 5, 50, 1_000, 12_000) });
const loss = fc.record({ kind: fc.constant('expire'), client });
const someSteps = (...kinds: fc.Arbitrary<unknown>[]) =>
  fc.array(fc.oneof(...kinds) as fc.Arbitrary<Step>, { minLength: 10, maxLength: 60, size: 'max' });

/** Does all steps at once or one after the other, as they come, then heals everything and looks at what is left. */
async function play(steps: readonly Step[], managerIds: readonly string[], seed: number) {
  const clock = createVirtualClock();
  const random = seededRandom(seed);
  const engine = createMemoryEngine({
    clock,
    defer: (callback) => void clock.after(random() < 0.5 ? 0 : 3 * random(), callback),
    lateness: random,
  });
  const clients = Array.from({ length: clientCount }, () =>
    joinPool(engine, poolId, { clock, random, wallNow: () => clock.now(), slack: 3, leaseSeconds: 10 }),
  );
  const keys = keysOf(poolId);
  const most = new Map<string, number>();
  const there = new Map<string, string>();
  engine.watch(`${keys.index}n/`, 1, {
    onEvents(events) {
      for (const event of events) {
        if (event.kind === 'deleted') there.delete(event.key);
        else there.set(event.entry.key, (JSON.parse(event.entry.value) as { m: string }).m);
        for (const id of managerIds) {
          const count = [...there.values()].filter((managerId) => managerId === id).length;
          most.set(id, Math.max(most.get(id) ?? 0, count));
        }
      }
    },
    onEnd: () => expect.unreachable('the watch ended'),
  });
  await clock.run(100);

  /** What its caller knows of each session, and by `client/session` the one that it deals with now. */
  const all: { readonly id: string; managerId: string | undefined; live: boolean; released: boolean }[] = [];
  const current = new Map<string, (typeof all)[number]>();
  const running: Promise<unknown>[] = [];
  let highestFence = 0;
  const noteClaim = (claimed: Result<Claim | undefined>, fenceBefore: number) => {
    if (!claimed.ok || !claimed.value) return;
    expect(claimed.value.fence).toBeGreaterThan(fenceBefore);
    highestFence = Math.max(highestFence, claimed.value.fence);
  };

  for (const step of steps) {
    if (step.kind === 'wait') {
      await clock.run(step.ms);
      continue;
    }
    if (step.kind === 'compact') {
      engine.compact();
      continue;
    }
    const one = clients[step.client];
    if (!one) continue;
    const { registry, faults } = one;
    if ('session' in step) {
      const name = `${step.client}/${step.session}`;
      let state = current.get(name);
      if (step.kind === 'claim') {
        if (!state) {
          state = { id: newSession().id, managerId: undefined, live: false, released: false };
          all.push(state);
          current.set(name, state);
        }
        const claimed = state;
        const fenceBefore = highestFence;
        running.push(
          registry.claim(newSession({ id: state.id }), takeFewest(managerIds, limit)).then((result) => {
            noteClaim(result, fenceBefore);
            if (!result.ok) return;
            claimed.managerId = result.value?.managerId;
            claimed.live = false;
          }),
        );
      } else if (state && step.kind === 'update') {
        const updated = state;
        running.push(
          registry.update(state.id, { state: 'live' }).then((result) => {
            if (result.ok) updated.live = true;
          }),
        );
      } else if (state) {
        state.released = true;
        current.delete(name);
        running.push(registry.release(state.id));
      }
      continue;
    }
    if (step.kind === 'fault') {
      const waiting = [step.fault];
      faults.onTransact = () => waiting.shift() ?? 'none';
    }
    if (step.kind === 'expire') running.push(faults.expireLeases());
    if (step.kind === 'break') faults.breakWatches();
    if (step.kind === 'pause') faults.pauseWatches();
    if (step.kind === 'resume') faults.resumeWatches();
    if (step.kind === 'leave') faults.setAvailable(false);
    if (step.kind === 'return') faults.setAvailable(true);
    if (step.kind === 'land') running.push(faults.landLate());
  }

  for (const { faults } of clients) {
    faults.setAvailable(true);
    faults.resumeWatches();
    running.push(faults.landLate());
  }
  await clock.until(Promise.all(running));
  await clock.run(60_000);
  const places = valueOf(await clock.until(engine.list(`${keys.index}n/`))).entries;
  const records = valueOf(await clock.until(engine.list(keys.records))).entries;
  const idOf = ({ key }: { key: string }) => key.slice(key.lastIndexOf('/') + 1);
  const held = all.filter(({ managerId, released }) => managerId !== undefined && !released);
  const result = {
    expected: Object.fromEntries(held.map(({ id, managerId }) => [id, managerId])),
    stored: Object.fromEntries(
      records.map((entry) => [idOf(entry), (JSON.parse(entry.value) as { managerId: string }).managerId]),
    ),
    places: places.map(idOf).toSorted(),
    records: records.map(idOf).toSorted(),
    live: held.filter(({ live }) => live).map(({ id }) => id),
    storedLive: records.filter(({ value }) => value.includes('"state":"live"')).map(idOf),
    counts: clients.map(({ registry }) =>
      Object.fromEntries(managerIds.map((id) => [id, countOn(registry.counts().byManager, id)])),
    ),
    statuses: clients.map(({ registry }) => registry.health().pools[0]?.status.kind),
    most: Math.max(0, ...most.values()),
  };
  await clock.until(Promise.all(clients.map(({ registry }) => registry.close())));
  await engine.close();
  return result;
}

function expectConsistent(result: Awaited<ReturnType<typeof play>>): void {
  expect(result.stored).toEqual(result.expected);
  expect(result.places).toEqual(result.records);
  expect(new Set(result.places).size).toBe(result.places.length);
  expect(result.storedLive).toEqual(expect.arrayContaining(result.live));
  const managers = Object.values(result.expected);
  const counts = Object.fromEntries(
    threeManagers.map((id) => [id, managers.filter((managerId) => managerId === id).length]),
  );
  expect(result.counts).toEqual(clientList(counts));
  expect(result.statuses).toEqual(clientList('live'));
}

const clientList = <T>(value: T): T[] => Array.from({ length: clientCount }, () => value);

function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('whatever several processes do and suffer', () => {
  const options = { numRuns: Number(process.env['MODEL_RUNS'] ?? 60) };

  it('what is stored is in the end what each wants of its sessions, and all count the same', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps(work, work, trouble, loss, wait), fc.nat(), async (steps, seed) => {
        expectConsistent(await play(steps, threeManagers, seed));
      }),
      options,
    );
  }, 60_000);

  it('nobody goes over a limit', async () => {
    await fc.assert(
      fc.asyncProperty(someSteps(work, work, trouble, wait), fc.nat(), async (steps, seed) => {
        const { most } = await play(
          steps.filter(({ kind }) => kind !== 'leave'),
          ['a'],
          seed,
        );
        expect(most).toBeLessThanOrEqual(limit);
      }),
      options,
    );
  }, 60_000);
});
