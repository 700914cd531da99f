import { status, type StatusObject } from '@grpc/grpc-js';
import { failureOf, type Failure, type FailureCode } from '../../../shared/contract/failure.ts';

/**
 * What a failed call means. `final`: asking again, or another member, gives the same. `elsewhere`: it was not carried out, and
 * another member, or a later moment, may do better. `unknown`: it may have been carried out or not.
 */
export interface CallFailure {
  readonly kind: 'final' | 'elsewhere' | 'unknown';
  readonly failure: Failure;
}

type Row = readonly [pattern: RegExp, kind: CallFailure['kind'], code: FailureCode];

/** By etcd's own words, which are the same over its versions (its source: api/v3rpc/rpctypes/error.go). */
const byWords: readonly Row[] = [
  [/^etcdserver: requested lease not found/, 'final', 'registry_lease_lost'],
  [/^etcdserver: mvcc: database space exceeded/, 'final', 'registry_quota_full'],
  [/^etcdserver: (permission denied|user name is empty|user name not found)/, 'final', 'registry_denied'],
  [/^etcdserver: (authentication failed|invalid auth token)/, 'final', 'registry_denied'],
  [/^(etcdserver: |auth: )revision in header is old/, 'elsewhere', 'registry_unavailable'],
  [/^etcdserver: too many requests/, 'elsewhere', 'registry_busy'],
  [/^etcdserver: (no leader|not capable|unhealthy cluster)/, 'elsewhere', 'registry_unavailable'],
  [/^etcdserver: rpc not supported for learner/, 'elsewhere', 'registry_unavailable'],
  [/^etcdserver: corrupt cluster/, 'elsewhere', 'registry_unavailable'],
  [/^grpc: received message larger than max/, 'final', 'input_invalid'],
  [/^Received message larger than max/, 'final', 'internal'],
  [/^Received HTTP status code (502|503|504)/, 'unknown', 'registry_unavailable'],
  [/^Received HTTP status code/, 'elsewhere', 'registry_not_etcd'],
];

const byStatus: ReadonlyMap<status, readonly [kind: CallFailure['kind'], code: FailureCode]> = new Map([
  [status.PERMISSION_DENIED, ['final', 'registry_denied']],
  [status.UNAUTHENTICATED, ['final', 'registry_denied']],
  [status.UNIMPLEMENTED, ['elsewhere', 'registry_not_etcd']],
  // These mean that something impossible was asked for.
  [status.INVALID_ARGUMENT, ['final', 'input_invalid']],
  [status.FAILED_PRECONDITION, ['final', 'internal']],
  [status.OUT_OF_RANGE, ['final', 'internal']],
  [status.NOT_FOUND, ['final', 'internal']],
]);

/** Maps what a call ended with, by etcd's words first and by the gRPC status else. */
export function explainCallError(error: Error | Pick<StatusObject, 'code' | 'details'>): CallFailure {
  // Streams tell an `Error` by their type, which is gRPC's own.
  const { code, details } = error as Pick<StatusObject, 'code' | 'details'>;
  const row = byWords.find(([pattern]) => pattern.test(details));
  if (row) return { kind: row[1], failure: failureOf(row[2], details) };
  const [kind, failureCode] = byStatus.get(code) ?? ['unknown', 'registry_unavailable'];
  return { kind, failure: failureOf(failureCode, details) };
}

/** A revision was asked for that isn't kept any more. */
export const isCompacted = (failure: Failure): boolean =>
  failure.detail?.includes('required revision has been compacted') ?? false;
