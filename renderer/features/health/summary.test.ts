import { expect, test } from 'vitest';
import type { ClusterHealth, ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { tellSummary } from './summary.ts';

const dayMs = 86_400_000;

const manager = (change: Partial<ManagerStatus> = {}): ManagerStatus => ({
  managerId: 'm',
  name: 'west-1',
  address: '10.0.0.1',
  port: 4822,
  groupIds: ['w'],
  intent: 'enabled',
  health: { state: 'up', roundTripMs: 1 },
  counts: { active: 0, pending: 0, source: 'own', ageMs: 0 },
  weight: 1,
  sessionLimit: null,
  roundTrips: [],
  ...change,
});

const down = manager({ health: { state: 'down', failure: { code: 'manager_unreachable' } } });
const disabled = manager({ intent: 'disabled' });
const unknown = manager({ health: { state: 'unknown' } });
const draining = manager({ intent: 'draining' });
const elsewhere = manager({ groupIds: ['e'] });

const healthOf = (managers: ManagerStatus[], change: Partial<ClusterHealth> = {}): ClusterHealth => ({
  at: 0,
  managers,
  groups: [
    { groupId: 'w', name: 'West', samples: 0 },
    { groupId: 'e', name: 'East', samples: 0 },
  ],
  events: [],
  traffic: [],
  registry: { kind: 'embedded', pools: [] },
  ...change,
});

test('one calm line when all is well', () => {
  const six = Array.from({ length: 6 }, () => manager());
  expect(tellSummary(healthOf(six))).toEqual({
    tone: 'well',
    title: 'All 6 session managers answer',
    notes: [],
  });
  expect(tellSummary(healthOf([manager()])).title).toBe('The session manager answers');
});

test('draining and disabled managers are told, and disturb nobody', () => {
  expect(tellSummary(healthOf([manager(), draining, disabled]))).toEqual({
    tone: 'well',
    title: 'All 2 session managers answer',
    notes: ['1 is being drained.', '1 is disabled.'],
  });
});

test('tells what does not answer, and which groups have nobody left', () => {
  expect(tellSummary(healthOf([manager(), down, disabled]))).toMatchObject({
    tone: 'bad',
    title: '1 of 2 session managers does not answer',
    notes: ['1 is disabled.'],
  });
  expect(tellSummary(healthOf([down, down, elsewhere]))).toMatchObject({
    title: '2 of 3 session managers do not answer',
    notes: ['The group West has no manager left that answers.'],
  });
});

test('everything down says what happens now', () => {
  const all = tellSummary(healthOf([down, down, disabled]));
  expect(all).toMatchObject({ tone: 'bad', title: 'None of the 2 session managers answers' });
  expect(all.notes[0]).toBe(
    'New sessions wait, then fail, until one answers. Proxima keeps looking by itself.',
  );
  expect(tellSummary(healthOf([disabled])).title).toBe('All session managers are disabled');
});

test('the first look is not over yet', () => {
  expect(tellSummary(healthOf([manager(), unknown]))).toMatchObject({
    tone: 'waiting',
    title: 'Looking at 2 session managers',
  });
  expect(tellSummary(healthOf([down, unknown])).tone).toBe('bad');
});

test('certificates that need somebody take the calm away', () => {
  const soon = manager({ certificateNotAfter: 12.5 * dayMs });
  const expired = manager({ certificateNotAfter: -1 });
  expect(tellSummary(healthOf([manager(), soon]))).toMatchObject({
    tone: 'attention',
    title: 'All 2 session managers answer',
    notes: ['The certificate of west-1 expires in 12 days.'],
  });
  expect(tellSummary(healthOf([soon, soon, expired])).notes).toEqual([
    'The certificate of west-1 expired today.',
    '2 certificates expire within 30 days.',
  ]);
  expect(tellSummary(healthOf([manager(), { ...expired, intent: 'disabled' }])).notes).toEqual([
    '1 is disabled.',
  ]);
});

test('a nearer manager is worth a word', () => {
  const nearer = { managerId: 'x', groupId: 'e', roundTripMs: 1 };
  const groups = [
    { groupId: 'w', name: 'West', samples: 9, nearer },
    { groupId: 'e', name: 'East', samples: 9 },
  ];
  expect(tellSummary(healthOf([manager()], { groups }))).toMatchObject({
    tone: 'attention',
    notes: ['For the group West another manager is clearly nearer.'],
  });
});

test('a registry that is not current takes the calm away', () => {
  const pool = {
    poolId: 'north',
    name: 'North',
    status: { kind: 'stale', since: 0 },
    takesNewSessions: false,
    members: [],
    mirrors: [],
    active: 0,
    pending: 0,
    claimsPerSecond: 0,
    strange: [],
  } as const satisfies ClusterHealth['registry']['pools'][number];
  const registry = { kind: 'etcd' as const, pools: [pool] };
  expect(tellSummary(healthOf([manager()], { registry }))).toMatchObject({
    tone: 'attention',
    title: 'The session manager answers',
    notes: ['The pool North of the session registry is not current.', 'No pool takes new sessions.'],
  });
});
