import type { Failure, Result } from '../../shared/contract/failure.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import type { HealthView, TopologySource } from '../broker/ports.ts';
import { nextLookMs, type Rollup, rollUp, unknownHealth } from './rollup.ts';

export interface ProberPorts {
  readonly topology: TopologySource;
  /** Asks one manager for a sign of life; bounded in time by itself. */
  readonly probe: (
    manager: SessionManager,
    trust: Trust,
    signal: AbortSignal,
  ) => Promise<Result<{ roundTripMs: number }>>;
  readonly now: () => number;
  /** 0 ≤ x < 1; spreads the probes in time. */
  readonly random: () => number;
}

/** Looks at every manager for as long as it runs, each on its own clock, so that a slow one delays no other. */
export interface Prober extends HealthView {
  /** Looks at managers that are new since the last call, and leaves those that are gone. */
  refresh(): void;
  close(): void;
}

export function createProber({ topology, probe, now, random }: ProberPorts): Prober {
  const rollups = new Map<string, Rollup>();
  const timers = new Map<string, NodeJS.Timeout>();
  const listeners = new Set<() => void>();
  const closing = new AbortController();

  const rollupOf = (managerId: string) => rollups.get(managerId) ?? unknownHealth;

  function observe(managerId: string, seen: { roundTripMs: number } | { failure: Failure }): void {
    const before = rollupOf(managerId);
    const after = rollUp(before, seen, now());
    rollups.set(managerId, after);
    if (before.health.state !== after.health.state) for (const listener of listeners) listener();
  }

  function schedule(managerId: string, delayMs: number): void {
    clearTimeout(timers.get(managerId));
    if (closing.signal.aborted) return;
    const timer = setTimeout(() => void look(managerId), delayMs);
    timer.unref();
    timers.set(managerId, timer);
  }

  async function look(managerId: string): Promise<void> {
    const { groups, managers } = topology.current();
    const manager = managers.find((candidate) => candidate.id === managerId);
    const group = groups.find((candidate) => candidate.managerIds.includes(managerId));
    if (!manager || !group || manager.intent === 'disabled') {
      timers.delete(managerId);
      rollups.delete(managerId);
      return;
    }
    const result = await probe(manager, group.trust, closing.signal);
    if (closing.signal.aborted) return;
    observe(managerId, result.ok ? { roundTripMs: result.value.roundTripMs } : { failure: result.failure });
    schedule(managerId, nextLookMs(rollupOf(managerId)) * (0.9 + 0.2 * random()));
  }

  return {
    healthOf: (managerId) => rollupOf(managerId).health,

    report(managerId, { failure }) {
      // An opening's own failure counts like a probe's, where it is the manager's; the next look comes at once to confirm it.
      if (failure === undefined) {
        const { health } = rollupOf(managerId);
        if (health.state !== 'up') schedule(managerId, 0);
      } else if (failure.code.startsWith('manager_')) {
        observe(managerId, { failure });
        schedule(managerId, nextLookMs(rollupOf(managerId)));
      }
    },

    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    refresh() {
      for (const { id } of topology.current().managers) if (!timers.has(id)) schedule(id, 0);
    },

    close() {
      closing.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
