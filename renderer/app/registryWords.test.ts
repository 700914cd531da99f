import { expect, test } from 'vitest';
import type { RegistryMember } from '../../shared/model/registryHealth.ts';
import {
  commonWarnings,
  isNearlyFull,
  tellAlarm,
  tellDatabase,
  tellMemberFailure,
  tellMembers,
  tellSessions,
} from './registryWords.ts';

const member = (change: Partial<RegistryMember> = {}): RegistryMember => ({
  endpoint: 'https://etcd-1.example:2379',
  alarms: [],
  warnings: [],
  ...change,
});
const silent = member({ failure: { code: 'registry_unavailable' } });

test('the size of a database is told as far as it is known, and warned of in time', () => {
  expect(tellDatabase(member())).toBeUndefined();
  expect(tellDatabase(member({ databaseBytes: 24_576 }))).toBe('25 kB');
  const most = member({ databaseBytes: 1_700_000_000, quotaBytes: 2_000_000_000 });
  expect(tellDatabase(most)).toBe('1.7 GB of 2.0 GB');
  expect(isNearlyFull(most)).toBe(true);
  expect(isNearlyFull({ ...most, databaseBytes: 1_500_000_000 })).toBe(false);
  expect(isNearlyFull(member({ databaseBytes: 1_700_000_000 }))).toBe(false);
});

test('a majority is what counts', () => {
  const leader = member({ role: 'leader', name: 'etcd-2' });
  expect(tellMembers([])).toBe('');
  expect(tellMembers([member()])).toBe('It answers.');
  expect(tellMembers([leader, member(), member()])).toBe('All 3 answer; etcd-2 leads.');
  expect(tellMembers([leader, member(), silent])).toBe(
    '2 of 3 answer; etcd-2 leads. That is a majority: it works.',
  );
  expect(tellMembers([member(), silent, silent])).toBe(
    '1 of 3 answers. That is no majority: it takes no changes.',
  );
  expect(tellMembers([member(), silent])).toMatch(/no majority/);
  expect(tellMembers([silent, silent])).toBe('None of them answers.');
  expect(tellMembers([silent])).toBe('It does not answer.');
});

test('alarms say what to do, unknown ones their name', () => {
  expect(tellAlarm('NOSPACE')).toMatch(/full/);
  expect(tellAlarm('CORRUPT')).toMatch(/damaged/);
  expect(tellAlarm('OTHER')).toBe('It raises the alarm OTHER.');
});

test('a silent member is told of as one member, and others by the table', () => {
  expect(tellMemberFailure({ code: 'registry_unavailable', detail: 'ECONNREFUSED' })).toMatch(
    /^This member does not answer\..*\(ECONNREFUSED\)$/,
  );
  expect(tellMemberFailure({ code: 'registry_unavailable', detail: 'etcdserver: no leader' })).toMatch(
    /^This member answers, but has no leader/,
  );
  expect(tellMemberFailure({ code: 'registry_not_etcd' })).toMatch(/is not etcd\. Nothing was written/);
});

test('what all warn of is said once', () => {
  const old = member({ warnings: ['old', 'open'] });
  expect(commonWarnings([old, member({ warnings: ['open'] }), silent])).toEqual(['open']);
  expect(commonWarnings([old, silent])).toEqual([]);
  expect(commonWarnings([old, member()])).toEqual([]);
});

test('sessions are counted with those that are being opened', () => {
  expect(tellSessions({ active: 1, pending: 0 })).toBe('1 session');
  expect(tellSessions({ active: 3, pending: 2 })).toBe('3 sessions + 2 opening');
});
