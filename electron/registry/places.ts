import type { SessionCounts } from '../../shared/model/placement.ts';
import type { Mirror } from './mirror.ts';

/** A place that this process is taking, or has taken, and that its mirror hasn't seen yet. */
interface PlaceUnderway {
  readonly managerId: string;
  /** Once it was acknowledged. */
  readonly revision?: number;
}

/** What the mirror tells, with what this process does at the moment on top. */
export interface Places {
  /** `sessionId` left out of the counts, so that it doesn't see itself. */
  counts(freshness: { readonly ageMs: number }, without?: string): Map<string, SessionCounts>;
  /** Own claims on the manager that the version of its guard in the mirror doesn't count yet. */
  underwayOn(managerId: string): number;
  start(sessionId: string, managerId: string): void;
  acknowledge(sessionId: string, revision: number): void;
  drop(sessionId: string): void;
}

export function createPlaces(mirror: Mirror, owner: string): Places {
  const underway = new Map<string, PlaceUnderway>();

  /** What the mirror has seen by now isn't underway any more. */
  function forgetSeen(): void {
    for (const [sessionId, { revision }] of underway)
      if (revision !== undefined && revision <= mirror.revision()) underway.delete(sessionId);
  }

  return {
    counts({ ageMs }, without) {
      forgetSeen();
      const sums = new Map<string, SessionCounts>();
      for (const [managerId, { active, pending }] of mirror.counts())
        sums.set(managerId, { active, pending, source: 'registry', ageMs });
      const add = (managerId: string, phase: 'active' | 'pending', by: 1 | -1) => {
        const sum = sums.get(managerId) ?? { active: 0, pending: 0, source: 'registry', ageMs };
        sums.set(managerId, { ...sum, [phase]: Math.max(0, sum[phase] + by) });
      };
      const own = mirror.placesOf(owner);
      const subtract = (sessionId: string) => {
        const seen = own.get(sessionId);
        if (seen) add(seen.managerId, seen.phase, -1);
      };
      for (const [sessionId, { managerId }] of underway) {
        if (sessionId === without) continue;
        subtract(sessionId);
        add(managerId, 'pending', 1);
      }
      if (without !== undefined) subtract(without);
      return sums;
    },

    underwayOn(managerId) {
      forgetSeen();
      const own = mirror.placesOf(owner);
      let found = 0;
      // An event may come before its acknowledgement: what is seen is counted by the guard as it is seen.
      for (const [sessionId, place] of underway)
        if (place.managerId === managerId && own.get(sessionId)?.managerId !== managerId) found += 1;
      return found;
    },

    start: (sessionId, managerId) => void underway.set(sessionId, { managerId }),

    acknowledge(sessionId, revision) {
      const place = underway.get(sessionId);
      if (place) underway.set(sessionId, { ...place, revision });
    },

    drop: (sessionId) => void underway.delete(sessionId),
  };
}
