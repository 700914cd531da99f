import { expect, it } from 'vitest';
import { accessSchema, emptyAccess, type IdentityProvider, type Subject } from '../../shared/model/access.ts';
import {
  addRoleRule,
  grantRights,
  moveProvider,
  putProvider,
  removeProvider,
  removeRoleRule,
  rightsGranted,
  setRight,
  subjectsGranted,
} from './accessEdits.ts';

const vaultId = '00000000-0000-4000-8000-000000000001';
const ops: Subject = { kind: 'group', name: 'ops' };
const everyone: Subject = { kind: 'everyone' };
const corp: IdentityProvider = {
  kind: 'ldap',
  id: 'corp',
  name: 'Directory',
  url: 'ldaps://ldap.corp.example',
  baseDn: 'dc=corp',
  nameAttribute: 'uid',
};

it('adds, replaces, moves and removes providers, but never the local accounts', () => {
  const two = putProvider(corp)(emptyAccess);
  expect(two.providers.map(({ id }) => id)).toEqual(['local', 'corp']);
  expect(putProvider({ ...corp, name: 'New' })(two).providers.map(({ name }) => name)).toEqual([
    'Proxima',
    'New',
  ]);
  const moved = moveProvider('corp', 0)(two);
  expect(moved.providers.map(({ id }) => id)).toEqual(['corp', 'local']);
  expect(moveProvider('corp', -1)(moved)).toBe(moved);
  expect(moveProvider('corp', 2)(moved)).toBe(moved);
  expect(removeProvider('corp')(moved)).toEqual(emptyAccess);
  expect(removeProvider('local')(moved).providers).toHaveLength(2);
});

it('keeps one rule of a kind, however its subject is spelled', () => {
  const rule = { subject: ops, role: 'auditor' } as const;
  const ruled = addRoleRule(rule)(addRoleRule(rule)(emptyAccess));
  expect(ruled.roleRules).toEqual([rule]);
  expect(removeRoleRule({ ...rule, subject: { kind: 'group', name: 'OPS' } })(ruled).roleRules).toEqual([]);
});

it('grants what is ticked, with seeing, as one grant that the schema takes', () => {
  const opened = setRight(ops, vaultId, 'open', true)(emptyAccess);
  expect(opened.grants).toEqual([{ subject: ops, vaultId, rights: ['see', 'open'] }]);
  const edited = setRight({ kind: 'group', name: 'Ops' }, vaultId, 'edit', true)(opened);
  expect(edited.grants).toHaveLength(1);
  expect([...rightsGranted(edited, ops, vaultId)]).toEqual(['see', 'open', 'edit']);
  expect(accessSchema.parse(edited)).toEqual(edited);
});

it('takes rights away, and the grant with the last one', () => {
  const granted = grantRights(ops, undefined, new Set(['open', 'join']))(emptyAccess);
  expect(setRight(ops, undefined, 'join', false)(granted).grants[0]?.rights).toEqual(['see', 'open']);
  expect(setRight(ops, undefined, 'see', false)(granted).grants).toEqual([]);
  expect(setRight(ops, vaultId, 'see', false)(granted)).toEqual(granted);
});

it('lists everybody once, everyone first', () => {
  const person: Subject = { kind: 'person', name: 'ada' };
  const all = [person, ops, everyone].reduce(
    (access, subject) => setRight(subject, vaultId, 'see', true)(access),
    setRight({ kind: 'group', name: 'OPS' }, undefined, 'see', true)(emptyAccess),
  );
  expect(subjectsGranted(all)).toEqual([everyone, { kind: 'group', name: 'OPS' }, person]);
});
