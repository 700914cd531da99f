import { expect, test } from 'vitest';
import { placeOfPointer } from './reorder.ts';

const rows = [
  { top: 0, bottom: 40 },
  { top: 40, bottom: 120 },
  { top: 120, bottom: 160 },
];

test('a row stays until the pointer has passed the middle of its neighbour', () => {
  expect(placeOfPointer(rows, 0, 20)).toBe(0);
  expect(placeOfPointer(rows, 0, 79)).toBe(0);
  expect(placeOfPointer(rows, 0, 81)).toBe(1);
  expect(placeOfPointer(rows, 2, 81)).toBe(2);
  expect(placeOfPointer(rows, 2, 79)).toBe(1);
});

test('a quick drag passes several rows at once, and never leaves the list', () => {
  expect(placeOfPointer(rows, 0, 1000)).toBe(2);
  expect(placeOfPointer(rows, 2, -50)).toBe(0);
  expect(placeOfPointer([], 0, 10)).toBe(0);
});

test('after a swap with a higher row the same pointer doesn’t swap back', () => {
  const swapped = [
    { top: 0, bottom: 80 },
    { top: 80, bottom: 120 },
    { top: 120, bottom: 160 },
  ];
  expect(placeOfPointer(swapped, 1, 81)).toBe(1);
});
