import { randomUUID } from 'node:crypto';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { SessionTraffic } from '../../shared/model/clusterHealth.ts';
import type { DrawnPicture } from '../../shared/model/opening.ts';
import type { Session } from '../../shared/model/session.ts';
import { type AdoptedLine, adoptLine } from './adoptLine.ts';
import { markDraining } from './draining.ts';
import { keepUntil } from './earlyTunnel.ts';
import { type Opening, type OpeningPorts, openSession } from './openSession.ts';
import type { SessionEnding, TunnelWire } from './ports.ts';
import type { SessionEntry } from './sessionBook.ts';

/** What people and their windows do with sessions. */
export interface Sessions {
  /** Starts opening and returns at once; the session book tells how it goes. */
  open(opening: Opening): Session;
  /** Goes on with a line that another gateway opened, as a session of this one's. */
  adopt(opening: Opening, adopted: AdoptedLine): Session;
  /** Gives the picture of a session to a window's tunnel, as soon as it is live. */
  attach(sessionId: string, wire: TunnelWire): Promise<Result<void>>;
  /** Lets another person in, named `watcher`, until their tunnel or the session ends; its own person is told before they see anything. */
  join(sessionId: string, watcher: string, wire: TunnelWire): Promise<Result<void>>;
  /** The window of a session tells of its first picture; of a session that isn't live, or a second time, it is no news. */
  noteDrawn(sessionId: string, drawn: DrawnPicture): void;
  /** Ends a session or its opening; forgets a closed one. */
  close(sessionId: string): Result<void>;
  /**
   * Opens the host of a live session anew on another manager, and once that is live ends the old one. Fails with
   * `credential_not_kept` where its credential was typed, or as the opening does; the old session goes on then.
   */
  move(sessionId: string): Promise<Result<{ sessionId: string }>>;
  /** An administrator ends it, wherever they sit; its person is told. Does nothing where it isn't here. */
  endByAdministrator({ sessionId, code }: SessionEnding): void;
  /** The settings have changed: sessions on a manager that drains are told so. */
  noteSettings(): void;
  /** Bytes of every live session. */
  traffic(): readonly SessionTraffic[];
  /** Ends everything; resolves when no socket is left. */
  closeAll(): Promise<void>;
}

