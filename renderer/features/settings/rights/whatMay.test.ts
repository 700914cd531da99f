import { expect, it } from 'vitest';
import { type Access, type Account, emptyAccess } from '../../../../shared/model/access.ts';
import { askAbout, tellRights, tellRoles, tellWhatMay } from './whatMay.ts';

const [general, berlin] = [
  { id: 'g', name: 'General' },
  { id: 'b', name: 'Berlin' },
];
const vaults = [general, berlin].filter((vault) => vault !== undefined);
const ada: Account = {
  name: 'Ada',
  displayName: '',
  groups: ['Ops'],
  roles: ['user'],
  isDisabled: false,
  hasPassword: true,
  hasSecondFactor: false,
  createdAt: 0,
};
const access: Access = {
  ...emptyAccess,
  roleRules: [{ subject: { kind: 'group', name: 'chiefs' }, role: 'administrator' }],
  grants: [
    { subject: { kind: 'everyone' }, vaultId: 'g', rights: ['see'] },
    { subject: { kind: 'group', name: 'ops' }, rights: ['open'] },
    { subject: { kind: 'person', name: 'eve' }, vaultId: 'b', rights: ['edit'] },
  ],
};

it('takes groups and roles from the account, and otherwise those that are typed', () => {
  expect(askAbout(' ada', ['ignored'], [ada])).toEqual({ id: 'Ada', groups: ['Ops'], ownRoles: ['user'] });
  expect(askAbout('bob@office', ['x'], [ada])).toEqual({ id: 'bob@office', groups: ['x'], ownRoles: [] });
});

it('says what somebody may do in each vault, and through whom', () => {
  const { roles, vaults: told } = tellWhatMay(askAbout('ada', [], [ada]), access, vaults);
  expect(roles).toEqual(['user']);
  expect(told).toEqual([
    { vault: general, rights: ['see', 'open'], through: ['everyone', 'the group “ops”, in all vaults'] },
    { vault: berlin, rights: ['see', 'open'], through: ['the group “ops”, in all vaults'] },
  ]);
  const eve = tellWhatMay(askAbout('eve', [], []), access, vaults);
  expect(eve.vaults.map(({ rights }) => tellRights(rights))).toEqual([
    'may see its hosts',
    'may see its hosts and edit hosts',
  ]);
});

it('says that administrators need no grant', () => {
  const { roles, vaults: told } = tellWhatMay(askAbout('eve', ['Chiefs'], []), access, vaults);
  expect(tellRoles('eve', roles)).toBe('eve is an administrator, and may do everything in every vault.');
  expect(told.map(({ rights, through }) => [rights.length, through])).toEqual([
    [4, []],
    [4, []],
  ]);
  expect(tellRights([])).toBe('doesn’t see it');
});
