import { expect, it } from 'vitest';
import type { Pool } from './pool.ts';
import type { ProximityGroup } from './proximityGroup.ts';
import type { SessionManager } from './sessionManager.ts';
import { emptySettings, type Settings } from './settings.ts';
import { describeChanges } from './settingsChanges.ts';

const manager: SessionManager = {
  id: 'm1',
  name: 'Berlin 1',
  address: 'gm1.corp.example',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
};
const group: ProximityGroup = {
  id: 'g1',
  name: 'Berlin',
  priority: 10,
  selectors: [{ addresses: ['10.0.0.0/24'] }, { domains: ['*.a.example', '*.b.example'] }],
  managerIds: ['m1'],
  trust: { kind: 'pins', pins: ['47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] },
  fallbackGroupId: null,
};
const settings: Settings = {
  ...emptySettings,
  managers: [manager],
  groups: [group, ...emptySettings.groups],
};
const withManager = (change: Partial<SessionManager>) => ({
  ...settings,
  managers: [{ ...manager, ...change }],
});
const withGroup = (change: Partial<ProximityGroup>) => ({
  ...settings,
  groups: [{ ...group, ...change }, ...emptySettings.groups],
});

it('says nothing where nothing differs', () => {
  expect(describeChanges(settings, structuredClone(settings))).toEqual([]);
});

it('names what was added and removed', () => {
  expect(describeChanges(emptySettings, settings)).toEqual([
    'manager “Berlin 1” was added',
    'group “Berlin” was added',
  ]);
  expect(describeChanges(settings, emptySettings)).toEqual([
    'manager “Berlin 1” was removed',
    'group “Berlin” was removed',
  ]);
});

it.each<[Settings, string]>([
  [withManager({ intent: 'draining' }), 'manager “Berlin 1”: state is draining, was enabled'],
  [withManager({ sessionLimit: 80 }), 'manager “Berlin 1”: session limit is 80, was none'],
  [withManager({ serverName: 'gm.example' }), 'manager “Berlin 1”: server name is gm.example, was none'],
  [withManager({ name: 'Berlin' }), 'manager “Berlin”: name is Berlin, was Berlin 1'],
  [withGroup({ managerIds: [] }), 'group “Berlin”: list of managers is none, was Berlin 1'],
  [withGroup({ fallbackGroupId: 'default' }), 'group “Berlin”: fallback is Default, was none'],
  [withGroup({ trust: { kind: 'plain' } }), 'group “Berlin”: trust is not encrypted, was set of pinned keys'],
  [
    withGroup({ trust: { kind: 'pins', pins: ['57DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='] } }),
    'group “Berlin”: trust is another set of pinned keys',
  ],
  [withGroup({ selectors: group.selectors.slice(1) }), 'group “Berlin”: the rule “10.0.0.0/24” was removed'],
  [withGroup({ selectors: group.selectors.toReversed() }), 'group “Berlin”: the rules are in another order'],
  [{ ...settings, queueTimeoutMs: 5_000 }, 'the queue waits 5 s, not 30 s'],
])('tells one change in words', (changed, sentence) => {
  expect(describeChanges(settings, changed)).toEqual([sentence]);
});

it('tells a changed rule by what it was and what it is', () => {
  const changed = withGroup({
    selectors: [{ addresses: ['10.0.0.0/25'] }, { domains: ['*.a.example', '*.b.example'] }],
  });
  expect(describeChanges(settings, changed)).toEqual([
    'group “Berlin”: the rule “10.0.0.0/25” was added',
    'group “Berlin”: the rule “10.0.0.0/24” was removed',
  ]);
});

it('holds no certificate', () => {
  const certificatesPem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
  const changed = withGroup({ trust: { kind: 'authorities', certificatesPem } });
  expect(describeChanges(settings, changed)).toEqual([
    'group “Berlin”: trust is set of authorities, was set of pinned keys',
  ]);
});

const pool = (id: string, change: Partial<Pool> = {}): Pool => ({
  id,
  name: `Pool ${id}`,
  endpoints: [`https://${id}.example:2379`],
  slack: 2,
  leaseSeconds: 30,
  ...change,
});
const withPools = (...pools: Pool[]): Settings => ({ ...settings, pools });
const two = withPools(pool('a'), pool('b'));

it('says that another registry counts, with the first pool and without the last', () => {
  expect(describeChanges(settings, withPools(pool('a')))).toEqual([
    'pool “Pool a” was added',
    'sessions are counted by etcd, not by this machine alone',
  ]);
  expect(describeChanges(withPools(pool('a')), settings)).toEqual([
    'pool “Pool a” was removed',
    'this machine counts its own sessions only, not etcd',
  ]);
});

it.each<[Settings, string[]]>([
  [withPools(pool('b'), pool('a')), ['the pools are used in the order Pool b, Pool a']],
  [withPools(pool('a'), pool('b'), pool('c')), ['pool “Pool c” was added']],
  [
    withPools(pool('c'), pool('a'), pool('b')),
    ['pool “Pool c” was added', 'the pools are used in the order Pool c, Pool a, Pool b'],
  ],
  [withPools(pool('b')), ['pool “Pool a” was removed']],
  [
    withPools(
      pool('a', { endpoints: ['https://x:1', 'https://y:2'], slack: 1, leaseSeconds: 60 }),
      pool('b'),
    ),
    [
      'pool “Pool a”: the address “https://x:1” was added',
      'pool “Pool a”: the address “https://y:2” was added',
      'pool “Pool a”: the address “https://a.example:2379” was removed',
      'pool “Pool a”: slack is 1, was 2',
      'pool “Pool a”: lease in seconds is 60, was 30',
    ],
  ],
  [
    withPools(
      pool('a', { authoritiesPem: '-----BEGIN CERTIFICATE-----', clientCertificate: 'ab12' }),
      pool('b'),
    ),
    [
      'pool “Pool a”: trust is set of authorities, was public authorities',
      'pool “Pool a”: serial of the client certificate is ab12, was none',
    ],
  ],
  [
    { ...two, groups: [{ ...group, poolId: 'b' }, ...emptySettings.groups] },
    ['group “Berlin”: pool is Pool b, was the first'],
  ],
])('tells what differs in the pools', (changed, sentences) => {
  expect(describeChanges(two, changed)).toEqual(sentences);
});
