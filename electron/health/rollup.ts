import type { Failure } from '../../shared/contract/failure.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';

/** What one look at a manager said. */
export type Observation = { readonly roundTripMs: number } | { readonly failure: Failure };

/** A manager's health with what the next rollup needs of it. */
export interface Rollup {
  readonly health: ManagerHealth;
  readonly failuresInRow: number;
}

export const unknownHealth: Rollup = { health: { state: 'unknown' }, failuresInRow: 0 };

/** One slow answer isn't an outage; anything else that fails is. */
const failuresUntilDown = (failure: Failure) => (failure.code === 'manager_connect_timeout' ? 2 : 1);

/** Adds one observation. */
export function rollUp(before: Rollup, seen: Observation, now: number): Rollup {
  if ('failure' in seen) {
    const failuresInRow = before.failuresInRow + 1;
    const down = failuresInRow >= failuresUntilDown(seen.failure);
    const state = down ? 'down' : before.health.state;
    return { health: { ...before.health, state, checkedAt: now, failure: seen.failure }, failuresInRow };
  }
  return { health: { state: 'up', checkedAt: now, roundTripMs: seen.roundTripMs }, failuresInRow: 0 };
}

const upIntervalMs = 10_000;
const firstRetryMs = 1_000;

/** When to look again: every 10 s while up, sooner just after a failure, backing off to the same 10 s. */
export function nextLookMs(rollup: Rollup): number {
  if (rollup.failuresInRow === 0) return upIntervalMs;
  return Math.min(upIntervalMs, firstRetryMs * 2 ** (rollup.failuresInRow - 1));
}
