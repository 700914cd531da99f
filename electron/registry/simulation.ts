import { randomUUID } from 'node:crypto';
import type { Choice, RegistryCounts, NewSession, Registry } from '../broker/ports.ts';
import type { Engine, Transaction } from './engine.ts';
import { createMemoryEngine } from './memoryEngine.ts';
import { createRegistry } from './registry.ts';
import { createVirtualClock, type VirtualClock } from './virtualClock.ts';

/** The size of a pool that doesn't exist. */
export interface SimulatedPool {
  readonly gateways: number;
  readonly managers: number;
  readonly sessions: number;
  readonly slack: number;
  /** While it fills, over all gateways. */
  readonly claimsPerSecond: number;
  /** Opened at once by everybody when it is full. */
  readonly storm: number;
  /** What the engine's leader can do; three members of etcd on the machine of engine.md: about 5,300. */
  readonly transactionsPerSecond: number;
  /** Between a gateway and the engine. */
  readonly oneWayMs: number;
}

/** `…Ms` is virtual time, as the people of such a pool would see it; `…CpuMs` is real time on this machine. */
export interface SimulationReport {
  readonly claimP50Ms: number;
  readonly claimP99Ms: number;
  readonly transactionsPerClaim: number;
  /** Sessions on the fullest manager less those on the emptiest, when all are open. */
  readonly spread: number;
  readonly stormMs: number;
  readonly stormSpread: number;
  readonly stormTransactionsPerClaim: number;
  /** Events that each mirror takes in per claim that becomes live. */
  readonly eventsPerSession: number;
  /** Work of one mirror for one event, with all that it takes to simulate it. */
  readonly eventCpuMicroseconds: number;
  readonly countsCpuMicroseconds: number;
  readonly newcomerCpuMs: number;
  readonly mirrorBytesPerSession: number;
  /** From a gateway's death to counts without its sessions, in the slowest mirror. */
  readonly deathMs: number;
  readonly deathCpuMs: number;
  /** A gateway that lost its lease has all of its sessions counted again. */
  readonly reassertMs: number;
}

interface Gateway {
  readonly registry: Registry;
  readonly sessionIds: string[];
  readonly traffic: Traffic;
}

interface Traffic {
  transactions: number;
  events: number;
  leaseIds: string[];
  isDead: boolean;
}

const leaseSeconds = 30;

