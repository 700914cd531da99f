import { expect, test } from 'vitest';
import type { OpeningTimes } from '../../shared/model/opening.ts';
import type { Session } from '../../shared/model/session.ts';
import { createOpenings } from './openings.ts';

const opened = (id: number, times: OpeningTimes, managers: readonly string[] = ['a']): Session => ({
  id: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  user: 'ada',
  hostId: '22222222-2222-4222-8222-222222222222',
  hostName: 'Build server',
  address: '10.0.0.9',
  protocol: 'ssh',
  state: { kind: 'live', managerId: managers.at(-1)! },
  openedAt: 1,
  attempts: managers.map((managerId) => ({ managerId, name: managerId, startedAt: 1, durationMs: 1 })),
  times,
});
const hostStep = (durationMs: number) => ({ step: 'host', startMs: 1, durationMs }) as const;

test('tells half and nearly all of the last openings, step by step', () => {
  const openings = createOpenings();
  expect(openings.summarise('a')).toBeUndefined();
  for (let id = 1; id <= 100; id += 1) openings.note(opened(id, { steps: [hostStep(id)] }));
  // The first forty are forgotten.
  expect(openings.summarise('a')).toEqual({ count: 60, steps: [{ step: 'host', p50: 70, p95: 97 }] });
  expect(openings.summarise('b')).toBeUndefined();
});

test('an opening is counted once, and its picture as soon as it is drawn', () => {
  const openings = createOpenings();
  openings.note(opened(1, { steps: [hostStep(5)] }));
  openings.note(opened(1, { steps: [hostStep(5)], pictureMs: 80 }));
  openings.note(opened(2, { steps: [hostStep(7)] }));
  expect(openings.summarise('a')).toEqual({
    count: 2,
    steps: [{ step: 'host', p50: 5, p95: 7 }],
    picture: { p50: 80, p95: 80 },
  });
});

test('what came from another manager, or was never measured, is left out', () => {
  const openings = createOpenings();
  openings.note(opened(1, { steps: [hostStep(5)] }, ['b', 'a']));
  const { times: _times, ...unmeasured } = opened(2, { steps: [] });
  openings.note(unmeasured);
  expect(openings.summarise('a')).toBeUndefined();
});
