import { expect, test } from 'vitest';
import { describeDrawing, tellDrawing } from './drawingWords.ts';

const stoppedAt = Date.UTC(2026, 10, 20, 12);

test('says what the switch is for, and when it was thrown by itself', () => {
  expect(tellDrawing({ wanted: 'worker' }, true)).toContain('unless pictures stay black');
  expect(tellDrawing({ wanted: 'worker' }, true)).not.toContain('stopped');
  expect(tellDrawing({ wanted: 'worker', stoppedAt }, true)).toMatch(
    /2026.* the faster display stopped twice/,
  );
  expect(tellDrawing({ wanted: 'worker' }, false)).toContain('no other way');
});

test('tells the diagnostics what draws', () => {
  expect(describeDrawing({ wanted: 'worker' }, true)).toBe('Pictures of sessions are drawn with: worker');
  expect(describeDrawing({ wanted: 'worker', stoppedAt }, true)).toContain(
    'twice at 2026-11-20T12:00:00.000Z',
  );
  expect(describeDrawing({ wanted: 'worker' }, false)).toContain('no OffscreenCanvas');
});
