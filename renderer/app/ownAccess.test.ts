import { expect, it } from 'vitest';
import type { OwnAccess } from '../../shared/contract/access.ts';
import type { Role } from '../../shared/model/access.ts';
import {
  hasLocalAccount,
  isOnlyLooking,
  isOwner,
  mayAdminister,
  mayEditSome,
  mayOversee,
  rightsIn,
} from './ownAccess.ts';

const vaultId = '00000000-0000-4000-8000-000000000001';
const own = (roles: Role[], part: Partial<OwnAccess> = {}, person: object = {}): OwnAccess => ({
  person: { id: 'ada', name: 'Ada', displayName: '', groups: [], roles, providerId: 'local', ...person },
  canSignOut: true,
  hasSecondFactor: false,
  vaults: [],
  ...part,
});

it('knows who may change, who may look, and who is a user', () => {
  const tell = (roles: Role[]) => [mayAdminister, mayOversee, isOnlyLooking].map((ask) => ask(own(roles)));
  expect(tell(['user', 'administrator', 'auditor'])).toEqual([true, true, false]);
  expect(tell(['user', 'auditor'])).toEqual([false, true, true]);
  expect(tell(['user'])).toEqual([false, false, false]);
  expect([mayAdminister(undefined), mayOversee(undefined), mayEditSome(undefined)]).toEqual([
    false,
    false,
    false,
  ]);
});

it('offers what a vault grants, and everything to an administrator', () => {
  const granted = own(['user'], { vaults: [{ vaultId, rights: ['see', 'edit'] }] });
  expect([...rightsIn(granted, vaultId)]).toEqual(['see', 'edit']);
  expect([...rightsIn(granted, 'another')]).toEqual([]);
  expect(mayEditSome(granted)).toBe(true);
  expect(mayEditSome(own(['user'], { vaults: [{ vaultId, rights: ['see', 'open'] }] }))).toBe(false);
  expect(rightsIn(own(['administrator']), 'just made').has('edit')).toBe(true);
});

it('tells a local account from the owner and from those of other providers', () => {
  const kinds = [
    own(['user']),
    own(['user'], {}, { id: 'owner', name: 'owner' }),
    own(['user'], {}, { id: 'ada@corp', name: 'ada', providerId: 'corp' }),
    own(['user'], { canSignOut: false }),
  ];
  expect(kinds.map(hasLocalAccount)).toEqual([true, false, false, false]);
  expect(kinds.map(isOwner)).toEqual([false, true, false, false]);
});
