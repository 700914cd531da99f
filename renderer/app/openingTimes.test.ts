import { expect, test } from 'vitest';
import { partsOf, tellOpening } from './openingTimes.ts';

test('steps that people see as one are added up; what went on beside them is left out', () => {
  const parts = partsOf([
    { step: 'placing', milliseconds: 2 },
    { step: 'secret', milliseconds: 50 },
    { step: 'connecting', milliseconds: 0 },
    { step: 'securing', milliseconds: 4 },
    { step: 'greeting', milliseconds: 10 },
    { step: 'host', milliseconds: 30 },
  ]);
  expect(parts.map(({ part, milliseconds }) => [part, milliseconds])).toEqual([
    ['choice', 2],
    ['way', 4],
    ['host', 40],
  ]);
});

test('the whole is told from the double-click on where a window has told of its picture', () => {
  const steps = [
    { step: 'placing', startMs: 5, durationMs: 2 },
    { step: 'host', startMs: 7, durationMs: 43 },
  ] as const;
  expect(tellOpening({ steps: [...steps], pictureMs: 84 })).toBe(
    'The picture was there 84 ms after the double-click.',
  );
  expect(tellOpening({ steps: [...steps] })).toContain('live after 50 ms');
});
