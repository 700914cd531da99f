import { expect, test } from 'vitest';
import type { ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { certificateStateOf, stateOfManager, tellManagerFailure, worstFirst } from './managerState.ts';

const dayMs = 86_400_000;
const now = 1_000 * dayMs;

const manager = (name: string, change: Partial<ManagerStatus> = {}): ManagerStatus => ({
  managerId: name,
  name,
  address: '10.0.0.1',
  port: 4822,
  groupIds: [],
  intent: 'enabled',
  health: { state: 'up', roundTripMs: 1 },
  counts: { active: 0, pending: 0, source: 'own', ageMs: 0 },
  weight: 1,
  sessionLimit: null,
  roundTrips: [],
  ...change,
});

const down = { state: 'down', failure: { code: 'manager_unreachable' } } as const;

test('what a manager is, from what is wanted and what is seen', () => {
  const stateOf = (change: Partial<ManagerStatus>) => stateOfManager(manager('m', change));
  expect(stateOf({})).toBe('up');
  expect(stateOf({ health: { state: 'unknown' } })).toBe('unknown');
  expect(stateOf({ health: down })).toBe('down');
  expect(stateOf({ intent: 'draining' })).toBe('draining');
  expect(stateOf({ intent: 'draining', health: down })).toBe('down');
  expect(stateOf({ intent: 'disabled', health: down })).toBe('disabled');
});

test.each([
  [undefined, undefined],
  [now + 400.5 * dayMs, { kind: 'valid', text: 'expires in 400 days' }],
  [now + 31 * dayMs, { kind: 'valid', text: 'expires in 31 days' }],
  [now + 30 * dayMs, { kind: 'soon', text: 'expires in 30 days' }],
  [now + 1.9 * dayMs, { kind: 'soon', text: 'expires in 1 day' }],
  [now + 1, { kind: 'soon', text: 'expires within a day' }],
  [now, { kind: 'expired', text: 'expired today' }],
  [now - 2.5 * dayMs, { kind: 'expired', text: 'expired 2 days ago' }],
])('a certificate good until %s', (notAfter, state) => {
  expect(certificateStateOf(notAfter, now)).toEqual(state);
});

test.each([
  ['manager_name_unresolved', 'Failed at DNS.'],
  ['manager_unreachable', 'Failed at TCP.'],
  ['manager_connect_timeout', 'Failed at TCP.'],
  ['manager_speaks_plain', 'Failed at TLS.'],
  ['manager_refused_client', 'Failed at TLS.'],
  ['manager_certificate_untrusted', 'Failed at the certificate.'],
  ['manager_certificate_revoked', 'Failed at the certificate.'],
  ['manager_silent', 'Failed at the protocol.'],
  ['internal', 'The last look failed.'],
] as const)('names the step that %s belongs to', (code, where) => {
  const failed = manager('west-1', { health: { state: 'down', failure: { code } } });
  expect(tellManagerFailure(failed)?.where).toBe(where);
});

test('a failure is told with the name of its manager, and not of one that is disabled', () => {
  expect(tellManagerFailure(manager('west-1', { health: down }))?.what).toBe(
    'The session manager west-1 does not accept connections.',
  );
  expect(tellManagerFailure(manager('west-1', { health: down, intent: 'disabled' }))).toBeUndefined();
  expect(tellManagerFailure(manager('west-1'))).toBeUndefined();
});

test('whoever needs somebody comes first, by name among equals', () => {
  const sorted = worstFirst(
    [
      manager('disabled', { intent: 'disabled', health: down }),
      manager('up-10'),
      manager('up-9'),
      manager('draining', { intent: 'draining' }),
      manager('soon', { certificateNotAfter: now + dayMs }),
      manager('unknown', { health: { state: 'unknown' } }),
      manager('expired', { certificateNotAfter: now - dayMs }),
      manager('down', { health: down }),
    ],
    now,
  );
  expect(sorted.map(({ name }) => name)).toEqual([
    'down',
    'expired',
    'unknown',
    'soon',
    'draining',
    'up-9',
    'up-10',
    'disabled',
  ]);
});
