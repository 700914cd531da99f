import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Credential, Host } from '../../shared/model/host.ts';
import type { DrawnPicture } from '../../shared/model/opening.ts';
import type { Session } from '../../shared/model/session.ts';
import { audited } from './audited.ts';
import type { Caller } from './caller.ts';
import { type CallerRights, isSamePerson } from './callerRights.ts';
import type { Personal } from './personal.ts';
import type { AuditLog, Display, HostStore, TunnelWire, Unsubscribe } from './ports.ts';
import type { SessionBook, SessionEntry } from './sessionBook.ts';
import type { Sessions } from './sessions.ts';

/** What people may see of the sessions and do with them: all with their own, and join those that others have live. */
export interface SessionDesk {
  /** The session as this person is told of it; `undefined` where it isn't there for them. */
  view(caller: Caller, sessionId: string): Session | undefined;
  viewAll(caller: Caller): readonly Session[];
  /** Sessions that changed, or `undefined` where what people may see of all of them may have changed. */
  onChange(listener: (sessionId: string | undefined) => void): Unsubscribe;
  open(caller: Caller, opening: DeskOpening): Session;
  /** An own session's picture, or another's beside its person. What isn't there for them is `session_unknown`. */
  attach(caller: Caller, sessionId: string, wire: TunnelWire): Promise<Result<void>>;
  /** The first picture of an own session was drawn. */
  noteDrawn(caller: Caller, sessionId: string, drawn: DrawnPicture): Result<void>;
  close(caller: Caller, sessionId: string): Result<void>;
  move(caller: Caller, sessionId: string): Promise<Result<{ sessionId: string }>>;
}

export interface DeskOpening {
  readonly host: Host;
  readonly display: Display;
  readonly credential: Credential | undefined;
}

export interface SessionDeskPorts {
  readonly book: SessionBook;
  readonly sessions: Pick<Sessions, 'open' | 'attach' | 'join' | 'noteDrawn' | 'close' | 'move'>;
  readonly hosts: Pick<HostStore, 'hosts' | 'onChange'>;
  readonly rights: CallerRights;
  readonly personal: Pick<Personal, 'noteOpened'>;
  readonly audit: Pick<AuditLog, 'append'>;
}

/** Somebody who looks at another's session. */
interface Guest {
  readonly caller: Caller;
  readonly entry: SessionEntry;
  readonly wire: TunnelWire;
}

export function createSessionDesk(ports: SessionDeskPorts): SessionDesk {
  const { book, sessions, hosts, rights, personal, audit } = ports;
  const guests = new Set<Guest>();

  const isOwn = (caller: Caller, { origin }: SessionEntry) =>
    isSamePerson(origin.opener.user, caller.person().id);

  /** Its host may have been moved to another vault since it was opened. */
  const vaultOf = ({ session, origin }: SessionEntry): string =>
    (hosts.hosts().get(session.hostId) ?? origin.host).vaultId;

  const mayJoin = (caller: Caller, entry: SessionEntry): boolean =>
    entry.session.state.kind === 'live' && rights.has(caller, vaultOf(entry), 'join');

  function viewOf(caller: Caller, entry: SessionEntry): Session | undefined {
    if (isOwn(caller, entry)) return entry.session;
    return mayJoin(caller, entry) ? asOthers(entry.session) : undefined;
  }

  /** Of all that a caller may do with a session, most is for its own person. */
  function findOwn(caller: Caller, sessionId: string): Result<SessionEntry> {
    const entry = book.find(sessionId);
    if (!entry || !viewOf(caller, entry)) return fail('session_unknown');
    return isOwn(caller, entry) ? succeed(entry) : fail('not_permitted');
  }

  async function join(caller: Caller, entry: SessionEntry, wire: TunnelWire): Promise<Result<void>> {
    const { id, user, hostName } = entry.session;
    const guest: Guest = { caller, entry, wire };
    guests.add(guest);
    wire.onClose(() => guests.delete(guest));
    const who = caller.person().id;
    const details = [`session ${id}`];
    return audited(audit, { who, what: `Joined a session of “${user}” on “${hostName}”`, details }, () =>
      // It may have been taken away while that was written.
      mayJoin(caller, entry) ? sessions.join(id, who, wire) : Promise.resolve(fail('session_unknown')),
    );
  }

  function sendAwayWhoMayNot(): void {
    for (const { caller, entry, wire } of [...guests])
      if (!mayJoin(caller, entry)) wire.close(failureOf('not_permitted'));
  }
  rights.onChange(sendAwayWhoMayNot);

  /** A host that was moved to another vault takes its sessions along. */
  function onHostChange(listener: (sessionId: string) => void): Unsubscribe {
    return hosts.onChange((change) => {
      if (change.kind !== 'put') return;
      const hostIds = new Set(change.hosts.map(({ id }) => id));
      for (const { session } of book.entries()) if (hostIds.has(session.hostId)) listener(session.id);
    });
  }
  onHostChange(sendAwayWhoMayNot);

  return {
    view(caller, sessionId) {
      const entry = book.find(sessionId);
      return entry && viewOf(caller, entry);
    },
    viewAll: (caller) => book.entries().flatMap((entry) => viewOf(caller, entry) ?? []),
    onChange(listener) {
      const stop = [
        book.onChange(listener),
        onHostChange(listener),
        rights.onChange(() => listener(undefined)),
      ];
      return () => stop.forEach((end) => end());
    },
    open(caller, { host, display, credential }) {
      const { id, roles } = caller.person();
      // The list's “recent” may lag; an opening doesn't wait for the disk.
      if (hosts.hosts().has(host.id)) void personal.noteOpened(id, host.id);
      const opener = { user: id, roles, rights: rights.of(caller, host.vaultId) };
      return sessions.open({ opener, host, display, credential });
    },
    async attach(caller, sessionId, wire) {
      const entry = book.find(sessionId);
      if (entry && isOwn(caller, entry)) return sessions.attach(sessionId, wire);
      const joined =
        entry && mayJoin(caller, entry) ? await join(caller, entry, wire) : fail('session_unknown');
      if (!joined.ok) wire.close(joined.failure);
      return joined;
    },
    noteDrawn(caller, sessionId, drawn) {
      const own = findOwn(caller, sessionId);
      if (!own.ok) return own;
      sessions.noteDrawn(sessionId, drawn);
      return succeed(undefined);
    },
    close(caller, sessionId) {
      const own = findOwn(caller, sessionId);
      return own.ok ? sessions.close(sessionId) : own;
    },
    async move(caller, sessionId) {
      const own = findOwn(caller, sessionId);
      if (!own.ok) return own;
      // Its host is opened anew.
      const permitted = rights.check(caller, vaultOf(own.value), ['open'], 'host_unknown');
      return permitted.ok ? sessions.move(sessionId) : permitted;
    },
  };
}

/** What somebody has to know to join: not how it was placed, and not as whom its person is signed in there. */
function asOthers(session: Session): Session {
  const { id, user, hostId, hostName, address, protocol, state, openedAt, security, watchers } = session;
  return {
    ...{ id, user, hostId, hostName, address, protocol, state, openedAt },
    ...(security && { security }),
    ...(watchers && { watchers }),
    isOthers: true,
    attempts: [],
  };
}
