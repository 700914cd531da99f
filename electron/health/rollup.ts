import type { Failure } from '../../shared/contract/failure.ts';
import type { ManagerHealth, Security } from '../../shared/model/health.ts';
import type { ManagerLoad } from '../../shared/model/managerLoad.ts';

/** What one look at a manager said. */
export type Observation =
  | {
      readonly roundTripMs: number;
      readonly security?: Security | undefined;
      /** Epoch ms. */
      readonly certificateNotAfter?: number | undefined;
      /** Its own word, where it tells one. */
      readonly load?: ManagerLoad | undefined;
    }
  | { readonly failure: Failure };

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

/** What the looks at one manager have shown over time. */
export interface LookHistory {
  /** In ms, oldest first, the last sixty; `null` where a look had no answer. */
  readonly roundTrips: readonly (number | null)[];
  /** Of the last answer, as is the end of the certificate's validity (epoch ms). */
  readonly security?: Security | undefined;
  readonly certificateNotAfter?: number | undefined;
}

export const noHistory: LookHistory = { roundTrips: [] };

const keptRoundTrips = 60;

/** Adds one look. */
export function remember(history: LookHistory, seen: Observation): LookHistory {
  const roundTrip = 'failure' in seen ? null : seen.roundTripMs;
  const roundTrips = [...history.roundTrips, roundTrip].slice(-keptRoundTrips);
  if ('failure' in seen) return { ...history, roundTrips };
  return { roundTrips, security: seen.security, certificateNotAfter: seen.certificateNotAfter };
}

const upIntervalMs = 10_000;
const firstRetryMs = 1_000;

/** When to look again: every 10 s while up, sooner just after a failure, backing off to the same 10 s. */
export function nextLookMs(rollup: Rollup): number {
  if (rollup.failuresInRow === 0) return upIntervalMs;
  return Math.min(upIntervalMs, firstRetryMs * 2 ** (rollup.failuresInRow - 1));
}
