import { expect, test } from 'vitest';
import { type Access, emptyAccess, type Person } from './access.ts';
import { generalVault } from './host.ts';
import { rightsOn, rolesOf } from './rights.ts';

const other = '7f0d9c1e-52b7-4a4e-8f5a-3f6f0d1a2b3c';
const person = (change: Partial<Person> = {}): Person => ({
  id: 'ada',
  name: 'ada',
  displayName: 'Ada',
  groups: ['Operators'],
  roles: ['user'],
  providerId: 'local',
  ...change,
});
const access = (change: Partial<Access>): Access => ({ ...emptyAccess, ...change });
const rights = (who: Person, vaultId: string, grants: Access['grants']) =>
  [...rightsOn(who, vaultId, access({ grants }))].toSorted();

test('nothing is granted by itself, but an administrator may do everything and an auditor see everything', () => {
  expect(rights(person(), generalVault.id, [])).toEqual([]);
  expect(rights(person({ roles: ['administrator'] }), other, [])).toEqual(['edit', 'join', 'open', 'see']);
  expect(rights(person({ roles: ['auditor'] }), other, [])).toEqual(['see']);
});

test('grants add up, include seeing, and are for their vault and subject only', () => {
  const grants: Access['grants'] = [
    { subject: { kind: 'group', name: 'operators' }, vaultId: generalVault.id, rights: ['open'] },
    { subject: { kind: 'person', name: 'ADA' }, vaultId: generalVault.id, rights: ['join'] },
    { subject: { kind: 'person', name: 'eve' }, vaultId: other, rights: ['edit'] },
  ];
  expect(rights(person(), generalVault.id, grants)).toEqual(['join', 'open', 'see']);
  expect(rights(person(), other, grants)).toEqual([]);
  expect(rights(person({ id: 'ada@corp' }), generalVault.id, grants)).toEqual(['open', 'see']);
});

test('a grant to everyone on all vaults holds for vaults that are made later', () => {
  const grants: Access['grants'] = [{ subject: { kind: 'everyone' }, rights: ['open'] }];
  expect(rights(person({ groups: [] }), crypto.randomUUID(), grants)).toEqual(['open', 'see']);
});

test('an auditor with a grant has that as well', () => {
  const grants: Access['grants'] = [{ subject: { kind: 'everyone' }, vaultId: other, rights: ['open'] }];
  expect(rights(person({ roles: ['auditor'] }), other, grants)).toEqual(['open', 'see']);
});

test('roles come from the account and from the rules, and everybody is a user', () => {
  const rules = access({
    roleRules: [
      { subject: { kind: 'group', name: 'Admins' }, role: 'administrator' },
      { subject: { kind: 'person', name: 'ada' }, role: 'auditor' },
    ],
  });
  expect(rolesOf(person(), [], rules)).toEqual(['user', 'auditor']);
  expect(rolesOf({ id: 'bob', groups: ['admins'] }, [], rules)).toEqual(['user', 'administrator']);
  expect(rolesOf({ id: 'bob', groups: [] }, ['administrator'], rules)).toEqual(['user', 'administrator']);
});
