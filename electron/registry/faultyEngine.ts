import { fail, type Failure, type Result } from '../../shared/contract/failure.ts';
import type { Engine, KeyEvent, Transaction, TransactionOutcome, WatchListener } from './engine.ts';

/**
 * What becomes of a transaction: `before`: fails and isn't done; `commit`: is done, and nobody hears of it; `late`: isn't done until
 * `landLate` is called, and nobody hears of it either.
 */
export type TransactionFault = 'none' | 'before' | 'commit' | 'late';

/** An engine that does what a real one does once a year, on demand. For tests. */
export interface FaultyEngine extends Engine {
  /** Asked before every transaction. */
  onTransact: (transaction: Transaction) => TransactionFault;
  /** All calls fail and all watches break until it is available again. */
  setAvailable(isAvailable: boolean): void;
  /** Events are held back until they are let through again. */
  pauseWatches(): void;
  resumeWatches(): void;
  /** Every watch breaks; new ones work. */
  breakWatches(): void;
  /** Ends every lease that was granted here, and with it the keys, as the engine does when its time is over. */
  expireLeases(): Promise<void>;
  /** Does what was held back by `late`. */
  landLate(): Promise<void>;
  /** Transactions that were asked for so far. */
  transactions(): number;
}

interface Relayed {
  readonly listener: WatchListener;
  cancel: () => void;
  held: { readonly events: readonly KeyEvent[]; readonly revision: number }[];
  isOver: boolean;
}

const unavailable: Failure = { code: 'registry_unavailable', detail: 'made unavailable by a test' };

/** Wraps `inner`, which it doesn't close. */
export function createFaultyEngine(inner: Engine): FaultyEngine {
  const watches = new Set<Relayed>();
  const leaseIds = new Set<string>();
  const late: (() => Promise<unknown>)[] = [];
  let isAvailable = true;
  let isPaused = false;
  let asked = 0;

  const orUnavailable = <T>(act: () => Promise<Result<T>>): Promise<Result<T>> =>
    isAvailable ? act() : Promise.resolve({ ok: false, failure: unavailable });

  function end(relayed: Relayed): void {
    if (relayed.isOver) return;
    relayed.isOver = true;
    relayed.cancel();
    watches.delete(relayed);
    queueMicrotask(() => relayed.listener.onEnd({ kind: 'broken', failure: unavailable }));
  }

  async function transact(transaction: Transaction): Promise<Result<TransactionOutcome>> {
    asked += 1;
    const fault = faulty.onTransact(transaction);
    if (fault === 'before') return { ok: false, failure: unavailable };
    if (fault === 'late') {
      late.push(() => inner.transact(transaction));
      return fail('registry_outcome_unknown');
    }
    const outcome = await inner.transact(transaction);
    return fault === 'commit' ? fail('registry_outcome_unknown') : outcome;
  }

  const faulty: FaultyEngine = {
    onTransact: () => 'none',
    transact: (transaction) => orUnavailable(() => transact(transaction)),
    list: (prefix) => orUnavailable(() => inner.list(prefix)),

    watch(prefix, fromRevision, listener) {
      const relayed: Relayed = { listener, cancel: () => undefined, held: [], isOver: false };
      watches.add(relayed);
      const watch = inner.watch(prefix, fromRevision, {
        onEvents(events, revision) {
          if (relayed.isOver) return;
          if (isPaused) relayed.held.push({ events, revision });
          else listener.onEvents(events, revision);
        },
        onEnd(reason) {
          if (relayed.isOver) return;
          relayed.isOver = true;
          watches.delete(relayed);
          listener.onEnd(reason);
        },
      });
      relayed.cancel = () => watch.cancel();
      if (!isAvailable) end(relayed);
      return {
        cancel() {
          relayed.isOver = true;
          watches.delete(relayed);
          watch.cancel();
        },
      };
    },

    grantLease: (ttlSeconds) =>
      orUnavailable(async () => {
        const granted = await inner.grantLease(ttlSeconds);
        if (granted.ok) leaseIds.add(granted.value.leaseId);
        return granted;
      }),
    keepLeaseAlive: (leaseId) => orUnavailable(() => inner.keepLeaseAlive(leaseId)),
    revokeLease: (leaseId) => orUnavailable(() => inner.revokeLease(leaseId)),
    close: async () => undefined,

    setAvailable(available) {
      isAvailable = available;
      if (!available) watches.forEach(end);
    },

    pauseWatches() {
      isPaused = true;
    },

    resumeWatches() {
      isPaused = false;
      for (const relayed of watches) {
        const { held } = relayed;
        relayed.held = [];
        for (const { events, revision } of held)
          if (!relayed.isOver) relayed.listener.onEvents(events, revision);
      }
    },

    breakWatches: () => watches.forEach(end),

    async expireLeases() {
      const expired = [...leaseIds];
      leaseIds.clear();
      await Promise.all(expired.map((leaseId) => inner.revokeLease(leaseId)));
    },

    async landLate() {
      await Promise.all(late.splice(0).map((act) => act()));
    },

    transactions: () => asked,
  };
  return faulty;
}
