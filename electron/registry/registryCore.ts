import type { Clock, Engine } from './engine.ts';
import type { PoolKeys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { Mirror } from './mirror.ts';

/** Milliseconds; tests and simulations have their own. */
export interface RegistryTimings {
  /** How often what is stored is compared to what is wanted. */
  readonly reconcileMs: number;
  /** A place that nobody holds is given back after this long. */
  readonly ghostMs: number;
  readonly relistMs: number;
  /** A claim that found no way by then fails. */
  readonly claimMs: number;
  /** Any other call that has no answer by then fails; what it wants is done later. */
  readonly callMs: number;
  /** Without hearing anything for this long what is known counts as old. */
  readonly graceMs: number;
  /** While somebody looks at its health: the pause between two looks at members and mirrors. */
  readonly healthMs: number;
}

export const defaultTimings: RegistryTimings = {
  reconcileMs: 2_000,
  ghostMs: 10_000,
  relistMs: 5 * 60_000,
  claimMs: 6_000,
  callMs: 5_000,
  graceMs: 1_000,
  healthMs: 5_000,
};

/** What the parts of one registry share. */
export interface RegistryCore {
  readonly engine: Engine;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly keys: PoolKeys;
  readonly owner: string;
  readonly mirror: Mirror;
  readonly lease: Lease;
  readonly timings: RegistryTimings;
  readonly log: { warn(fields: object, message: string): void };
  isClosed(): boolean;
}
