import type { Failure, Result } from '../../shared/contract/failure.ts';

/** A key with its value, both UTF-8. Revisions and versions count as etcd's do; int64 there, safe integers here. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 when it was created, one more with every put; begins anew after a delete. */
  readonly version: number;
  readonly leaseId?: string;
}

/** `value` 0 for `create` means that there is no such key. */
export interface Compare {
  readonly key: string;
  readonly target: 'create' | 'mod' | 'version';
  readonly is: '=' | '<' | '>';
  readonly value: number;
}

export type Operation =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly leaseId?: string }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'deletePrefix'; readonly prefix: string }
  | { readonly kind: 'get'; readonly key: string }
  | { readonly kind: 'list'; readonly prefix: string };

/** `then` where all of `compare` hold, `otherwise` where not; all or nothing, in one revision. */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly then: readonly Operation[];
  readonly otherwise?: readonly Operation[];
}

export interface TransactionOutcome {
  readonly succeeded: boolean;
  readonly revision: number;
  /** For each operation that was done what it read, in their order; empty for puts and deletes. */
  readonly read: readonly (readonly KeyValue[])[];
}

export type KeyEvent =
  | { readonly kind: 'put'; readonly entry: KeyValue }
  | { readonly kind: 'deleted'; readonly key: string; readonly revision: number };

export interface WatchListener {
  /** All events up to `revision`, each transaction's together and in order; none for a mere sign of life. */
  onEvents(events: readonly KeyEvent[], revision: number): void;
  /**
   * Over, and not by `cancel`: `compacted`: what lies between isn't kept any more, list anew; `broken`: watch on from the revision
   * after the last delivered one.
   */
  onEnd(
    reason: { readonly kind: 'compacted' } | { readonly kind: 'broken'; readonly failure: Failure },
  ): void;
}

/**
 * What the registry needs of a store of keys: etcd's v3 API (https://etcd.io/docs/v3.5/learning/api/), as little of it as there
 * is. Every call is asynchronous and ends within its deadline; the failures are the registry's closed set. Events may arrive
 * before or after the acknowledgement of what caused them.
 */
export interface Engine {
  transact(transaction: Transaction): Promise<Result<TransactionOutcome>>;
  /** Linearizable; in pages that are pinned to one revision. */
  list(prefix: string): Promise<Result<{ readonly revision: number; readonly entries: readonly KeyValue[] }>>;
  /** Everything under `prefix` from `fromRevision` on, inclusive. */
  watch(prefix: string, fromRevision: number, listener: WatchListener): { cancel(): void };
  grantLease(ttlSeconds: number): Promise<Result<{ readonly leaseId: string; readonly ttlSeconds: number }>>;
  /** Fails with `registry_lease_lost` where the engine has given it up. */
  keepLeaseAlive(leaseId: string): Promise<Result<{ readonly ttlSeconds: number }>>;
  revokeLease(leaseId: string): Promise<Result<void>>;
  close(): Promise<void>;
}

/** Time, so that a simulation may have its own. Monotonic milliseconds. */
export interface Clock {
  now(): number;
  /** Calls back once after `delayMs`; the returned function calls it off. Doesn't keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}
