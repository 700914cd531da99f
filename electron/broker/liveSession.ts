import type { Failure } from '../../shared/contract/failure.ts';
import type { Attempt } from '../../shared/model/placement.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { isDraining } from './draining.ts';
import type { LineEnd, Registry, SessionJournal, SessionLine, TopologySource } from './ports.ts';
import type { SessionBook, SessionEntry } from './sessionBook.ts';

export interface LivePorts {
  readonly book: SessionBook;
  readonly topology: TopologySource;
  readonly registry: Registry;
  readonly journal: SessionJournal;
  readonly now: () => number;
}

/** Where a session runs, and how it came there. */
export interface LivePlace {
  readonly manager: SessionManager;
  readonly groupId: string;
  /** In words, for the registry. */
  readonly placement: string[];
  readonly attempts: Attempt[];
}

/** The first picture is there: the session is the host's and the person's, until its line ends. */
export function goLive(entry: SessionEntry, line: SessionLine, place: LivePlace, ports: LivePorts): void {
  const { book, journal, registry, topology, now } = ports;
  const { manager, groupId, placement, attempts } = place;
  // A registry that is away doesn't end it, and hears of it later.
  void registry.update(entry.session.id, {
    state: 'live',
    liveAt: now(),
    connectionId: line.connectionId,
    placement,
  });
  entry.line = line;
  book.update(
    entry,
    { kind: 'live', managerId: manager.id },
    {
      attempts,
      security: line.security,
      ...(entry.stopwatch && { times: entry.stopwatch.times() }),
      // Its administrator may have changed their mind since it was chosen.
      ...(isDraining(topology, manager.id) && { draining: true }),
    },
  );
  journal.noteLive(entry.session, groupId);
  line.onReconnecting((isReconnecting) => {
    if (entry.line !== line || entry.session.state.kind !== 'live') return;
    const reconnecting = isReconnecting && { reconnecting: true };
    book.update(entry, { kind: 'live', managerId: manager.id, ...reconnecting });
  });
  void line.ended.then((end) => closeEnded(entry, end, ports));
}

export function closeFailed(
  entry: SessionEntry,
  failure: Failure,
  { book, journal }: Pick<LivePorts, 'book' | 'journal'>,
): void {
  const wasOpen = entry.session.state.kind !== 'closed';
  book.update(entry, { kind: 'closed', reason: 'failed', failure });
  if (wasOpen) journal.noteFailed(entry.session, failure);
}

async function closeEnded(entry: SessionEntry, { failure }: LineEnd, ports: LivePorts): Promise<void> {
  const isWanted = entry.isMoving === true || entry.opening.signal.aborted;
  const isTaken = isWanted && failure?.code === 'host_session_taken';
  delete entry.line;
  void ports.registry.release(entry.session.id);
  if (failure && !isTaken) return closeFailed(entry, failure, ports);
  const reason = isTaken || entry.opening.signal.aborted ? 'user' : 'ended';
  ports.book.update(entry, { kind: 'closed', reason });
}
