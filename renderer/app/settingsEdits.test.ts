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
  duplicateGroup,
  groupsServedBy,
  moveGroup,
  movePool,
  removeGroup,
  removeManager,
  removePools,
  serveGroups,
} from './settingsEdits.ts';

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
const ids = (draft: SettingsDraft) => draft.groups.map(({ id }) => id);

const start = ['a', 'b', 'c'].reduce((draft, id) => addGroup(id, id)(draft), draftOf(emptySettings));

test('new groups come last before the Default group', () => {
  expect(ids(start)).toEqual(['a', 'b', 'c', defaultGroupId]);
});

test('a group moves within the list, and never behind the Default group', () => {
  expect(ids(moveGroup('a', 1)(start))).toEqual(['b', 'a', 'c', defaultGroupId]);
  expect(ids(moveGroup('c', -5)(start))).toEqual(['c', 'a', 'b', defaultGroupId]);
  expect(ids(moveGroup('a', 99)(start))).toEqual(['b', 'c', 'a', defaultGroupId]);
  expect(moveGroup(defaultGroupId, 0)(start)).toBe(start);
  expect(moveGroup('a', 0)(start)).toBe(start);
});

test('a copy follows its original, that of the Default group comes before it', () => {
  expect(ids(duplicateGroup('a', 'copy')(start))).toEqual(['a', 'copy', 'b', 'c', defaultGroupId]);
  expect(ids(duplicateGroup(defaultGroupId, 'copy')(start))).toEqual(['a', 'b', 'c', 'copy', defaultGroupId]);
});

test('a removed group takes fallbacks to it along, and undo brings back both and keeps later edits', () => {
  const pointing = changeGroup('c', { fallbackGroupId: 'b' })(start);
  const { draft, undo } = removeGroup(pointing, 'b');
  expect(ids(draft)).toEqual(['a', 'c', defaultGroupId]);
  expect(draft.groups[1]?.fallbackGroupId).toBeNull();
  const edited = changeGroup('a', { name: 'later' })(draft);
  expect(undo(edited)).toEqual(changeGroup('a', { name: 'later' })(pointing));
  expect(removeGroup(start, defaultGroupId).draft).toBe(start);
});

test('a manager serves the groups it is given, and leaves them when it is removed', () => {
  const added = addManager(manager, ['a', defaultGroupId])(start);
  expect(groupsServedBy(added, 'm').map(({ id }) => id)).toEqual(['a', defaultGroupId]);
  const moved = serveGroups('m', ['b'])(added);
  expect(groupsServedBy(moved, 'm').map(({ id }) => id)).toEqual(['b']);
  const { draft, undo } = removeManager(moved, 'm');
  expect(draft).toEqual(start);
  expect(undo(draft)).toEqual(moved);
});

test('what an edit isn’t about stays the same object', () => {
  const next = serveGroups('m', ['b'])(start);
  expect(next.groups[0]).toBe(start.groups[0]);
  expect(next.groups[1]).not.toBe(start.groups[1]);
});

const pooled = ['n', 's', 'w'].reduce((draft, id) => addPool(newPool({ id, name: id }))(draft), start);
const poolIds = (draft: SettingsDraft) => draft.pools.map(({ id }) => id);

test('a pool moves within the list', () => {
  expect(poolIds(movePool('n', 2)(pooled))).toEqual(['s', 'w', 'n']);
  expect(movePool('n', -1)(pooled)).toBe(pooled);
  expect(movePool('w', 3)(pooled)).toBe(pooled);
});

test('removed pools leave no group behind that names them, and undo brings back both', () => {
  const named = changeGroup('b', { poolId: 'w' })(changeGroup('a', { poolId: 'n' })(pooled));
  const poolsOf = (draft: SettingsDraft) => draft.groups.map(({ poolId }) => poolId);
  const { draft, undo } = removePools(named, ['n', 's']);
  expect(poolIds(draft)).toEqual(['w']);
  expect(poolsOf(draft)).toEqual([null, 'w', null, null]);
  const back = undo(changePool('w', { name: 'West' })(draft));
  expect(poolIds(back)).toEqual(['n', 's', 'w']);
  expect(poolsOf(back)).toEqual(['n', 'w', null, null]);
  expect(back.pools[2]?.name).toBe('West');
  expect(undo(back)).toEqual(back);
  expect(poolsOf(undo(changeGroup('a', { poolId: 'w' })(draft)))[0]).toBe('w');
});
