import { succeed } from '../../shared/contract/failure.ts';
import type { SessionCounts } from '../../shared/model/placement.ts';
import type { Registry } from '../broker/ports.ts';

interface Place {
  readonly managerId: string;
  readonly phase: 'pending' | 'active';
}

/**
 * The registry of one process: counts are an aggregation of the places held, never counters, so that nothing can leak apart.
 * `choose` and the reservation run in one turn of the event loop, which makes a claim atomic.
 */
export function createEmbeddedRegistry(): Registry {
  const places = new Map<string, Place>();

  return {
    async claim(sessionId, choose) {
      places.delete(sessionId);
      const managerId = choose(countPlaces(places.values()));
      if (managerId === undefined) return succeed(undefined);
      places.set(sessionId, { managerId, phase: 'pending' });
      return succeed({ sessionId, managerId });
    },

    async activate(sessionId) {
      const place = places.get(sessionId);
      if (place) places.set(sessionId, { ...place, phase: 'active' });
      return succeed(undefined);
    },

    async release(sessionId) {
      places.delete(sessionId);
      return succeed(undefined);
    },

    counts: () => countPlaces(places.values()),
  };
}

function countPlaces(places: Iterable<Place>): ReadonlyMap<string, SessionCounts> {
  const counts = new Map<string, { active: number; pending: number; source: 'registry'; ageMs: number }>();
  for (const { managerId, phase } of places) {
    const count = counts.get(managerId) ?? { active: 0, pending: 0, source: 'registry', ageMs: 0 };
    count[phase] += 1;
    counts.set(managerId, count);
  }
  return counts;
}
