import { expect, test } from 'vitest';
import { rowsOf } from './revisionRows.ts';

const revision = (number: number, changes: string[] = []) => ({
  revision: number,
  at: number,
  who: 'Ada',
  changes,
});

test('newest first, with the one in force and the one before each', () => {
  const rows = rowsOf([revision(1), revision(3), revision(2)], 3);
  expect(rows.map(({ revision: number, isCurrent, before }) => [number, isCurrent, before])).toEqual([
    [3, true, 2],
    [2, false, 1],
    [1, false, undefined],
  ]);
});

test('shortens many changes, but never by one', () => {
  const changes = ['a', 'b', 'c', 'd', 'e', 'f'];
  const [short, long] = rowsOf([revision(2, changes.slice(0, 5)), revision(1, changes)], 2);
  expect(short).toMatchObject({ changes: ['a', 'b', 'c', 'd', 'e'], more: 0 });
  expect(long).toMatchObject({ changes: ['a', 'b', 'c', 'd'], more: 2 });
});