export function createSessions(ports: OpeningPorts): Sessions {
  const { book, now } = ports;
  const running = new Set<Promise<void>>();
  /** By session, who has joined it; somebody with two windows twice. */
  const watching = new Map<string, string[]>();
  const moves = new Map<string, Promise<Result<{ sessionId: string }>>>();

  function begin(
    opening: Opening,
    reachLive: (entry: SessionEntry) => Promise<void>,
  ): { readonly entry: SessionEntry; readonly opened: Promise<void> } {
    const { opener, host, display, credential } = opening;
    const username = credential?.username ?? host.username;
    const entry = book.add(
      {
        id: randomUUID(),
        user: opener.user,
        hostId: host.id,
        hostName: host.name,
        address: host.address,
        protocol: host.protocol,
        ...(username !== '' && { username }),
        state: { kind: 'requested' },
        openedAt: now(),
        attempts: [],
      },
      { opener, host, display, hadTypedCredential: credential !== undefined },
    );
    const opened = reachLive(entry).finally(() => {
      running.delete(opened);
      delete entry.opened;
    });
    running.add(opened);
    entry.opened = opened;
    return { entry, opened };
  }

  const start = (opening: Opening) => begin(opening, (entry) => openSession(entry, opening, ports));

  function end({ opening, line }: SessionEntry): void {
    opening.abort();
    line?.close();
  }

  async function moveAway(old: SessionEntry, managerId: string): Promise<Result<{ sessionId: string }>> {
    const { opener, host, display } = old.origin;
    const { entry, opened } = start({
      ...{ opener, host, display },
      credential: undefined,
      avoidedManagerId: managerId,
    });
    // Who closes the session meanwhile wants neither.
    const giveUp = () => end(entry);
    old.opening.signal.addEventListener('abort', giveUp);
    old.isMoving = true;
    await opened;
    old.isMoving = false;
    old.opening.signal.removeEventListener('abort', giveUp);
    const { id, state } = entry.session;
    if (state.kind === 'live') {
      end(old);
      return succeed({ sessionId: id });
    }
    // Nobody has seen it; the failure is told to whoever wanted the move.
    book.forget(id);
    const failure = state.kind === 'closed' ? state.failure : undefined;
    return { ok: false, failure: failure ?? failureOf('session_closed') };
  }

  /** Everybody by name, once however many windows they look through. */
  function tellWatchers(entry: SessionEntry): void {
    const watchers = [...new Set(watching.get(entry.session.id))];
    book.update(entry, entry.session.state, { watchers });
  }

  return {
    open: (opening) => start(opening).entry.session,
    adopt: (opening, adopted) =>
      begin(opening, (entry) => adoptLine(entry, opening, adopted, ports)).entry.session,

    async attach(sessionId, wire) {
      const entry = book.find(sessionId);
      if (entry?.opened && !(await keepUntil(entry.opened, wire))) return fail('session_closed');
      entry?.stopwatch?.end('tunnel');
      if (entry?.line) return entry.line.attach(wire);
      const failure = failureOf(entry ? 'session_closed' : 'session_unknown');
      wire.close(failure);
      return { ok: false, failure };
    },

    async join(sessionId, watcher, wire) {
      const entry = book.find(sessionId);
      const { line } = entry ?? {};
      if (!entry || !line) {
        const failure = failureOf(entry ? 'session_closed' : 'session_unknown');
        wire.close(failure);
        return { ok: false, failure };
      }
      const names = watching.get(sessionId) ?? [];
      watching.set(sessionId, names);
      names.push(watcher);
      tellWatchers(entry);
      wire.onClose(() => {
        names.splice(names.indexOf(watcher), 1);
        if (names.length === 0) watching.delete(sessionId);
        tellWatchers(entry);
      });
      return line.join(wire);
    },

    noteDrawn(sessionId, drawn) {
      const entry = book.find(sessionId);
      const { stopwatch } = entry ?? {};
      if (!entry || !stopwatch || entry.session.state.kind !== 'live') return;
      const known = entry.session.times?.pictureMs;
      stopwatch.noteDrawn(drawn);
      if (known !== undefined) return;
      book.update(entry, entry.session.state, { times: stopwatch.times() });
      ports.journal.noteDrawn(entry.session);
    },

    close(sessionId) {
      const entry = book.find(sessionId);
      if (!entry) return fail('session_unknown');
      if (entry.session.state.kind === 'closed') book.forget(sessionId);
      end(entry);
      return succeed(undefined);
    },

    async move(sessionId) {
      const entry = book.find(sessionId);
      if (!entry) return fail('session_unknown');
      const { state } = entry.session;
      if (state.kind !== 'live') return fail('session_closed');
      if (entry.origin.hadTypedCredential) return fail('credential_not_kept');
      const move = moves.get(sessionId) ?? moveAway(entry, state.managerId);
      moves.set(sessionId, move);
      return move.finally(() => moves.delete(sessionId));
    },

    endByAdministrator({ sessionId, code }) {
      const entry = book.find(sessionId);
      if (!entry || entry.session.state.kind === 'closed') return;
      book.update(entry, { kind: 'closed', reason: 'failed', failure: failureOf(code) });
      end(entry);
    },

    noteSettings: () => markDraining(book, ports.topology),

    traffic: () =>
      book
        .entries()
        .flatMap(({ session: { id }, line }) => (line ? { sessionId: id, ...line.traffic() } : [])),

    async closeAll() {
      const entries = book.entries();
      for (const entry of entries) {
        book.update(entry, { kind: 'closed', reason: 'failed', failure: failureOf('broker_stopping') });
        end(entry);
      }
      await Promise.all([...running, ...entries.map((entry) => entry.line?.ended)]);
    },
  };
}
