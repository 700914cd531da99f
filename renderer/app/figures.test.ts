import { expect, test } from 'vitest';
import { countOf, describeBytes, describeMilliseconds, describeRate } from './figures.ts';

test('bytes read in the largest unit with something before its point', () => {
  expect([0, 980, 999, 1000, 9_940, 34_000, 999_400, 999_600, 5.2e9, 7e15].map(describeBytes)).toEqual([
    '0 B',
    '980 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '34 kB',
    '999 kB',
    '1.0 MB',
    '5.2 GB',
    '7000 TB',
  ]);
});

test('round trips keep a decimal only where it says something', () => {
  expect([0.04, 0.44, 9.96, 18.4, 999.6, 12_345].map(describeMilliseconds)).toEqual([
    '0.0 ms',
    '0.4 ms',
    '10 ms',
    '18 ms',
    '1.0 s',
    '12 s',
  ]);
});

test('one thing is not several', () => {
  expect([countOf(1, 'manager'), countOf(0, 'manager'), countOf(2, 'day')]).toEqual([
    '1 manager',
    '0 managers',
    '2 days',
  ]);
});

test('rates are as exact as they say something', () => {
  expect([0, 0.44, 9.96, 1234].map(describeRate)).toEqual(['0', '0.4', '10', '1234']);
});
