import type { Result } from '../../shared/contract/failure.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { ReportedLoad } from '../../shared/model/reportedCounts.ts';
import type { HealthView, TopologySource, Unsubscribe } from '../broker/ports.ts';
import {
  type LookHistory,
  nextLookMs,
  noHistory,
  type Observation,
  remember,
  type Rollup,
  rollUp,
  unknownHealth,
} from './rollup.ts';

type Answer = Exclude<Observation, { failure: unknown }>;

export interface ProberPorts {
  readonly topology: TopologySource;
  /** Asks one manager for a sign of life; bounded in time by itself. */
  readonly probe: (manager: SessionManager, trust: Trust, signal: AbortSignal) => Promise<Result<Answer>>;
  readonly now: () => number;
  /** 0 ≤ x < 1; spreads the probes in time. */
  readonly random: () => number;
  /** How many sessions the registry knows of on this manager at this moment. */
  readonly countSessions: (managerId: string) => number;
}

/** Hears of every observation of a manager: what was thought of it before, and what is now. */
export type LookListener = (managerId: string, before: ManagerHealth, after: ManagerHealth) => void;

/** Looks at every manager for as long as it runs, each on its own clock, so that a slow one delays no other. */
export interface Prober extends HealthView {
  historyOf(managerId: string): LookHistory;
  /**
   * To be called when the settings have changed: looks at once at managers that are new, or reached in another way than before,
   * and forgets those that are gone, disabled or in no group.
   */
  refresh(): void;
  probeNow(managerId: string): void;
  onLook(listener: LookListener): Unsubscribe;
  close(): void;
}

/** One manager that is looked at, by one way to reach it. */
interface Watch {
  readonly manager: SessionManager;
  readonly trust: Trust;
  readonly way: string;
  readonly stop: AbortController;
  rollup: Rollup;
  history: LookHistory;
  reported?: ReportedLoad;
  timer?: NodeJS.Timeout;
  isLooking: boolean;
}

export function createProber({ topology, probe, now, random, countSessions }: ProberPorts): Prober {
  const watches = new Map<string, Watch>();
  const listeners = new Set<() => void>();
  const lookListeners = new Set<LookListener>();
  let isClosed = false;

  const healthOf = (managerId: string) => (watches.get(managerId)?.rollup ?? unknownHealth).health;
  const tellChange = () => {
    for (const listener of listeners) listener();
  };

  function observe(watch: Watch, seen: Observation): void {
    const before = watch.rollup.health;
    watch.rollup = rollUp(watch.rollup, seen, now());
    const after = watch.rollup.health;
    if (before.state !== after.state) tellChange();
    for (const listener of lookListeners) listener(watch.manager.id, before, after);
  }

  function schedule(watch: Watch, delayMs: number): void {
    clearTimeout(watch.timer);
    if (watch.stop.signal.aborted) return;
    watch.timer = setTimeout(() => void look(watch), delayMs);
    watch.timer.unref();
  }

  async function look(watch: Watch): Promise<void> {
    if (watch.isLooking) return;
    watch.isLooking = true;
    const result = await probe(watch.manager, watch.trust, watch.stop.signal);
    watch.isLooking = false;
    if (watch.stop.signal.aborted) return;
    const seen = result.ok ? result.value : { failure: result.failure };
    watch.history = remember(watch.history, seen);
    if (result.ok) noteLoad(watch, result.value.load);
    observe(watch, seen);
    // All are looked at together at the start, and apart from then on.
    const isFirst = watch.history.roundTrips.length === 1 && result.ok;
    schedule(watch, nextLookMs(watch.rollup) * (isFirst ? random() : 0.9 + 0.2 * random()));
  }

  /** A manager that tells no load any more is another one. */
  function noteLoad(watch: Watch, load: ReportedLoad['load'] | undefined): void {
    const wasDraining = watch.reported?.load.draining === true;
    delete watch.reported;
    if (load) watch.reported = { load, at: now(), countedThen: countSessions(watch.manager.id) };
    // Whoever waits for a manager may be waiting for this.
    if ((load?.draining === true) !== wasDraining) tellChange();
  }

  function leave(managerId: string, watch: Watch): void {
    watches.delete(managerId);
    clearTimeout(watch.timer);
    watch.stop.abort();
  }

  return {
    healthOf,
    loadOf: (managerId) => watches.get(managerId)?.reported,
    historyOf: (managerId) => watches.get(managerId)?.history ?? noHistory,

    report(managerId, { failure }) {
      const watch = watches.get(managerId);
      if (!watch) return;
      // An opening's own failure counts like a probe's, where it is the manager's; the next look comes soon to confirm it.
      if (failure?.code === 'manager_busy') schedule(watch, 0);
      else if (failure === undefined) {
        if (watch.rollup.health.state !== 'up') schedule(watch, 0);
      } else if (failure.code.startsWith('manager_')) {
        observe(watch, { failure });
        schedule(watch, nextLookMs(watch.rollup));
      }
    },

    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    onLook(listener) {
      lookListeners.add(listener);
      return () => void lookListeners.delete(listener);
    },

    refresh() {
      if (isClosed) return;
      const { groups, managers } = topology.current();
      const wanted = managers.flatMap((manager) => {
        const trust = groups.find(({ managerIds }) => managerIds.includes(manager.id))?.trust;
        return trust && manager.intent !== 'disabled' ? [{ manager, trust, way: wayOf(manager, trust) }] : [];
      });
      const ways = new Map(wanted.map(({ manager, way }) => [manager.id, way]));
      let isChanged = false;
      for (const [managerId, watch] of watches) {
        if (ways.get(managerId) === watch.way) continue;
        isChanged ||= watch.rollup.health.state !== 'unknown';
        leave(managerId, watch);
      }
      for (const one of wanted) {
        if (watches.has(one.manager.id)) continue;
        const watch: Watch = {
          ...one,
          stop: new AbortController(),
          rollup: unknownHealth,
          history: noHistory,
          isLooking: false,
        };
        watches.set(one.manager.id, watch);
        schedule(watch, 0);
      }
      if (isChanged) tellChange();
    },

    probeNow(managerId) {
      const watch = watches.get(managerId);
      if (watch) schedule(watch, 0);
    },

    close() {
      isClosed = true;
      for (const [managerId, watch] of watches) leave(managerId, watch);
    },
  };
}

/** All that decides how a manager is reached; its name, weight and limit don't. */
const wayOf = ({ address, port, serverName }: SessionManager, trust: Trust): string =>
  JSON.stringify([address, port, serverName, trust]);
