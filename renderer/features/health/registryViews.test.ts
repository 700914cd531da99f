import { expect, test } from 'vitest';
import type { PoolHealth, RegistryHealth, RegistryMirror } from '../../../shared/model/registryHealth.ts';
import {
  filterPools,
  mirrorsInOrder,
  registryNotes,
  tellEmbedded,
  tellPool,
  tellPoolFailure,
  tellTaker,
} from './registryViews.ts';

const pool = (name: string, change: Partial<PoolHealth> = {}): PoolHealth => ({
  poolId: name.toLowerCase(),
  name,
  status: { kind: 'live' },
  takesNewSessions: false,
  members: [],
  mirrors: [],
  active: 0,
  pending: 0,
  claimsPerSecond: 0,
  strange: [],
  ...change,
});
const etcd = (...pools: PoolHealth[]): RegistryHealth => ({ kind: 'etcd', pools });
const mirror = (owner: string, change: Partial<RegistryMirror> = {}): RegistryMirror => ({
  owner,
  user: 'gateway',
  route: '',
  sessions: 0,
  isOwn: false,
  ...change,
});

const stale = pool('North', {
  status: { kind: 'stale', since: 5, failure: { code: 'registry_unavailable' } },
});
const taking = pool('South', { takesNewSessions: true });

test('the state of a pool says what goes on for people', () => {
  const both = etcd(stale, taking);
  expect(tellPool(stale, both)).toMatch(/Sessions that run go on\. New sessions go to South\./);
  expect(tellPool(stale, etcd(stale))).toMatch(/wait, then fail/);
  expect(tellPool(taking, both)).toMatch(/^New sessions are counted here/);
  expect(tellPool(pool('West'), etcd(taking, pool('West')))).toMatch(/New sessions go to South/);
  expect(tellPool(pool('West', { status: { kind: 'suspended', since: 1 } }), both)).toMatch(/not counted/);
  expect(tellPoolFailure(stale)).toMatch(/^Most of its members/);
  expect(tellPoolFailure(taking)).toBeUndefined();
});

test('who takes new sessions is told in one line', () => {
  expect(tellTaker(etcd(stale, taking))).toBe('New sessions go to South.');
  expect(tellTaker(etcd(stale))).toBe('No pool takes new sessions now.');
  expect(tellTaker(etcd(taking))).toBe('New sessions are counted.');
});

test('the embedded registry is one calm line', () => {
  const embedded = (active: number, pending: number): RegistryHealth => ({
    kind: 'embedded',
    pools: [pool('Here', { active, pending })],
  });
  expect(tellEmbedded(embedded(1, 0))).toBe('This machine counts its own sessions: 1 session now.');
  expect(tellEmbedded(embedded(4, 2))).toBe(
    'This machine counts its own sessions: 4 sessions now, and 2 being opened.',
  );
  expect(registryNotes(embedded(1, 0))).toEqual([]);
});

test('mirrors that are behind come first, after the own one', () => {
  const mirrors = [
    mirror('a'),
    mirror('b', { lagMs: 2 }),
    mirror('c', { lagMs: 9 }),
    mirror('d', { isOwn: true, lagMs: 1 }),
  ];
  expect(mirrorsInOrder(mirrors).map(({ owner }) => owner)).toEqual(['d', 'c', 'b', 'a']);
});

test('a filter keeps pools that fit whole, and of others what fits', () => {
  const north = pool('North', {
    members: [
      { endpoint: 'https://n1:2379', name: 'n1', alarms: [], warnings: [] },
      { endpoint: 'https://n2:2379', name: 'n2', alarms: [], warnings: [] },
    ],
    mirrors: [mirror('gateway/1'), mirror('desktop/2')],
  });
  expect(filterPools([north, taking], 'north')).toEqual([north]);
  const [found, ...more] = filterPools([north, taking], 'n2');
  expect(more).toEqual([]);
  expect(found?.members.map(({ name }) => name)).toEqual(['n2']);
  expect(filterPools([north], 'desktop')[0]?.mirrors).toHaveLength(1);
  expect(filterPools([north], 'nothing')).toEqual([]);
});

test('what is wrong takes the calm away', () => {
  expect(registryNotes(etcd(taking))).toEqual([]);
  expect(registryNotes(etcd(stale))).toEqual([
    'The pool North of the session registry is not current.',
    'No pool takes new sessions.',
  ]);
  const answering = { endpoint: 'https://s1:2379', alarms: [], warnings: [] };
  const silent = { ...answering, failure: { code: 'registry_unavailable' as const } };
  expect(registryNotes(etcd({ ...taking, members: [answering, silent] }))).toEqual([
    'Not every member of the pool South answers.',
  ]);
  const alarmed = pool('South', {
    takesNewSessions: true,
    status: { kind: 'suspended', since: 1 },
    members: [{ endpoint: 'https://s1:2379', alarms: ['NOSPACE'], warnings: [] }],
  });
  expect(registryNotes(etcd(alarmed))).toEqual([
    'Own sessions are not counted in the pool South now.',
    'A member of the pool South raises an alarm.',
  ]);
});
