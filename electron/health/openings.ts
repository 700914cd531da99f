import { openingSteps, type OpeningSummary, type OpeningTimes } from '../../shared/model/opening.ts';
import type { Session } from '../../shared/model/session.ts';

/** How long the last openings on each manager took. */
export interface Openings {
  /** A session that is live, as far as its opening is known; told again, it takes its own place. */
  note(session: Session): void;
  /** `undefined` where nothing was opened there. */
  summarise(managerId: string): OpeningSummary | undefined;
}

const keptOpenings = 60;

export function createOpenings(): Openings {
  /** By manager, then by session, the oldest first. */
  const known = new Map<string, Map<string, OpeningTimes>>();
  return {
    note({ id, state, attempts, times }) {
      // After a try elsewhere it says little about this manager.
      if (state.kind !== 'live' || attempts.length !== 1 || !times) return;
      const openings = known.get(state.managerId) ?? new Map<string, OpeningTimes>();
      known.set(state.managerId, openings);
      openings.set(id, times);
      const [oldest] = openings.keys();
      if (openings.size > keptOpenings && oldest !== undefined) openings.delete(oldest);
    },
    summarise(managerId) {
      const openings = [...(known.get(managerId)?.values() ?? [])];
      return openings.length > 0 ? summariseOpenings(openings) : undefined;
    },
  };
}

function summariseOpenings(openings: readonly OpeningTimes[]): OpeningSummary {
  const pictures = openings.flatMap(({ pictureMs }) => pictureMs ?? []);
  return {
    count: openings.length,
    steps: openingSteps.flatMap((step) => {
      const durations = openings.flatMap(({ steps }) =>
        steps.flatMap((time) => (time.step === step ? time.durationMs : [])),
      );
      return durations.length > 0 ? { step, ...spreadOf(durations) } : [];
    }),
    ...(pictures.length > 0 && { picture: spreadOf(pictures) }),
  };
}

/** By the nearest rank. @param values at least one. */
function spreadOf(values: readonly number[]): { readonly p50: number; readonly p95: number } {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { p50: at(0.5), p95: at(0.95) };
}
