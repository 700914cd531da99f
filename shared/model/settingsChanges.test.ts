import { expect, it } from 'vitest';
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
