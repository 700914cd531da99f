import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import { embeddedPoolId } from './embedded.ts';
import type { Pool } from '../../shared/model/pool.ts';
import type { RegistryHealth } from '../../shared/model/registryHealth.ts';
import type { SessionCounts } from '../../shared/model/placement.ts';
import type {
  Choice,
  Claim,
  ManagerDefinition,
  NewSession,
  Registry,
  RegistryCounts,
  RegistryEvent,
  SessionChange,
  SessionEnding,
  Unsubscribe,
} from '../broker/ports.ts';

/** A registry over several pools, which may be changed while sessions run. */
export interface PooledRegistry extends Registry {
  /**
   * Takes these pools from now on. Own sessions of a pool that went or changed are claimed anew, each on the manager where it
   * runs; until then they go on uncounted.
   */
  reconfigure(pools: readonly Pool[]): Promise<void>;
}

export interface PoolsPorts {
  /** The registry of one pool; of this machine alone where no pool is given. */
  readonly open: (pool: Pool | undefined) => Promise<Registry>;
  readonly log: { warn(fields: object, message: string): void };
}

/** An own session, and everything that it would take to claim it elsewhere. */
interface Held {
  readonly session: NewSession;
  readonly managerId: string;
  readonly poolId: string;
  readonly change: SessionChange;
}

interface OpenPool {
  readonly id: string;
  /** As it was configured, so that a change is seen. */
  readonly text: string;
  readonly registry: Registry;
  readonly stop: () => void;
}

/** Where another pool may do better: this one can't be asked, or answers nobody. */
const isAway = ({ code }: Failure): boolean =>
  code.startsWith('registry_') && code !== 'registry_exists' && code !== 'registry_conflict';

/**
 * Several logically separate registries, in their order, behind the port of one. A session is claimed in the pool that its group
 * names, or in the first; where that has lost its majority, in the next. Nothing moves back by itself: sessions stay where
 * they were claimed, and counts of different pools are only added up to be shown.
 */
