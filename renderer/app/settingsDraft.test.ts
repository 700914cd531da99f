import { expect, test } from 'vitest';
import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { emptySettings, settingsSchema } from '../../shared/model/settings.ts';
import type { Settings } from '../../shared/model/settings.ts';
import { checkDraft, checkGroup, checkManager, draftOf, isSameState } from './settingsDraft.ts';
import type { SettingsDraft } from './settingsDraft.ts';
import { addGroup, changeGroup, changeManager, moveGroup } from './settingsEdits.ts';

const manager = {
  id: 'm1',
  name: 'One',
  address: '10.0.0.1',
  port: 4822,
  weight: 1.5,
  sessionLimit: null,
  intent: 'enabled' as const,
};

const group = (id: string, priority: number): ProximityGroup => ({
  id,
  name: id,
  priority,
  selectors: [{ addresses: ['10.0.0.x/24'] }],
  managerIds: ['m1'],
  trust: { kind: 'authorities' },
  fallbackGroupId: null,
});

const settings: Settings = {
  ...emptySettings,
  managers: [manager],
  groups: [...emptySettings.groups, group('b', 20), group('a', 10)],
};

const settingsOf = (draft: SettingsDraft) => {
  const checked = checkDraft(draft).settings;
  if (checked === undefined) throw new Error('the draft is wrong');
  return checked;
};
const priorities = (draft: SettingsDraft) =>
  Object.fromEntries(settingsOf(draft).groups.map(({ id, priority }) => [id, priority]));

test('settings come back as they were, in their order', () => {
  const draft = draftOf(settings);
  expect(draft.groups.map(({ id }) => id)).toEqual(['a', 'b', defaultGroupId]);
  const checked = settingsOf(draft);
  expect(checked.managers).toEqual(settings.managers);
  expect(new Set(checked.groups)).toEqual(new Set(settings.groups));
  expect(isSameState(draft, draftOf(settings))).toBe(true);
});

test('pools come back in their order, and the pool of a group', () => {
  const pool = (id: string) => ({ id, name: id, endpoints: ['https://x:1'], slack: 2, leaseSeconds: 30 });
  const pooled = { ...settings, pools: [pool('s'), pool('n')], groups: [{ ...group('a', 10), poolId: 'n' }] };
  const draft = draftOf(pooled);
  expect(settingsOf(draft)).toMatchObject({ pools: pooled.pools, groups: pooled.groups });
  const wrong = { ...draft, pools: draft.pools.map((item) => ({ ...item, endpoints: '' })) };
  expect(checkDraft(wrong)).toMatchObject({ settings: undefined, wrongPools: ['s', 'n'], problems: 2 });
});

test('every kind of trust comes back', () => {
  const trusts: ProximityGroup['trust'][] = [
    { kind: 'authorities' },
    {
      kind: 'authorities',
      certificatesPem: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n',
    },
    { kind: 'pins', pins: [`${'A'.repeat(43)}=`] },
    { kind: 'unverified' },
    { kind: 'plain' },
  ];
  for (const trust of trusts) {
    const draft = draftOf({ ...settings, groups: [...emptySettings.groups, { ...group('a', 1), trust }] });
    expect(settingsOf(draft).groups[0]?.trust).toEqual(trust);
  }
});

test('the order of the list decides the priorities, and they pass the schema', () => {
  const moved = moveGroup('b', 0)(draftOf(settings));
  expect(priorities(moved)).toMatchObject({ b: 10, a: 20 });
  const added = changeGroup('n', { selectors: [] })(addGroup('n', 'New')(moved));
  expect(priorities(added)['n']).toBeGreaterThan(20);
  expect(settingsSchema.safeParse(settingsOf(added)).success).toBe(true);
  expect(isSameState(moveGroup('b', 1)(moved), draftOf(settings))).toBe(true);
});

test('the Default group keeps a priority of its own where its number was taken', () => {
  const low = {
    ...settings,
    groups: [{ ...group(defaultGroupId, 15), selectors: [] }, group('a', 10), group('b', 20)],
  };
  expect(settingsSchema.safeParse(settingsOf(draftOf(low))).success).toBe(true);
});

test('a wrong manager says what to correct, at the field', () => {
  const { errors, value } = checkManager({
    ...manager,
    serverName: '',
    name: ' ',
    address: 'not an address',
    port: 70_000,
    weight: 0,
    sessionLimit: 0,
  });
  expect(value).toBeUndefined();
  expect(Object.keys(errors).sort()).toEqual(['address', 'name', 'port', 'sessionLimit', 'weight']);
  expect(errors['address']).toBe('Not an IP address or a host name.');
  expect(checkManager({ ...manager, serverName: '' }).value).toEqual(manager);
});

test('a wrong group says what to correct, at the field', () => {
  const [draft] = draftOf(settings).groups;
  if (draft === undefined) throw new Error('no group');
  const { errors } = checkGroup({
    ...draft,
    name: '',
    selectors: [
      { key: 'x', vaultIds: [], addresses: '10.0.0', domains: '*..a' },
      { key: 'y', vaultIds: [], addresses: ' ', domains: '' },
    ],
    trust: { kind: 'pins', certificatesPem: '', pins: 'short' },
  });
  expect(Object.keys(errors).sort()).toEqual(
    ['name', 'pins', 'selector:x:addresses', 'selector:x:domains', 'selector:y'].sort(),
  );
});

test.each([
  ['', /begins with/],
  ['-----BEGIN CERTIFICATE-----\nAA', /cut off/],
  ['-----BEGIN RSA PRIVATE KEY-----', /private key/],
])('authorities that are no certificates are refused: %s', (certificatesPem, words) => {
  const [draft] = draftOf(settings).groups;
  if (draft === undefined) throw new Error('no group');
  const checked = checkGroup({ ...draft, trust: { kind: 'authorities', certificatesPem, pins: '' } });
  expect(checked.errors['certificatesPem']).toMatch(words);
});

test('a draft counts what is wrong, and stands for no settings meanwhile', () => {
  const draft = changeManager('m1', { port: null, name: '' })(draftOf(settings));
  const checked = checkDraft({ ...draft, queueTimeoutSeconds: null });
  expect(checked).toMatchObject({ settings: undefined, wrongManagers: ['m1'], wrongGroups: [], problems: 3 });
});
