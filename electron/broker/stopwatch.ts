import {
  type DrawnPicture,
  longestOpeningMs,
  type OpeningStep,
  openingSteps,
  type OpeningTimes,
  type StepTime,
} from '../../shared/model/opening.ts';

/** Measures the steps of one opening. Steps may go on side by side; of one that begins again, the last time counts. */
export interface Stopwatch {
  begin(step: OpeningStep): void;
  /** Does nothing where it hasn't begun. */
  end(step: OpeningStep): void;
  /** Steps that have ended. */
  times(): OpeningTimes;
  /** The window has drawn the picture: the last step ends, and all are counted from its double-click on. Only the first time. */
  noteDrawn(drawn: DrawnPicture): void;
}

/** @param now monotonic, in ms. */
export function createStopwatch(now: () => number): Stopwatch {
  const createdAt = now();
  const begun = new Map<OpeningStep, number>();
  const ended = new Map<OpeningStep, StepTime>();
  let drawnBy: DrawnPicture | undefined;
  const sinceCreation = () => bound(now() - createdAt);

  return {
    begin(step) {
      begun.set(step, sinceCreation());
      ended.delete(step);
    },
    end(step) {
      const startMs = begun.get(step);
      if (startMs !== undefined)
        ended.set(step, { step, startMs, durationMs: bound(sinceCreation() - startMs) });
    },
    noteDrawn(drawn) {
      if (drawnBy) return;
      drawnBy = drawn;
      const { beforeAskingMs, sinceAskingMs } = drawn;
      const tunnel = ended.get('tunnel');
      ended.set('asking', { step: 'asking', startMs: 0, durationMs: bound(beforeAskingMs) });
      if (!tunnel) return;
      const startMs = bound(tunnel.startMs + tunnel.durationMs);
      ended.set('drawing', { step: 'drawing', startMs, durationMs: bound(sinceAskingMs - startMs) });
    },
    times() {
      const shiftMs = drawnBy?.beforeAskingMs ?? 0;
      const steps = openingSteps.flatMap((step) => {
        const time = ended.get(step);
        if (!time) return [];
        return step === 'asking' ? [time] : [{ ...time, startMs: bound(time.startMs + shiftMs) }];
      });
      const pictureMs = drawnBy && bound(drawnBy.beforeAskingMs + drawnBy.sinceAskingMs);
      return { steps, ...(pictureMs !== undefined && { pictureMs }) };
    },
  };
}

/** In tenths. */
const bound = (milliseconds: number) =>
  Math.min(longestOpeningMs, Math.max(0, Math.round(milliseconds * 10) / 10));
