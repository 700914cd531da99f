import { expect, test } from 'vitest';
import { emptySettings } from '../../../../shared/model/settings.ts';
import type { Trust } from '../../../../shared/model/proximityGroup.ts';
import { checkDraft, draftOf } from '../../../app/settingsDraft.ts';
import { trustAuthority } from './draftTrust.ts';

const pemOf = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const manager = (id: string) => ({
  id,
  name: id,
  address: '10.0.0.5',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled' as const,
});
const draftWith = (trust: Trust, managerIds = ['a']) => {
  const [group] = emptySettings.groups;
  if (group === undefined) throw new Error('no Default group');
  return draftOf({
    ...emptySettings,
    managers: [manager('a'), manager('b')],
    groups: [{ ...group, managerIds, trust }],
  });
};
const trustAfter = (trust: Trust) =>
  checkDraft(trustAuthority(draftWith(trust), ['a'], pemOf('NEW')).draft).settings?.groups[0]?.trust;

test.each<[string, Trust]>([
  ['the public ones', { kind: 'authorities' }],
  ['pins', { kind: 'pins', pins: [`${'A'.repeat(43)}=`] }],
  ['nothing', { kind: 'plain' }],
])('in place of %s the group trusts the authority', (_what, before) => {
  expect(trustAfter(before)).toEqual({ kind: 'authorities', certificatesPem: pemOf('NEW') });
});

test('authorities that were trusted stay', () => {
  expect(trustAfter({ kind: 'authorities', certificatesPem: pemOf('OLD') })).toEqual({
    kind: 'authorities',
    certificatesPem: pemOf('OLD') + pemOf('NEW'),
  });
});

test('a group that trusts it already, or has none of the managers, stays as it is', () => {
  const trusting = draftWith({ kind: 'authorities', certificatesPem: pemOf('NEW') });
  expect(trustAuthority(trusting, ['a'], pemOf('NEW'))).toEqual({ draft: trusting, names: [] });
  const other = draftWith({ kind: 'plain' }, ['b']);
  expect(trustAuthority(other, ['a'], pemOf('NEW')).draft).toBe(other);
});

test('tells which groups it changed', () => {
  expect(trustAuthority(draftWith({ kind: 'plain' }), ['a', 'b'], pemOf('NEW')).names).toEqual(['Default']);
});
