import { describeFailure } from '../../shared/contract/failure.ts';
import type {
  GroupTrace,
  ManagerTrace,
  PlacementTrace,
  SessionCounts,
} from '../../shared/model/placement.ts';
import type { Session } from '../../shared/model/session.ts';
import { describeDuration } from './duration.ts';

const noLimit = '–';

const verdictWords = {
  candidate: 'can take it',
  draining: 'is being drained',
  disabled: 'is switched off',
  down: 'does not answer',
  full: 'is at its session limit',
  'failed-before': 'failed just before',
} as const satisfies Record<ManagerTrace['verdict'], string>;

const sourceWords = { manager: 'its own word', registry: 'registry', own: 'counted here' } as const;

const takenVerdicts: readonly GroupTrace['verdict'][] = ['fallback', 'pinned', 'matched', 'default'];

/** The group that serves the session: the fallback where one was used. */
function groupTaken(trace: PlacementTrace): GroupTrace | undefined {
  for (const verdict of takenVerdicts) {
    const group = trace.groups.find((candidate) => candidate.verdict === verdict);
    if (group !== undefined) return group;
  }
  return undefined;
}

/** Why the session runs in its group, in one sentence. */
export function tellGroup(trace: PlacementTrace, hostName: string): string {
  const group = groupTaken(trace);
  if (group === undefined) return `No proximity group serves ${hostName}.`;
  const { name, verdict, why } = group;
  if (verdict === 'pinned') return `${hostName} is pinned to the group ${name}.`;
  if (verdict === 'matched') return `${hostName} belongs to the group ${name}: ${why}.`;
  if (verdict === 'default')
    return `${hostName} is served by the group ${name}, which takes whatever no other group matches.`;
  return `${hostName} is served by the group ${name}: ${why}.`;
}

/** Why the other groups were not taken, one sentence each. */
export function tellOtherGroups(trace: PlacementTrace): readonly string[] {
  const taken = groupTaken(trace);
  return trace.groups.filter((group) => group !== taken).map((group) => `${group.name}: ${group.why}.`);
}

/** Of thousands of groups only some are told. */
export const tellUntold = (count: number): string =>
  `${count} more groups come before the one that was taken; none of them matches.`;

const describeAge = (ageMs: number) => (ageMs < 1000 ? 'now' : `${describeDuration(ageMs)} ago`);

/** `3`, or `3 + 2 opening`. */
export const tellSessionCount = ({ active, pending }: SessionCounts): string =>
  pending === 0 ? String(active) : `${active} + ${pending} opening`;

/** Who counted the sessions, and how long ago. */
export const tellCountSource = ({ source, ageMs }: SessionCounts): string =>
  `${sourceWords[source]}, ${describeAge(ageMs)}`;

/** A manager as a row of the table, all in words. */
export interface ManagerRow {
  readonly id: string;
  readonly name: string;
  /** 1 for the first choice. */
  readonly rank: number | undefined;
  readonly isGood: boolean;
  readonly state: string;
  readonly sessions: string;
  readonly weight: string;
  readonly limit: string;
  readonly source: string;
  readonly roundTrip: string;
}

function tellState({ verdict, health }: ManagerTrace): string {
  if (verdict === 'candidate' && health.state === 'unknown') return 'not probed yet';
  return verdictWords[verdict];
}

/** The managers that were looked at, best first, those that were no candidates last. */
export function tellManagers(trace: PlacementTrace): readonly ManagerRow[] {
  const last = Number.POSITIVE_INFINITY;
  return trace.managers
    .toSorted((left, right) => (left.rank ?? last) - (right.rank ?? last))
    .map((manager) => ({
      id: manager.managerId,
      name: manager.name,
      rank: manager.rank,
      isGood: manager.verdict === 'candidate',
      state: tellState(manager),
      sessions: tellSessionCount(manager.counts),
      weight: String(manager.weight),
      limit: manager.sessionLimit === null ? noLimit : String(manager.sessionLimit),
      source: tellCountSource(manager.counts),
      roundTrip:
        manager.health.roundTripMs === undefined ? noLimit : `${manager.health.roundTripMs.toFixed(1)} ms`,
    }));
}

/** One try as a sentence, with how long it took. */
export interface AttemptStory {
  readonly name: string;
  readonly succeeded: boolean;
  readonly text: string;
  readonly took: string;
}

/** What was tried, in order. */
export function tellAttempts(session: Pick<Session, 'attempts' | 'hostName'>): readonly AttemptStory[] {
  return session.attempts.map((attempt) => ({
    name: attempt.name,
    succeeded: attempt.failure === undefined,
    text:
      attempt.failure === undefined
        ? 'Opened the session.'
        : describeFailure(attempt.failure, { host: session.hostName, manager: attempt.name }).what,
    took: describeDuration(attempt.durationMs),
  }));
}

/** Said where the choice of the least busy manager was a guess; `undefined` where it wasn't. */
export const tellEstimate = (trace: PlacementTrace): string | undefined =>
  trace.estimated
    ? 'All counts were too old to be relied upon, so that “fewest sessions” is estimated.'
    : undefined;