export async function createPooledRegistry(
  pools: readonly Pool[],
  ports: PoolsPorts,
): Promise<PooledRegistry> {
  const held = new Map<string, Held>();
  const eventListeners = new Set<(event: RegistryEvent) => void>();
  const managerListeners = new Set<() => void>();
  const endingListeners = new Set<(ending: SessionEnding) => void>();
  const healthListeners = new Set<() => void>();
  const statusListeners = new Set<() => void>();
  let configuring: Promise<void> = Promise.resolve();
  let opened = await openAll(pools, []);

  async function openAll(wanted: readonly Pool[], known: readonly OpenPool[]): Promise<readonly OpenPool[]> {
    const definitions = wanted.length > 0 ? wanted : [undefined];
    return Promise.all(
      definitions.map(async (pool) => {
        const text = JSON.stringify(pool ?? null);
        return known.find((each) => each.text === text) ?? openPool(pool, text);
      }),
    );
  }

  async function openPool(pool: Pool | undefined, text: string): Promise<OpenPool> {
    const registry = await ports.open(pool);
    const stops = [
      registry.onManagers(() => tell(managerListeners)),
      registry.onEnding((ending) => tell(endingListeners, ending)),
      registry.onStatus(() => tell(statusListeners)),
    ];
    return {
      id: pool?.id ?? embeddedPoolId,
      text,
      registry,
      stop: () => stops.forEach((stop) => stop()),
    };
  }

  /** What costs something is asked of the registries only while somebody listens. Called whenever listeners or pools change. */
  function followWhileHeard(isHeard: () => boolean, follow: (registry: Registry) => Unsubscribe): () => void {
    const stops = new Map<OpenPool, Unsubscribe>();
    return () => {
      const heard = isHeard() ? opened : [];
      for (const [pool, stop] of stops) {
        if (heard.includes(pool)) continue;
        stop();
        stops.delete(pool);
      }
      for (const pool of heard) if (!stops.has(pool)) stops.set(pool, follow(pool.registry));
    };
  }
  const followHealth = followWhileHeard(
    () => healthListeners.size > 0,
    (registry) => registry.onHealth(() => tell(healthListeners)),
  );
  const followEvents = followWhileHeard(
    () => eventListeners.size > 0,
    (registry) => registry.watch((event) => tell(eventListeners, event)),
  );
  const registryOf = (sessionId: string): Registry | undefined => {
    const poolId = held.get(sessionId)?.poolId;
    return opened.find(({ id }) => id === poolId)?.registry;
  };
  const isTaking = ({ registry }: OpenPool) => registry.health().pools[0]?.status.kind === 'live';

  /** Those that answer first, in their order; the others after them, in case one has just come back. */
  const inOrder = (first?: OpenPool): readonly OpenPool[] => {
    const others = opened.filter((pool) => pool !== first);
    const ordered = [...others.filter(isTaking), ...others.filter((pool) => !isTaking(pool))];
    return first ? [first, ...ordered] : ordered;
  };

  /** Claims in `pool`; a group that names another pool, which answers, sends the claim there. */
  async function claimIn(
    pool: OpenPool,
    session: NewSession,
    choose: (view: RegistryCounts) => Choice | undefined,
    mayRedirect: boolean,
  ): Promise<Result<Claim | undefined> | { readonly elsewhere: OpenPool }> {
    let elsewhere: OpenPool | undefined;
    const claimed = await pool.registry.claim(session, (view) => {
      const choice = choose(view);
      const named = opened.find(({ id }) => id === choice?.poolId);
      elsewhere = mayRedirect && named && named !== pool && isTaking(named) ? named : undefined;
      return elsewhere ? undefined : choice;
    });
    return elsewhere ? { elsewhere } : claimed;
  }

  async function claim(
    session: NewSession,
    choose: (view: RegistryCounts) => Choice | undefined,
  ): Promise<Result<Claim | undefined>> {
    await configuring;
    const before = held.get(session.id);
    const tried = new Set<OpenPool>();
    let waiting = inOrder();
    let mayRedirect = true;
    let last: Result<Claim | undefined> = fail('registry_unavailable');
    while (waiting.length > 0) {
      const [pool, ...rest] = waiting;
      if (!pool) break;
      waiting = rest;
      if (tried.has(pool)) continue;
      const claimed = await claimIn(pool, session, choose, mayRedirect);
      if ('elsewhere' in claimed) {
        mayRedirect = false;
        waiting = [claimed.elsewhere, ...inOrder(pool)];
        continue;
      }
      tried.add(pool);
      last = claimed;
      if (claimed.ok) {
        if (before && before.poolId !== pool.id) await releaseIn(before.poolId, session.id);
        if (claimed.value)
          held.set(session.id, { session, managerId: claimed.value.managerId, poolId: pool.id, change: {} });
        else held.delete(session.id);
        return claimed;
      }
      if (!isAway(claimed.failure)) return claimed;
      ports.log.warn(
        { pool: pool.id, failure: claimed.failure },
        'A pool of the session registry takes no session',
      );
    }
    return last;
  }

  const releaseIn = async (poolId: string, sessionId: string): Promise<Result<void>> =>
    (await opened.find(({ id }) => id === poolId)?.registry.release(sessionId)) ?? succeed(undefined);

  /** Takes a running session into the pools as they are now; its manager isn't chosen again. */
  async function adopt({ session, managerId, change }: Held): Promise<void> {
    for (const pool of inOrder()) {
      const claimed = await pool.registry.claim(session, () => ({ managerId, sessionLimit: null }));
      if (!claimed.ok || !claimed.value) continue;
      // It may have ended meanwhile.
      if (!held.has(session.id)) return void (await pool.registry.release(session.id));
      held.set(session.id, { session, managerId, poolId: pool.id, change });
      await pool.registry.update(session.id, change);
      return;
    }
    ports.log.warn({ session: session.id }, 'A session is in no pool of the session registry');
  }

  async function reconfigureTo(wanted: readonly Pool[]): Promise<void> {
    const before = opened;
    const kept = before.filter(({ text }) =>
      (wanted.length > 0 ? wanted : [null]).some((pool) => JSON.stringify(pool) === text),
    );
    const gone = before.filter((pool) => !kept.includes(pool));
    for (const { stop } of gone) stop();
    // The old places are given back first: in the same cluster they would count twice.
    await Promise.all(gone.map(({ registry }) => registry.close()));
    opened = await openAll(wanted, kept);
    followHealth();
    followEvents();
    tell(eventListeners, { kind: 'resync' });
    const homeless = [...held.values()].filter(({ poolId }) => gone.some(({ id }) => id === poolId));
    await Promise.all(homeless.map(adopt));
    tell(managerListeners);
    tell(statusListeners);
  }

  async function askAll(ask: (registry: Registry) => Promise<Result<void>>): Promise<Result<void>> {
    const answers = await Promise.all(opened.map(({ registry }) => ask(registry)));
    return answers.find(({ ok }) => !ok) ?? succeed(undefined);
  }

  return {
    claim,

    async update(sessionId, change, ifRevision) {
      const own = held.get(sessionId);
      const registry = registryOf(sessionId);
      if (!own || !registry) return fail('registry_gone');
      held.set(sessionId, { ...own, change: { ...own.change, ...change } });
      return registry.update(sessionId, change, ifRevision);
    },

    async release(sessionId) {
      const own = held.get(sessionId);
      held.delete(sessionId);
      return own ? releaseIn(own.poolId, sessionId) : succeed(undefined);
    },

    async get(sessionId) {
      const answers = await Promise.all(opened.map(({ registry }) => registry.get(sessionId)));
      const found = answers.find((answer) => answer.ok && answer.value !== undefined);
      return found ?? answers.find(({ ok }) => !ok) ?? succeed(undefined);
    },

    async list() {
      // One that is away isn't waited for: what it holds isn't known, what the others hold is.
      const asked = opened.some(isTaking) ? opened.filter(isTaking) : opened;
      const answers = await Promise.all(asked.map(({ registry }) => registry.list()));
      const lists = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
      if (lists.length > 0) return succeed(lists.flat());
      return answers[0] ?? succeed([]);
    },

    counts: () => addUp(opened.map(({ registry }) => registry.counts())),

    async countsAtLeast(poolId, revision) {
      const pool = opened.find(({ id }) => id === poolId);
      return pool ? pool.registry.countsAtLeast(poolId, revision) : fail('registry_gone');
    },

    watch: (listener) => subscribeAnd(followEvents, eventListeners, listener),
    defineManagers: (managers) => askAll((registry) => registry.defineManagers(managers)),

    managers() {
      const defined = new Map<string, ManagerDefinition>();
      for (const { registry } of opened.toReversed())
        for (const [id, manager] of registry.managers()) defined.set(id, manager);
      return defined;
    },

    onManagers: (listener) => subscribe(managerListeners, listener),
    endSession: (sessionId, who) => askAll((registry) => registry.endSession(sessionId, who)),
    signOutUser: (user, who) => askAll((registry) => registry.signOutUser(user, who)),
    onEnding: (listener) => subscribe(endingListeners, listener),
    wake: () => opened.forEach(({ registry }) => registry.wake()),

    health(): RegistryHealth {
      const healths = opened.map(({ registry }) => registry.health());
      const first = opened.findIndex(isTaking);
      return {
        kind: healths[0]?.kind ?? 'embedded',
        pools: healths.flatMap(({ pools: [pool] }, index) =>
          pool ? [{ ...pool, takesNewSessions: index === first }] : [],
        ),
      };
    },

    onHealth: (listener) => subscribeAnd(followHealth, healthListeners, listener),
    onStatus: (listener) => subscribe(statusListeners, listener),

    reconfigure(wanted) {
      configuring = configuring.then(() => reconfigureTo(wanted));
      return configuring;
    },

    async close() {
      await configuring;
      await Promise.all(
        opened.map(({ stop, registry }) => {
          stop();
          return registry.close();
        }),
      );
    },
  };
}

function tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void;
function tell(listeners: ReadonlySet<() => void>): void;
function tell(listeners: ReadonlySet<(value?: unknown) => void>, value?: unknown): void {
  for (const listener of listeners) listener(value);
}

function subscribe<T extends (...values: never[]) => void>(listeners: Set<T>, listener: T): Unsubscribe {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function subscribeAnd<T extends (...values: never[]) => void>(
  follow: () => void,
  listeners: Set<T>,
  listener: T,
): Unsubscribe {
  const stop = subscribe(listeners, listener);
  follow();
  return () => {
    stop();
    follow();
  };
}

function addUp(all: readonly RegistryCounts[]): RegistryCounts {
  const [only] = all;
  if (only && all.length === 1) return only;
  const byManager = new Map<string, SessionCounts>();
  for (const { byManager: counts } of all) {
    for (const [managerId, count] of counts) {
      const sum = byManager.get(managerId);
      byManager.set(managerId, {
        ...count,
        active: count.active + (sum?.active ?? 0),
        pending: count.pending + (sum?.pending ?? 0),
        ageMs: Math.max(count.ageMs, sum?.ageMs ?? 0),
      });
    }
  }
  return {
    byManager,
    revision: Math.max(...all.map(({ revision }) => revision)),
    fresh: all.every(({ fresh }) => fresh),
  };
}
