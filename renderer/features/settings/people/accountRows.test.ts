import { expect, it } from 'vitest';
import type { Account } from '../../../../shared/model/access.ts';
import { filterAccounts, groupsOf, invitationAddress, namedRoles, stateOf } from './accountRows.ts';

const account = (name: string, part: Partial<Account> = {}): Account => ({
  name,
  displayName: '',
  groups: [],
  roles: ['user'],
  isDisabled: false,
  hasPassword: true,
  hasSecondFactor: false,
  createdAt: 0,
  ...part,
});

it('finds accounts by every word, sorted by name', () => {
  const accounts = [
    account('zoe', { groups: ['Night shift'] }),
    account('Ada', { displayName: 'Ada Lovelace', roles: ['user', 'administrator'] }),
    account('bob', { isDisabled: true }),
  ];
  const find = (query: string) => filterAccounts(accounts, query).map(({ name }) => name);
  expect(find('')).toEqual(['Ada', 'bob', 'zoe']);
  expect(find('LOVE admin')).toEqual(['Ada']);
  expect(find('shift')).toEqual(['zoe']);
  expect(find('disabled')).toEqual(['bob']);
  expect(find('love shift')).toEqual([]);
});

it('tells the state of an account in a word', () => {
  expect(
    [{ isDisabled: true, hasPassword: false }, { hasPassword: false }, {}, { signedInAt: 5 }].map(
      (part) => stateOf(account('a', part)).word,
    ),
  ).toEqual(['disabled', 'no password yet', 'ready', 'in use']);
});

it('takes groups apart, each once', () => {
  expect(groupsOf(' Ops, night shift ,,ops')).toEqual(['Ops', 'night shift']);
  expect(groupsOf('')).toEqual([]);
  expect(namedRoles(['user', 'auditor', 'administrator'])).toEqual(['administrator', 'auditor']);
});

it('makes an address of an invitation', () => {
  expect(invitationAddress('/invitation?token=a-b', 'https://farm.example/x?y')).toBe(
    'https://farm.example/invitation?token=a-b',
  );
});
