import { protocolTraits } from '../../../../shared/model/protocol.ts';
import type { SessionListing } from '../../../../shared/model/sessionRecord.ts';

/** The names of what a listing's ids stand for. */
export interface SessionNames {
  readonly managers: ReadonlyMap<string, string>;
  readonly pools: ReadonlyMap<string, string>;
}

/** A session of any user with the names that people know. */
export interface SessionRow {
  readonly session: SessionListing;
  readonly managerName: string;
  /** Absent where this machine alone counts sessions. */
  readonly poolName: string | undefined;
  readonly stateWord: 'live' | 'opening';
  /** Since when it is in its state, in epoch ms. */
  readonly since: number;
  /** What a filter looks through, in lower case. */
  readonly text: string;
}

function rowOf(session: SessionListing, { managers, pools }: SessionNames): SessionRow {
  const managerName = managers.get(session.managerId) ?? session.managerId;
  const poolName = pools.size === 0 ? undefined : (pools.get(session.poolId) ?? session.poolId);
  const stateWord = session.state === 'live' ? 'live' : 'opening';
  const { label } = protocolTraits[session.protocol];
  const { user, hostName, address, owner, route } = session;
  const texts = [user, hostName, address, label, managerName, poolName ?? '', owner, route, stateWord];
  return {
    session,
    managerName,
    poolName,
    stateWord,
    since: session.liveAt ?? session.openedAt,
    text: texts.join('\n').toLowerCase(),
  };
}

/** The newest first. */
export const rowsOf = (sessions: readonly SessionListing[], names: SessionNames): readonly SessionRow[] =>
  sessions
    .toSorted((left, right) => right.openedAt - left.openedAt || left.id.localeCompare(right.id))
    .map((session) => rowOf(session, names));

/** Those in which every word of what was typed is. */
export function filterRows(rows: readonly SessionRow[], query: string): readonly SessionRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter(({ text }) => words.every((word) => text.includes(word)));
}

/** What “Sign out everywhere” ends, in words. */
export function tellSignOut(sessions: readonly SessionListing[], user: string): string {
  const own = sessions.filter((session) => session.user === user);
  const pools = new Set(own.map(({ poolId }) => poolId)).size;
  const where = pools > 1 ? ` in ${pools} pools` : '';
  const ends =
    own.length === 0
      ? 'No session of this user is left.'
      : own.length === 1
        ? 'This ends 1 session.'
        : `This ends ${own.length} sessions${where}.`;
  return `${ends} Work that was not saved on the hosts may be lost. Nothing of ${user} is deleted, and ${user} can sign in again.`;
}
