import type { ManagerLoad } from './managerLoad.ts';
import type { SessionCounts } from './placement.ts';

/** What a manager said of itself when it was last asked. */
export interface ReportedLoad {
  readonly load: ManagerLoad;
  /** Epoch ms. */
  readonly at: number;
  /** Sessions that the registry knew of on it at that moment, openings among them. */
  readonly countedThen: number;
}

/** A word of a manager that is older than this says less than the registry. */
const staleWordMs = 30_000;

const noSessions: SessionCounts = { active: 0, pending: 0, source: 'registry', ageMs: 0 };

/**
 * The sessions on a manager: by its own word where it tells one, which sees the sessions of everybody, those that are held among
 * them. What the registry has counted since then is added, or a storm of openings between two words would all go to one manager.
 */
export function preferReported(
  reported: ReportedLoad | undefined,
  counted: SessionCounts = noSessions,
  now: number,
): SessionCounts {
  if (!reported || now - reported.at > staleWordMs) return counted;
  const { load, at, countedThen } = reported;
  const since = counted.active + counted.pending - countedThen;
  return {
    active: Math.max(0, load.active + load.held + Math.min(0, since)),
    pending: load.pending + Math.max(0, since),
    source: 'manager',
    ageMs: Math.max(0, now - at),
  };
}
