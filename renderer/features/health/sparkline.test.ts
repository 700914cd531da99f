import { expect, test } from 'vitest';
import { shapeSparkline, tellClaims, tellRoundTrips } from './sparkline.ts';

const box = { width: 104, height: 24, slots: 11 };

test('the newest value is at the right edge, the largest at the top, nothing at the bottom', () => {
  expect(shapeSparkline([0, 5, 10], box).lines).toEqual(['M82 22L92 12L102 2']);
});

test('a missing answer breaks the line, and is marked where it was missing', () => {
  const shape = shapeSparkline([10, 10, null, 10, null], box);
  expect(shape.lines).toEqual(['M62 2L72 2', 'M92 2L92 2']);
  expect(shape.gaps).toEqual([82, 102]);
});

test('a jitter of microseconds stays at the bottom', () => {
  expect(shapeSparkline([0.1], box).lines).toEqual(['M102 20L102 20']);
});

test('nothing is drawn of nothing', () => {
  expect(shapeSparkline([], box)).toEqual({ lines: [], gaps: [] });
});

test('says in words what the line shows', () => {
  expect(tellRoundTrips([0.4, null, 3.1, 0.8])).toBe(
    'Last 4 round trips: 0.4 ms to 3.1 ms, median 0.8 ms, 1 look without an answer',
  );
  expect(tellRoundTrips([null, null])).toBe('No answer in the last looks');
  expect(tellRoundTrips([])).toBe('No round trips yet');
});

test('claims are told by their peak', () => {
  expect(tellClaims([0, 3.2, 1])).toBe('Claims per second in the last 3 looks: at most 3.2');
  expect(tellClaims([])).toBe('Claims per second in the last 0 looks: at most 0');
});
