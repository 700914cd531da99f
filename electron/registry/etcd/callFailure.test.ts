import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { explainCallError } from './callFailure.ts';

describe('what a failed call means', () => {
  it.each([
    [status.NOT_FOUND, 'etcdserver: requested lease not found', 'final', 'registry_lease_lost'],
    [status.RESOURCE_EXHAUSTED, 'etcdserver: mvcc: database space exceeded', 'final', 'registry_quota_full'],
    [status.PERMISSION_DENIED, 'etcdserver: permission denied', 'final', 'registry_denied'],
    [status.INVALID_ARGUMENT, 'etcdserver: user name is empty', 'final', 'registry_denied'],
    [status.INVALID_ARGUMENT, 'etcdserver: duplicate key given in txn request', 'final', 'input_invalid'],
    [status.RESOURCE_EXHAUSTED, 'etcdserver: too many requests', 'elsewhere', 'registry_busy'],
    [status.UNAVAILABLE, 'etcdserver: no leader', 'elsewhere', 'registry_unavailable'],
    [status.UNAVAILABLE, 'etcdserver: leader changed', 'unknown', 'registry_unavailable'],
    [status.UNAVAILABLE, 'etcdserver: request timed out', 'unknown', 'registry_unavailable'],
    [status.UNAVAILABLE, 'Connection dropped', 'unknown', 'registry_unavailable'],
    [status.DEADLINE_EXCEEDED, 'Deadline exceeded', 'unknown', 'registry_unavailable'],
    [status.UNIMPLEMENTED, 'unknown service etcdserverpb.KV', 'elsewhere', 'registry_not_etcd'],
    [status.UNKNOWN, 'Received HTTP status code 418', 'elsewhere', 'registry_not_etcd'],
    [status.UNAVAILABLE, 'Received HTTP status code 503', 'unknown', 'registry_unavailable'],
  ])('%i “%s”: %s, %s', (code, details, kind, failureCode) => {
    expect(explainCallError({ code, details })).toEqual({
      kind,
      failure: { code: failureCode, detail: details },
    });
  });
});
