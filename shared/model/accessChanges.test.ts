import { expect, it } from 'vitest';
import { type Access, emptyAccess, type Grant, type IdentityProvider } from './access.ts';
import { describeAccessChanges, joinWords } from './accessChanges.ts';
import { emptySettings } from './settings.ts';
import { describeChanges } from './settingsChanges.ts';

const berlin = '6f1f7a3e-0000-4000-8000-000000000001';
const [local] = emptyAccess.providers;
const directory: IdentityProvider = {
  kind: 'ldap',
  id: 'corp',
  name: 'Directory',
  url: 'ldaps://ldap.corp.example',
  baseDn: 'ou=people,dc=corp',
  nameAttribute: 'uid',
};
const access = (part: Partial<Access>): Access => ({ ...emptyAccess, ...part });
const withDirectory = (part: object) =>
  access({ providers: [...emptyAccess.providers, { ...directory, ...part }] });
const withGrants = (...grants: Grant[]) => access({ grants });
const ops = { kind: 'group', name: 'ops' } as const;

it.each<[Access, Access, string[]]>([
  [emptyAccess, structuredClone(emptyAccess), []],
  [emptyAccess, withDirectory({}), ['the sign-in “Directory” was added']],
  [withDirectory({}), emptyAccess, ['the sign-in “Directory” was removed']],
  [
    withDirectory({}),
    withDirectory({ url: 'ldaps://other', searchDn: 'cn=reader' }),
    [
      'the sign-in “Directory”: address is ldaps://other, was ldaps://ldap.corp.example',
      'the sign-in “Directory”: name for the search is cn=reader, was none',
    ],
  ],
  [
    withDirectory({}),
    withDirectory({ authoritiesPem: '-----BEGIN CERTIFICATE-----' }),
    ['the sign-in “Directory”: other authorities of its own are trusted'],
  ],
  [
    emptyAccess,
    access({ providers: [{ kind: 'local', id: 'local', name: 'Proxima', needsSecondFactor: true }] }),
    ['the sign-in “Proxima”: everybody needs a second factor'],
  ],
  [
    withDirectory({}),
    access({ providers: [directory, ...(local ? [local] : [])] }),
    ['the ways to sign in are in the order Directory, Proxima'],
  ],
  [
    emptyAccess,
    access({ roleRules: [{ subject: ops, role: 'administrator' }] }),
    ['the group “ops” is given the role administrator'],
  ],
  [
    access({ roleRules: [{ subject: ops, role: 'auditor' }] }),
    emptyAccess,
    ['the group “ops” is not given the role auditor any more'],
  ],
  [
    emptyAccess,
    withGrants({ subject: ops, rights: ['open'] }),
    ['the group “ops” was granted see and open in all vaults'],
  ],
  [
    withGrants({ subject: ops, vaultId: berlin, rights: ['open', 'edit'] }),
    withGrants({ subject: { kind: 'group', name: 'OPS' }, vaultId: berlin, rights: ['see', 'join'] }),
    [
      'the group “OPS” was granted join in the vault “Berlin”',
      'the group “OPS” lost open and edit in the vault “Berlin”',
    ],
  ],
  [
    withGrants({ subject: ops, rights: ['open'] }, { subject: ops, rights: ['edit'] }),
    withGrants({ subject: ops, rights: ['open', 'edit'] }),
    [],
  ],
  [
    withGrants({ subject: { kind: 'everyone' }, vaultId: 'gone', rights: ['see'] }),
    emptyAccess,
    ['everyone lost see in the vault “gone”'],
  ],
])('tells what changed (%#)', (from, to, told) => {
  expect(describeAccessChanges(from, to, new Map([[berlin, 'Berlin']]))).toEqual(told);
});

it('is part of what the settings tell', () => {
  expect(
    describeChanges(emptySettings, {
      ...emptySettings,
      access: withGrants({ subject: { kind: 'person', name: 'ada' }, rights: ['see'] }),
    }),
  ).toEqual(['the person “ada” was granted see in all vaults']);
});

it('joins words as people do', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(joinWords)).toEqual(['', 'a', 'a and b', 'a, b and c']);
});
