import { expect, test } from 'vitest';
import { describeDuration } from './duration.ts';

test('durations read as people say them', () => {
  const hour = 3_600_000;
  expect(
    [40, 400, 949, 1000, 12_400, 59_400, 65_000, 59.9 * 60_000, 3.5 * hour, 98 * hour].map(describeDuration),
  ).toEqual([
    '0.0 s',
    '0.4 s',
    '0.9 s',
    '1 s',
    '12 s',
    '59 s',
    '1 min 5 s',
    '59 min 54 s',
    '3 h 30 min',
    '4 d 2 h',
  ]);
});
