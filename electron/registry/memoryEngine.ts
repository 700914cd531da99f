import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type {
  Clock,
  Compare,
  Engine,
  KeyEvent,
  KeyValue,
  Operation,
  Transaction,
  WatchListener,
} from './engine.ts';

/** etcd's defaults: `--max-request-bytes`, `--max-txn-ops`. */
const maxRequestBytes = 1.5 * 1024 * 1024;
const maxOperations = 128;

export interface MemoryEngineOptions {
  readonly clock: Clock;
  /** The revision before the first change; greater than any that an earlier engine gave out. */
  readonly firstRevision?: number;
  /** Changes that a watch can be resumed from; older ones are compacted. */
  readonly keptChanges?: number;
  /**
   * Calls back later, each call by itself: the way there and back, and each watch's events. Calls may overtake one another where
   * it lets them; one watch's events never do.
   */
  readonly defer?: (callback: () => void) => void;
  /** By how much of its time to live a lease may outlive it: 0 ≤ x ≤ 1. */
  readonly lateness?: () => number;
}

/** An engine inside this process, and what tests do to it. */
export interface MemoryEngine extends Engine {
  /** Forgets the history up to now. */
  compact(): void;
  /** Ends a lease as if its time were over. */
  expireLease(leaseId: string): void;
}

interface Change {
  readonly revision: number;
  readonly events: readonly KeyEvent[];
}

interface Lease {
  readonly ttlMs: number;
  readonly keys: Set<string>;
  deadline: number;
  callOff: () => void;
}

interface Watcher {
  readonly prefix: string;
  readonly listener: WatchListener;
  waiting: KeyEvent[];
  isScheduled: boolean;
  isOver: boolean;
}

/**
 * A store of keys with etcd's semantics: one revision per transaction, a history that watches resume from, leases that take their
 * keys along. Nothing is on disk; who needs revisions that rise over restarts gives `firstRevision`.
 */