/** Runs the registry itself, all of its gateways in this process, over the memory engine and on a clock of its own. */
export async function simulatePool(
  size: SimulatedPool,
  report: (line: string) => void = () => undefined,
): Promise<SimulationReport> {
  const clock = createVirtualClock();
  const random = seededRandom(7);
  const defer = (callback: () => void) => void clock.after(size.oneWayMs, callback);
  const engine = createMemoryEngine({ clock, defer });
  const server = { freeAt: 0 };
  const managerIds = Array.from({ length: size.managers }, (_, index) => `manager-${index}`);
  const choose = chooseFewest(managerIds, random);

  const join = (): Gateway => {
    const traffic: Traffic = { transactions: 0, events: 0, leaseIds: [], isDead: false };
    const registry = createRegistry({
      kind: 'etcd',
      engine: connect(engine, clock, server, size.transactionsPerSecond, traffic),
      pool: { id: 'simulated', name: 'Simulated', slack: size.slack, leaseSeconds },
      user: 'gateway',
      route: 'a',
      seal: async () => undefined,
      members: async () => [],
      clock,
      wallNow: () => clock.now(),
      random,
      log: { warn: () => undefined },
    });
    return { registry, sessionIds: [], traffic };
  };
  const gateways = Array.from({ length: size.gateways }, join);
  const [first] = gateways;
  if (!first) throw new Error('a pool needs a gateway');
  await clock.run(1_000);
  await clock.until(
    first.registry.defineManagers(
      managerIds.map((id) => ({ id, intent: 'enabled', weight: 1, sessionLimit: null })),
    ),
  );
  await clock.run(1_000);
  const sumOf = (pick: (traffic: Traffic) => number) =>
    gateways.reduce((sum, { traffic }) => sum + pick(traffic), 0);
  const transactions = () => sumOf((traffic) => traffic.transactions);
  const events = () => sumOf((traffic) => traffic.events);

  async function open(gateway: Gateway): Promise<number> {
    const session = newSession();
    const startedAt = clock.now();
    const claimed = await gateway.registry.claim(session, choose);
    if (!claimed.ok) throw new Error(`a claim failed: ${claimed.failure.code}`);
    gateway.sessionIds.push(session.id);
    return clock.now() - startedAt;
  }

  // Filling it up.
  const waits: number[] = [];
  const running = new Set<Promise<void>>();
  const before = { transactions: transactions(), events: events(), cpu: performance.now() };
  for (let opened = 0; opened < size.sessions; opened += 1) {
    const gateway = gateways[opened % gateways.length] ?? first;
    const opening = open(gateway).then((waitedMs) => {
      waits.push(waitedMs);
      running.delete(opening);
    });
    running.add(opening);
    await clock.run((-Math.log(1 - random()) * 1_000) / size.claimsPerSecond);
    if (opened % 10_000 === 9_999) report(`${opened + 1} sessions are claimed`);
  }
  await clock.until(Promise.all(running));
  const filled = { transactions: transactions(), events: events() };
  report('all become live');
  for (let index = 0; index < size.sessions; index += 500) {
    const batch = gateways.flatMap(({ registry, sessionIds }) =>
      sessionIds
        .slice(index / gateways.length, (index + 500) / gateways.length)
        .map((id) => registry.update(id, { state: 'live', liveAt: 0 })),
    );
    await clock.until(Promise.all(batch));
  }
  await clock.run(3_000);
  const live = { events: events(), cpu: performance.now() };
  const spread = spreadOf(first.registry, managerIds);

  // Everybody at once.
  report(`${size.storm} more at once`);
  const stormBefore = { at: clock.now(), transactions: transactions() };
  const storm = Array.from({ length: size.storm }, (_, index) =>
    open(gateways[index % gateways.length] ?? first),
  );
  await clock.until(Promise.all(storm));
  const stormAfter = { at: clock.now(), transactions: transactions() };
  await clock.run(1_000);
  const stormSpread = spreadOf(first.registry, managerIds);

  const countsCpu = measureCpu(() => {
    for (let index = 0; index < 1_000; index += 1) first.registry.counts();
  });

  // Somebody comes, and goes.
  report('a newcomer');
  const heapBefore = heapBytes();
  const newcomerStarted = performance.now();
  const newcomer = join();
  await clock.until(untilTrue(clock, () => newcomer.registry.health().pools[0]?.status.kind === 'live'));
  const newcomerCpuMs = performance.now() - newcomerStarted;
  const mirrorBytes = heapBytes() - heapBefore;
  const all = sumCounts(first.registry);
  if (sumCounts(newcomer.registry) !== all) throw new Error('the newcomer counts otherwise');
  await clock.until(newcomer.registry.close());

  report('a gateway dies');
  const last = gateways.at(-1) ?? first;
  last.traffic.isDead = true;
  const diedAt = clock.now();
  const deathStarted = performance.now();
  const others = gateways.filter((gateway) => gateway !== last);
  const left = all - last.sessionIds.length;
  if (others.length > 0)
    await clock.until(untilTrue(clock, () => others.every(({ registry }) => sumCounts(registry) === left)));
  const deathMs = clock.now() - diedAt;
  const deathCpuMs = performance.now() - deathStarted;

  report('it comes back');
  last.traffic.isDead = false;
  last.registry.wake();
  const backAt = clock.now();
  await clock.until(untilTrue(clock, () => gateways.every(({ registry }) => sumCounts(registry) === all)));
  const reassertMs = clock.now() - backAt;

  await clock.until(Promise.all(gateways.map(({ registry }) => registry.close())));
  await engine.close();
  const sorted = waits.toSorted((left_, right) => left_ - right);
  const allEvents = live.events - before.events;
  return {
    claimP50Ms: sorted[Math.floor(sorted.length / 2)] ?? 0,
    claimP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    transactionsPerClaim: (filled.transactions - before.transactions) / size.sessions,
    spread,
    stormMs: stormAfter.at - stormBefore.at,
    stormSpread,
    stormTransactionsPerClaim: (stormAfter.transactions - stormBefore.transactions) / size.storm,
    eventsPerSession: allEvents / size.gateways / size.sessions,
    eventCpuMicroseconds: ((live.cpu - before.cpu) * 1_000) / allEvents,
    countsCpuMicroseconds: countsCpu,
    newcomerCpuMs,
    mirrorBytesPerSession: mirrorBytes / all,
    deathMs,
    deathCpuMs,
    reassertMs,
  };
}

