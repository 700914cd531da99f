import { expect, test } from 'vitest';
import { reconnectDelayMs } from './reconnectDelay.ts';

test('waits longer after each try, up to ten seconds', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => reconnectDelayMs(attempt, 1));
  expect(longest).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('spreads tries over the upper half of the delay', () => {
  expect(reconnectDelayMs(3, 0)).toBe(1000);
  expect(reconnectDelayMs(3, 0.5)).toBe(1500);
});
