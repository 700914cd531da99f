import { expect, it } from 'vitest';
import { emptyAccess, type Subject } from '../../shared/model/access.ts';
import { addRoleRule, removeRoleRule, setRight } from './accessEdits.ts';
import { rebaseRules } from './accessRebase.ts';

const ops: Subject = { kind: 'group', name: 'ops' };
const ada: Subject = { kind: 'person', name: 'ada' };
const rule = { subject: ops, role: 'auditor' } as const;
const base = addRoleRule(rule)(setRight(ops, undefined, 'open', true)(emptyAccess));

it('keeps what either side changed', () => {
  const overlaps: string[] = [];
  const mine = removeRoleRule(rule)(setRight(ada, undefined, 'see', true)(base));
  const theirs = setRight(ops, undefined, 'edit', true)(base);
  expect(rebaseRules(base, mine, theirs, overlaps)).toEqual({
    roleRules: [],
    grants: [
      { subject: ops, rights: ['see', 'open', 'edit'] },
      { subject: ada, rights: ['see'] },
    ],
  });
  expect(overlaps).toEqual([]);
});

it('lets its own win where both changed the same, and says so', () => {
  const overlaps: string[] = [];
  const mine = setRight(ops, undefined, 'open', false)(base);
  const theirs = setRight(ops, undefined, 'edit', true)(base);
  expect(rebaseRules(base, mine, theirs, overlaps).grants).toEqual([{ subject: ops, rights: ['see'] }]);
  expect(overlaps).toEqual(['the group “ops”: rights']);
});
