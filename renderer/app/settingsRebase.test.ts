import { expect, test } from 'vitest';
import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import { emptySettings } from '../../shared/model/settings.ts';
import { newPool } from './poolDraft.ts';
import { draftOf } from './settingsDraft.ts';
import type { SettingsDraft } from './settingsDraft.ts';
import {
  addGroup,
  addManager,
  addPool,
  changeGroup,
  changePool,
  moveGroup,
  removeGroup,
  removeManager,
  removePools,
  serveGroups,
} from './settingsEdits.ts';
import type { Edit } from './settingsEdits.ts';
import { rebaseDraft } from './settingsRebase.ts';

const manager = {
  id: 'm',
  name: 'One',
  address: '10.0.0.1',
  port: 4822,
  serverName: '',
  weight: 1,
  sessionLimit: null,
  intent: 'enabled' as const,
};
const base = addManager(manager, ['a'])(
  ['a', 'b', 'c'].reduce((draft, id) => addGroup(id, id)(draft), draftOf(emptySettings)),
);
const ids = (draft: SettingsDraft) => draft.groups.map(({ id }) => id);
const rebase = (mine: Edit, theirs: Edit) => rebaseDraft(base, mine(base), theirs(base));
const nothing: Edit = (draft) => draft;

test('one side alone wins as it is', () => {
  const edit = changeGroup('a', { name: 'mine' });
  expect(rebase(edit, nothing)).toEqual({ draft: edit(base), overlaps: [] });
  expect(rebase(nothing, edit)).toEqual({ draft: edit(base), overlaps: [] });
});

test('changes of different fields both stay', () => {
  const { draft, overlaps } = rebase(
    changeGroup('a', { name: 'mine' }),
    changeGroup('a', { fallbackGroupId: 'b' }),
  );
  expect(draft.groups[0]).toMatchObject({ name: 'mine', fallbackGroupId: 'b' });
  expect(overlaps).toEqual([]);
});

test('the same field changed twice is named, and one’s own wins', () => {
  const { draft, overlaps } = rebase(
    changeGroup('a', { name: 'mine' }),
    changeGroup('a', { name: 'theirs' }),
  );
  expect(draft.groups[0]?.name).toBe('mine');
  expect(overlaps).toEqual(['group “a”: name']);
});

test('what was added by both is there, the Default group last', () => {
  const { draft } = rebase(addGroup('mine', 'mine'), addGroup('theirs', 'theirs'));
  expect(new Set(ids(draft))).toEqual(new Set(['a', 'b', 'c', 'mine', 'theirs', defaultGroupId]));
  expect(ids(draft).at(-1)).toBe(defaultGroupId);
});

test('one’s own order stays, and so does theirs where only they moved something', () => {
  expect(ids(rebase(moveGroup('c', 0), addGroup('n', 'n')).draft)).toEqual([
    'c',
    'n',
    'a',
    'b',
    defaultGroupId,
  ]);
  expect(ids(rebase(addGroup('n', 'n'), moveGroup('c', 0)).draft)).toEqual([
    'c',
    'n',
    'a',
    'b',
    defaultGroupId,
  ]);
});

test('a removal against an edit is named, whoever removed', () => {
  const edit = changeGroup('b', { name: 'edited' });
  const remove: Edit = (draft) => removeGroup(draft, 'b').draft;
  const mine = rebase(remove, edit);
  expect(ids(mine.draft)).not.toContain('b');
  expect(mine.overlaps).toEqual(['group “b”: you removed it']);
  const theirs = rebase(edit, remove);
  expect(theirs.draft.groups.find(({ id }) => id === 'b')?.name).toBe('edited');
  expect(theirs.overlaps).toEqual(['group “b”: they removed it']);
});

test('no group names what is gone', () => {
  const removesManager: Edit = (draft) => removeManager(draft, 'm').draft;
  const { draft } = rebase(serveGroups('m', ['a', 'b']), removesManager);
  const known = new Set(draft.managers.map(({ id }) => id));
  expect(draft.groups.flatMap(({ managerIds }) => managerIds).every((id) => known.has(id))).toBe(true);
  const fallback = rebase(changeGroup('a', { fallbackGroupId: 'b' }), (next) => removeGroup(next, 'b').draft);
  expect(fallback.draft.groups[0]?.fallbackGroupId).toBeNull();
});

test('pools are merged field by field, and no group names one that is gone', () => {
  const pooled = addPool(newPool({ id: 'n', name: 'North' }))(base);
  const remove: Edit = (draft) => removePools(draft, ['n']).draft;
  const both = rebaseDraft(
    pooled,
    changePool('n', { slack: 1 })(pooled),
    changePool('n', { slack: 4, leaseSeconds: 60 })(pooled),
  );
  expect(both.draft.pools[0]).toMatchObject({ slack: 1, leaseSeconds: 60 });
  expect(both.overlaps).toEqual(['pool “North”: slack']);
  const gone = rebaseDraft(pooled, changeGroup('a', { poolId: 'n' })(pooled), remove(pooled));
  expect(gone.draft.pools).toEqual([]);
  expect(gone.draft.groups.every(({ poolId }) => poolId === null)).toBe(true);
});
