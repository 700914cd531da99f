import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { RegistryStatus } from '../../shared/model/registryHealth.ts';
import type { Clock } from './engine.ts';
import { mayPass } from './patience.ts';

/** What this process has heard of the pool lately, and whoever waits for that. */
export interface Heard {
  status(): RegistryStatus;
  /** How old what is known may be. */
  freshness(): { readonly fresh: boolean; readonly ageMs: number };
  /** On the clock; `undefined` while something is heard. */
  silentSince(): number | undefined;
  /** The id of the lease to write under, once the index was heard and there is one. */
  untilReady(deadline: number): Promise<Result<string>>;
  /** Asks `isDone` whenever something was heard; `false` where it isn't by then. */
  until(isDone: () => boolean, deadline: number): Promise<boolean>;
  noteAdvance(): void;
  noteFailure(failure: Failure | undefined): void;
  noteLease(failure?: Failure): void;
  close(): void;
}

interface HeardPorts {
  readonly clock: Clock;
  /** Epoch ms. */
  readonly wallNow: () => number;
  readonly graceMs: number;
  readonly leaseId: () => string | undefined;
  readonly onStatus: () => void;
}

interface Waiter {
  readonly isDone: () => boolean;
  readonly finish: () => void;
}

export function createHeard({ clock, wallNow, graceMs, leaseId, onStatus }: HeardPorts): Heard {
  /** The index was read at least once. */
  let isKnown = false;
  let silence:
    { readonly since: number; readonly wallSince: number; readonly failure?: Failure } | undefined = {
    since: clock.now(),
    wallSince: wallNow(),
  };
  let suspension: { readonly since: number; readonly failure: Failure } | undefined;
  let isClosed = false;
  let told = 'stale';
  let callOffGrace: () => void = () => undefined;
  const waiters = new Set<Waiter>();

  const isStale = () => silence !== undefined && (!isKnown || clock.now() - silence.since >= graceMs);

  function status(): RegistryStatus {
    if (suspension) return { kind: 'suspended', ...suspension };
    if (!silence || !isStale()) return { kind: 'live' };
    const { wallSince: since, failure } = silence;
    return { kind: 'stale', since, ...(failure && { failure }) };
  }

  function tellStatus(): void {
    const { kind } = status();
    if (kind === told) return;
    told = kind;
    onStatus();
  }

  function wakeWaiters(): void {
    for (const waiter of waiters) if (isClosed || waiter.isDone()) waiter.finish();
  }

  /** No lease can be had, and that doesn't pass by waiting. */
  const isRefused = () =>
    suspension !== undefined &&
    leaseId() === undefined &&
    !mayPass(suspension.failure) &&
    suspension.failure.code !== 'registry_lease_lost';

  async function until(isDone: () => boolean, deadline: number): Promise<boolean> {
    if (isDone()) return true;
    if (isClosed || deadline <= clock.now()) return false;
    await new Promise<void>((resolve) => {
      const callOff = clock.after(deadline - clock.now(), () => waiter.finish());
      const waiter: Waiter = {
        isDone,
        finish() {
          callOff();
          waiters.delete(waiter);
          resolve();
        },
      };
      waiters.add(waiter);
    });
    return isDone();
  }

  return {
    status,

    freshness() {
      if (!silence || !isStale()) return { fresh: true, ageMs: 0 };
      return { fresh: false, ageMs: clock.now() - silence.since };
    },

    silentSince: () => silence?.since,

    async untilReady(deadline) {
      const isReady = () => isKnown && leaseId() !== undefined;
      await until(() => isReady() || isRefused(), deadline);
      if (isRefused() && suspension) return { ok: false, failure: suspension.failure };
      const id = leaseId();
      if (isClosed) return fail('registry_unavailable', 'it is closed');
      if (isReady() && id !== undefined && clock.now() <= deadline) return succeed(id);
      return {
        ok: false,
        failure: silence?.failure ?? suspension?.failure ?? { code: 'registry_unavailable' },
      };
    },

    until,

    noteAdvance() {
      isKnown = true;
      wakeWaiters();
    },

    noteFailure(failure) {
      if (failure) {
        silence = silence ? { ...silence, failure } : { since: clock.now(), wallSince: wallNow(), failure };
        callOffGrace();
        callOffGrace = clock.after(silence.since + graceMs - clock.now(), tellStatus);
      } else if (silence) {
        silence = undefined;
        callOffGrace();
      }
      tellStatus();
    },

    noteLease(failure) {
      if (failure) suspension = { since: suspension?.since ?? wallNow(), failure };
      else suspension = undefined;
      wakeWaiters();
      tellStatus();
    },

    close() {
      isClosed = true;
      callOffGrace();
      wakeWaiters();
    },
  };
}
