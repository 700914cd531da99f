import fc from 'fast-check';
import { expect, test } from 'vitest';
import { prioritiesInOrder } from './priorities.ts';

const end = 1_000_000;

test('what is in order keeps its numbers', () => {
  expect(prioritiesInOrder([3, 10, 25], end)).toEqual([3, 10, 25]);
  expect(prioritiesInOrder([], end)).toEqual([]);
});

test('moved groups swap the numbers that are there', () => {
  expect(prioritiesInOrder([25, 3, 10], end)).toEqual([3, 10, 25]);
});

test('a new group gets a number between its neighbours, or after the last', () => {
  expect(prioritiesInOrder([10, undefined, 20], end)).toEqual([10, 15, 20]);
  expect(prioritiesInOrder([10, undefined], end)).toEqual([10, 20]);
  expect(prioritiesInOrder([undefined], end)).toEqual([9]);
});

test('without room between the neighbours, and with numbers twice, all are numbered anew', () => {
  expect(prioritiesInOrder([10, undefined, 11], end)).toEqual([10, 20, 30]);
  expect(prioritiesInOrder([10, 10], end)).toEqual([10, 20]);
  expect(prioritiesInOrder([10, end], end)).toEqual([10, 20]);
});

test('whatever is listed, the numbers rise and none comes twice', () => {
  const numbers = fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 12 }), fc.constantFrom(40, end), (listed, last) => {
      const priorities = prioritiesInOrder(listed, last);
      expect(priorities).toHaveLength(listed.length);
      priorities.forEach((priority, index) => {
        expect(Number.isInteger(priority) && priority >= 0).toBe(true);
        expect(priority).toBeGreaterThan(priorities[index - 1] ?? -1);
      });
    }),
  );
});