export function createMemoryEngine(options: MemoryEngineOptions): MemoryEngine {
  const { clock, keptChanges = 10_000, defer = queueMicrotask, lateness = () => 0 } = options;
  const entries = new Map<string, KeyValue>();
  const leases = new Map<string, Lease>();
  const watchers = new Set<Watcher>();
  let history: Change[] = [];
  let revision = options.firstRevision ?? 0;
  /** Everything up to this revision is forgotten. */
  let compactedRevision = revision;
  let leaseCount = 0;
  let isClosed = false;

  /** Runs `act` when the call has got here, and resolves when its answer has got back. */
  function call<T>(act: () => Result<T>): Promise<Result<T>> {
    return new Promise((resolve) => {
      defer(() => {
        const answer = isClosed ? fail('registry_unavailable', 'the engine is closed') : act();
        defer(() => resolve(answer));
      });
    });
  }

  function listNow(prefix: string): KeyValue[] {
    const found: KeyValue[] = [];
    for (const [key, entry] of entries) if (key.startsWith(prefix)) found.push(entry);
    return found.sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  function put(key: string, value: string, leaseId: string | undefined, at: number): KeyEvent {
    const before = entries.get(key);
    detach(before);
    const entry: KeyValue = Object.freeze({
      key,
      value,
      createRevision: before?.createRevision ?? at,
      modRevision: at,
      version: (before?.version ?? 0) + 1,
      ...(leaseId !== undefined && { leaseId }),
    });
    if (leaseId !== undefined) leases.get(leaseId)?.keys.add(key);
    entries.set(key, entry);
    return { kind: 'put', entry };
  }

  function remove(key: string, at: number): KeyEvent[] {
    const before = entries.get(key);
    if (!before) return [];
    detach(before);
    entries.delete(key);
    return [{ kind: 'deleted', key, revision: at }];
  }

  function detach(entry: KeyValue | undefined): void {
    if (entry?.leaseId !== undefined) leases.get(entry.leaseId)?.keys.delete(entry.key);
  }

  function apply(operations: readonly Operation[]): readonly (readonly KeyValue[])[] {
    const next = revision + 1;
    const events: KeyEvent[] = [];
    const read = operations.map((operation): readonly KeyValue[] => {
      switch (operation.kind) {
        case 'put':
          events.push(put(operation.key, operation.value, operation.leaseId, next));
          return [];
        case 'delete':
          events.push(...remove(operation.key, next));
          return [];
        case 'deletePrefix':
          for (const { key } of listNow(operation.prefix)) events.push(...remove(key, next));
          return [];
        case 'get': {
          const entry = entries.get(operation.key);
          return entry ? [entry] : [];
        }
        case 'list':
          return listNow(operation.prefix);
      }
    });
    commit(events);
    return read;
  }

  function commit(events: readonly KeyEvent[]): void {
    if (events.length === 0) return;
    revision += 1;
    history.push({ revision, events });
    if (history.length >= 2 * keptChanges)
      compactTo(history[history.length - keptChanges - 1]?.revision ?? 0);
    for (const watcher of watchers) enqueue(watcher, events);
  }

  function compactTo(upTo: number): void {
    compactedRevision = Math.max(compactedRevision, upTo);
    history = history.filter((change) => change.revision > compactedRevision);
  }

  function enqueue(watcher: Watcher, events: readonly KeyEvent[]): void {
    const wanted = events.filter((event) => keyOf(event).startsWith(watcher.prefix));
    if (wanted.length === 0) return;
    watcher.waiting.push(...wanted);
    schedule(watcher);
  }

  function schedule(watcher: Watcher): void {
    if (watcher.isScheduled) return;
    watcher.isScheduled = true;
    defer(() => {
      watcher.isScheduled = false;
      if (watcher.isOver) return;
      const events = watcher.waiting;
      watcher.waiting = [];
      // What was committed since it was scheduled is among `events`, so that nothing up to `revision` is missing.
      watcher.listener.onEvents(events, revision);
    });
  }

  function endLease(leaseId: string): void {
    const lease = leases.get(leaseId);
    if (!lease) return;
    lease.callOff();
    const next = revision + 1;
    const events = [...lease.keys].flatMap((key) => remove(key, next));
    leases.delete(leaseId);
    commit(events);
  }

  function armLease(leaseId: string, lease: Lease): void {
    lease.callOff = clock.after(lease.deadline - clock.now(), () => {
      if (clock.now() >= lease.deadline) endLease(leaseId);
      else armLease(leaseId, lease);
    });
  }

  const deadlineOf = (ttlMs: number) => clock.now() + ttlMs * (1 + lateness());

  function refuse({ compare, then, otherwise = [] }: Transaction) {
    for (const operations of [then, otherwise]) {
      if (Math.max(operations.length, compare.length) > maxOperations)
        return fail('input_invalid', 'too many operations in one transaction');
      if (hasOverlap(operations)) return fail('input_invalid', 'a transaction changes a key twice');
      const isHeld = operations.every(
        (each) => each.kind !== 'put' || each.leaseId === undefined || leases.has(each.leaseId),
      );
      if (!isHeld) return fail('registry_lease_lost');
    }
    if (sizeOf([...then, ...otherwise]) > maxRequestBytes)
      return fail('input_invalid', 'the transaction is too large');
    return undefined;
  }

  return {
    transact: (transaction) =>
      call(() => {
        const refused = refuse(transaction);
        if (refused) return refused;
        const succeeded = transaction.compare.every((compare) => holds(compare, entries.get(compare.key)));
        const read = apply(succeeded ? transaction.then : (transaction.otherwise ?? []));
        return succeed({ succeeded, revision, read });
      }),

    list: (prefix) => call(() => succeed({ revision, entries: listNow(prefix) })),

    watch(prefix, fromRevision, listener) {
      const watcher: Watcher = { prefix, listener, waiting: [], isScheduled: false, isOver: false };
      const end: typeof listener.onEnd = (reason) => {
        if (watcher.isOver) return;
        watcher.isOver = true;
        watchers.delete(watcher);
        listener.onEnd(reason);
      };
      defer(() => {
        if (watcher.isOver) return;
        if (isClosed) return end({ kind: 'broken', failure: { code: 'registry_unavailable' } });
        if (fromRevision <= compactedRevision) return end({ kind: 'compacted' });
        watchers.add(watcher);
        for (const change of history) if (change.revision >= fromRevision) enqueue(watcher, change.events);
        schedule(watcher);
      });
      return {
        cancel() {
          watcher.isOver = true;
          watchers.delete(watcher);
        },
      };
    },

    grantLease: (ttlSeconds) =>
      call(() => {
        leaseCount += 1;
        const leaseId = `${revision}-${leaseCount}`;
        const ttlMs = ttlSeconds * 1000;
        const lease: Lease = {
          ttlMs,
          keys: new Set(),
          deadline: deadlineOf(ttlMs),
          callOff: () => undefined,
        };
        leases.set(leaseId, lease);
        armLease(leaseId, lease);
        return succeed({ leaseId, ttlSeconds });
      }),

    keepLeaseAlive: (leaseId) =>
      call(() => {
        const lease = leases.get(leaseId);
        if (!lease) return fail('registry_lease_lost');
        lease.deadline = deadlineOf(lease.ttlMs);
        return succeed({ ttlSeconds: lease.ttlMs / 1000 });
      }),

    revokeLease: (leaseId) =>
      call(() => {
        if (!leases.has(leaseId)) return fail('registry_lease_lost');
        endLease(leaseId);
        return succeed(undefined);
      }),

    async close() {
      isClosed = true;
      for (const lease of leases.values()) lease.callOff();
      for (const watcher of watchers) watcher.isOver = true;
      watchers.clear();
    },

    compact: () => compactTo(revision),
    expireLease: endLease,
  };
}

const keyOf = (event: KeyEvent): string => (event.kind === 'put' ? event.entry.key : event.key);

function holds({ target, is, value }: Compare, entry: KeyValue | undefined): boolean {
  const actual = {
    create: entry?.createRevision ?? 0,
    mod: entry?.modRevision ?? 0,
    version: entry?.version ?? 0,
  }[target];
  if (is === '=') return actual === value;
  return is === '<' ? actual < value : actual > value;
}

/** etcd refuses a transaction that puts a key twice, or puts and deletes it. */
function hasOverlap(operations: readonly Operation[]): boolean {
  const puts = operations.flatMap((each) => (each.kind === 'put' ? [each.key] : []));
  if (new Set(puts).size < puts.length) return true;
  return operations.some(
    (each) =>
      (each.kind === 'delete' && puts.includes(each.key)) ||
      (each.kind === 'deletePrefix' && puts.some((key) => key.startsWith(each.prefix))),
  );
}

/** About that of the request on the wire. */
function sizeOf(operations: readonly Operation[]): number {
  let bytes = 0;
  for (const operation of operations) {
    if (operation.kind !== 'put') continue;
    bytes += operation.key.length + 16;
    bytes += operation.value.length > 1024 ? Buffer.byteLength(operation.value) : operation.value.length * 3;
  }
  return bytes;
}
