import { expect, it } from 'vitest';
import { emptyAccess, type Right, type Subject } from '../../../../shared/model/access.ts';
import { setRight, subjectsGranted } from '../../../app/accessEdits.ts';
import { columns, rowOf, rowsOfSubject, rowsOfVault } from './rightsRows.ts';

const everyone: Subject = { kind: 'everyone' };
const ops: Subject = { kind: 'group', name: 'ops' };
const ada: Subject = { kind: 'person', name: 'ada' };
const vaults = [
  { id: 'g', name: 'General' },
  { id: 'b', name: 'Berlin' },
];
const grants: [Subject, string | undefined, Right][] = [
  [everyone, 'g', 'see'],
  [ops, undefined, 'open'],
  [ada, 'b', 'edit'],
];
const access = grants.reduce(
  (state, [subject, vaultId, right]) => setRight(subject, vaultId, right, true)(state),
  emptyAccess,
);
const tell = (subject: Subject, vaultId: string | undefined) => {
  const { cells } = rowOf(access, subject, vaultId, '');
  return columns.map((right) => {
    const cell = cells[right];
    return cell.kind === 'included' ? cell.why : cell.kind;
  });
};

it('tells what is granted here from what comes along', () => {
  expect(tell(ada, 'b')).toEqual(['part of every other right', 'none', 'none', 'granted']);
  expect(tell(ops, 'b')).toEqual(['granted in all vaults', 'granted in all vaults', 'none', 'none']);
  expect(tell(ada, 'g')).toEqual(['granted to everyone', 'none', 'none', 'none']);
  expect(tell(everyone, 'g')).toEqual(['granted', 'none', 'none', 'none']);
  expect(tell(everyone, 'b')).toEqual(['none', 'none', 'none', 'none']);
});

it('shows of a vault whoever has something there, and whoever was just added', () => {
  const subjects = subjectsGranted(access);
  const labels = (vaultId: string | undefined, added: Subject[] = []) =>
    rowsOfVault(access, vaultId, subjects, added).map(({ label }) => label);
  expect(labels('b')).toEqual(['Everyone', 'The group “ops”', 'The person “ada”']);
  expect(labels('g')).toEqual(['Everyone', 'The group “ops”']);
  expect(labels('g', [ada])).toEqual(['Everyone', 'The group “ops”', 'The person “ada”']);
});

it('shows of somebody all vaults first', () => {
  expect(rowsOfSubject(access, ada, vaults).map(({ label }) => label)).toEqual([
    'All vaults, also later ones',
    'General',
    'Berlin',
  ]);
});