/** A connection through which the engine's leader can be overrun, and cut. */
function connect(
  engine: Engine,
  clock: VirtualClock,
  server: { freeAt: number },
  transactionsPerSecond: number,
  traffic: Traffic,
): Engine {
  const inLine = async () => {
    const startsAt = Math.max(clock.now(), server.freeAt);
    server.freeAt = startsAt + 1_000 / transactionsPerSecond;
    if (startsAt > clock.now())
      await new Promise<void>((resolve) => void clock.after(startsAt - clock.now(), resolve));
  };
  const away = { ok: false, failure: { code: 'registry_unavailable' } } as const;
  return {
    ...engine,
    async transact(transaction: Transaction) {
      traffic.transactions += 1;
      if (traffic.isDead) return away;
      await inLine();
      return engine.transact(transaction);
    },
    keepLeaseAlive: async (leaseId) => (traffic.isDead ? away : engine.keepLeaseAlive(leaseId)),
    grantLease: async (ttlSeconds) => (traffic.isDead ? away : engine.grantLease(ttlSeconds)),
    watch: (prefix, fromRevision, listener) =>
      engine.watch(prefix, fromRevision, {
        onEvents(events, revision) {
          traffic.events += events.length;
          listener.onEvents(events, revision);
        },
        onEnd: (reason) => listener.onEnd(reason),
      }),
  };
}

function newSession(): NewSession {
  return {
    id: randomUUID(),
    user: 'somebody@corp.example',
    roles: [],
    rights: [],
    hostId: '7d1f0b1e-9a55-4a6f-8f53-0a6c1c9a2f10',
    hostName: 'A host of theirs',
    address: 'host.corp.example',
    vaultId: 'c0a9bb62-4f6e-4a0f-a1d4-0d5c7f3f7a11',
    protocol: 'rdp',
    openedAt: 1_800_000_000_000,
  };
}

/** As the broker chooses among equals. */
const chooseFewest =
  (managerIds: readonly string[], random: () => number) =>
  ({ byManager }: RegistryCounts): Choice | undefined => {
    const loadOf = (id: string) => {
      const { active = 0, pending = 0 } = byManager.get(id) ?? {};
      return active + pending;
    };
    const loads = managerIds.map(loadOf);
    const fewest = Math.min(...loads);
    const good = managerIds.filter((_, index) => loads[index] === fewest);
    const managerId = good[Math.floor(random() * good.length)];
    return managerId === undefined ? undefined : { managerId, sessionLimit: null };
  };

function spreadOf(registry: Registry, managerIds: readonly string[]): number {
  const { byManager } = registry.counts();
  const loads = managerIds.map((id) => {
    const { active = 0, pending = 0 } = byManager.get(id) ?? {};
    return active + pending;
  });
  return Math.max(...loads) - Math.min(...loads);
}

function sumCounts(registry: Registry): number {
  let sum = 0;
  for (const { active, pending } of registry.counts().byManager.values()) sum += active + pending;
  return sum;
}

/** Looks every 10 ms. */
async function untilTrue(clock: VirtualClock, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => void clock.after(10, resolve));
}

/** Microseconds per run of a thousand. */
function measureCpu(act: () => void): number {
  const startedAt = performance.now();
  act();
  return performance.now() - startedAt;
}

/** After a collection where this process may ask for one (`node --expose-gc`). */
function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** A linear congruential generator (Numerical Recipes), so that a run can be repeated. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
