import type { DrawingState } from '../../../app/drawing.ts';

/** What the switch between the two displays is for, and when to use it. */
export function tellDrawing(state: DrawingState, hasWorkers: boolean): string {
  if (!hasWorkers) return 'This browser can draw them in no other way. A newer one draws faster.';
  const purpose =
    'Leave this off, unless pictures stay black, freeze or have wrong colours on this computer: it is slower. Open sessions go on, and are drawn anew at once.';
  if (state.stoppedAt === undefined) return purpose;
  const when = new Date(state.stoppedAt).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return `${purpose} On ${when} the faster display stopped twice, and its window went over to this one by itself.`;
}

/** One line for the diagnostics. */
export function describeDrawing(state: DrawingState, hasWorkers: boolean): string {
  const drawing = hasWorkers
    ? state.wanted
    : 'guacamole-common-js, because this browser has no OffscreenCanvas';
  const stopped =
    state.stoppedAt === undefined ? '' : `; workers died twice at ${new Date(state.stoppedAt).toISOString()}`;
  return `Pictures of sessions are drawn with: ${drawing}${stopped}`;
}
