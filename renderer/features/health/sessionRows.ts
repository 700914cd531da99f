import type { ClusterHealth, SessionTraffic } from '../../../shared/model/clusterHealth.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import type { Session } from '../../../shared/model/session.ts';
import { describeBytes } from '../../app/figures.ts';
import { matchesWords } from './textFilter.ts';

const stateWords = {
  requested: 'asked for',
  placing: 'waiting for a manager',
  connecting: 'connecting',
  live: 'live',
  closed: 'closed',
} as const satisfies Record<Session['state']['kind'], string>;

/** What a session does, in words. */
export const tellSessionState = ({ state, draining }: Session): string =>
  state.kind === 'live' && draining === true ? 'live, its manager is being drained' : stateWords[state.kind];

/** The sessions that aren't closed, the newest first. */
export const openSessionsOf = (sessions: ReadonlyMap<string, Session>): readonly Session[] =>
  [...sessions.values()]
    .filter(({ state, isOthers }) => state.kind !== 'closed' && isOthers !== true)
    .toSorted((left, right) => right.openedAt - left.openedAt);

export const filterSessions = (sessions: readonly Session[], query: string): readonly Session[] =>
  sessions.filter((session) =>
    matchesWords(query, [
      session.hostName,
      session.address,
      protocolTraits[session.protocol].label,
      session.managerName,
      session.groupName,
      tellSessionState(session),
    ]),
  );

/** Traffic of a session, with its present rate where two states of the cluster tell one. */
export interface TrafficRow extends SessionTraffic {
  readonly bytesPerSecond?: number;
}

/** The traffic by session. A session that is new since `before` has no rate yet. */
export function trafficOf(
  health: ClusterHealth,
  before: ClusterHealth | undefined,
): ReadonlyMap<string, TrafficRow> {
  const seconds = before === undefined ? 0 : (health.at - before.at) / 1000;
  const earlier = new Map(before?.traffic.map((traffic) => [traffic.sessionId, sumOf(traffic)]));
  return new Map(
    health.traffic.map((traffic) => {
      const bytesBefore = earlier.get(traffic.sessionId);
      if (bytesBefore === undefined || seconds <= 0) return [traffic.sessionId, traffic];
      const bytesPerSecond = Math.max(0, Math.round((sumOf(traffic) - bytesBefore) / seconds));
      return [traffic.sessionId, { ...traffic, bytesPerSecond }];
    }),
  );
}

const sumOf = ({ fromHostBytes, toHostBytes }: SessionTraffic) => fromHostBytes + toHostBytes;

/** `1.2 MB from the host, 34 kB to it`. */
export const tellTraffic = ({ fromHostBytes, toHostBytes }: SessionTraffic): string =>
  `${describeBytes(fromHostBytes)} from the host, ${describeBytes(toHostBytes)} to it`;
