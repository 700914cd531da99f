import { describe, expect, test } from 'vitest';
import { describeForList } from '../../app/hostOrder.ts';
import { moveInList } from './listKeys.ts';
import { rowsOfFound, rowsOfSections } from './listRows.ts';
import type { Section } from './listRows.ts';

const entryOf = (id: string) =>
  describeForList({
    id,
    name: id,
    address: 'a',
    port: 1,
    protocol: 'ssh',
    vaultId: 'v',
    tags: [],
    favourite: false,
  });
const sectionOf = (key: string, ids: readonly string[], open: boolean): Section => ({
  key,
  kind: 'vault',
  label: key,
  entries: ids.map(entryOf),
  open,
});
const rows = rowsOfSections([
  sectionOf('one', ['a', 'b'], true),
  sectionOf('two', ['c'], false),
  sectionOf('three', ['a'], true),
]);

describe('rowsOfSections', () => {
  test('shows folders, and hosts of the open ones', () => {
    const keys = Array.from({ length: rows.count }, (_, index) => rows.at(index)?.key);
    expect(keys).toEqual(['one', 'one/a', 'one/b', 'two', 'three', 'three/a']);
    expect(rows.at(rows.count)).toBeUndefined();
    expect(rows.at(2)).toMatchObject({ kind: 'host', position: 1, siblings: 2 });
  });

  test('finds every row again by its key, and none of a closed folder', () => {
    for (let index = 0; index < rows.count; index++)
      expect(rows.indexOf(rows.at(index)?.key ?? '')).toBe(index);
    expect(rows.indexOf('two/c')).toBe(-1);
    expect(rows.indexOf('gone/c')).toBe(-1);
  });

  test('knows folders without making rows', () => {
    expect([0, 1, 2, 3, 4, 5].map(rows.isFolder)).toEqual([true, false, false, true, true, false]);
  });
});

describe('moveInList', () => {
  const move = (key: string, index: number) => moveInList(key, rows, index, 3);

  test('goes up and down, stays at the end, and leaves at the top', () => {
    expect(move('ArrowDown', 0)).toEqual({ kind: 'to', index: 1 });
    expect(move('ArrowDown', 5)).toEqual({ kind: 'to', index: 5 });
    expect(move('ArrowUp', 3)).toEqual({ kind: 'to', index: 2 });
    expect(move('ArrowUp', 0)).toEqual({ kind: 'leave' });
    expect(move('PageDown', 1)).toEqual({ kind: 'to', index: 4 });
    expect(move('PageUp', 1)).toEqual({ kind: 'to', index: 0 });
    expect(move('End', 0)).toEqual({ kind: 'to', index: 5 });
  });

  test('Right opens a folder and then enters it; Left goes to the folder and then closes it', () => {
    expect(move('ArrowRight', 3)).toEqual({ kind: 'toggle', open: true });
    expect(move('ArrowRight', 0)).toEqual({ kind: 'to', index: 1 });
    expect(move('ArrowRight', 1)).toBeUndefined();
    expect(move('ArrowLeft', 2)).toEqual({ kind: 'to', index: 0 });
    expect(move('ArrowLeft', 0)).toEqual({ kind: 'toggle', open: false });
    expect(move('ArrowLeft', 3)).toBeUndefined();
    expect(moveInList('ArrowLeft', rowsOfFound([entryOf('a')]), 0, 3)).toBeUndefined();
  });
});
