import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Session } from '../../shared/model/session.ts';
import type { Caller } from '../broker/caller.ts';
import { type CallerRights, isSamePerson } from '../broker/callerRights.ts';
import type { Display, HostStore, SessionLine, TopologySource } from '../broker/ports.ts';
import type { SessionBook } from '../broker/sessionBook.ts';
import type { Sessions } from '../broker/sessions.ts';
import type { Collection } from '../collections/collection.ts';
import type { HeldSession } from './heldSession.ts';
import type { NodeDirectory } from './nodeDirectory.ts';

export interface TakeoverPorts {
  readonly held: Collection<HeldSession>;
  readonly directory: Pick<NodeDirectory, 'ownRoute' | 'ownInstance' | 'isThere'>;
  readonly book: Pick<SessionBook, 'find' | 'onChange'>;
  readonly sessions: Pick<Sessions, 'open' | 'adopt'>;
  readonly hosts: Pick<HostStore, 'hosts'>;
  readonly topology: TopologySource;
  readonly rights: Pick<CallerRights, 'has' | 'of'>;
  readonly joinLine: (held: HeldLine, signal: AbortSignal) => Promise<Result<SessionLine>>;
  readonly openConnectionId: (sessionId: string, sealed: string) => string | undefined;
  readonly now: () => number;
}

type Topology = ReturnType<TopologySource['current']>;

/** What is to be joined, and where. */
export interface HeldLine {
  readonly manager: Topology['managers'][number];
  readonly trust: Topology['groups'][number]['trust'];
  readonly connectionId: string;
  readonly display: Display;
}

export interface Resumed {
  readonly sessionId: string;
  readonly how: 'still-here' | 're-attached' | 'opened-anew';
}

/** Takes up sessions of nodes that are gone or that hand theirs over, one by one, for those whose they are. */
export interface Takeover {
  resume(sessionId: string, display: Display, caller: Caller): Promise<Result<Resumed>>;
}

/** A manager that doesn't hold it says so at once. */
const joinTimeoutMs = 3_000;
/** A node that took a session and then was heard of no more. */
const takingTimeoutMs = 30_000;
/** Two windows of one person ask for the same session. */
const mostRemembered = 1_000;

export function createTakeover(ports: TakeoverPorts): Takeover {
  const { held, directory, book, sessions, now } = ports;
  const own = { route: directory.ownRoute, instance: directory.ownInstance };
  const resumed = new Map<string, Promise<Result<Resumed>>>();

  const isOwn = ({ route, instance }: { route: string; instance: string }) =>
    route === own.route && instance === own.instance;

  /** Another may be taking it this instant; who is gone or has come to nothing isn't waited for. */
  const isTaken = ({ taken }: HeldSession) =>
    taken !== undefined &&
    !isOwn(taken) &&
    directory.isThere(taken.route, taken.instance) &&
    (taken.sessionId !== undefined || now() - taken.at < takingTimeoutMs);

  async function take(sessionId: string, caller: Caller): Promise<Result<HeldSession>> {
    let isMine = false;
    const changed = await held.change(sessionId, (current) => {
      isMine = current !== undefined && isSamePerson(current.user, caller.person().id) && !isTaken(current);
      return current && isMine ? { ...current, taken: { ...own, at: now() } } : current;
    });
    if (!changed.ok) return changed;
    return changed.value && isMine ? succeed(changed.value) : fail('session_unknown');
  }

  /** As nothing has become of it: it may be tried again. */
  async function giveBack(sessionId: string): Promise<void> {
    await held.change(sessionId, (current) => {
      if (!current?.taken || !isOwn(current.taken)) return current;
      const { taken: _taken, ...rest } = current;
      return rest;
    });
  }

  /** The one that it was ends only once there is a picture of the one that it has become. */
  function followUp(sessionId: string, document: HeldSession, next: Session): void {
    const look = () => {
      const state = book.find(next.id)?.session.state;
      if (state !== undefined && state.kind !== 'live' && state.kind !== 'closed') return;
      stop();
      if (state?.kind !== 'live') void giveBack(sessionId);
      else if (!directory.isThere(document.route, document.instance)) void held.removeAll([sessionId]);
      else
        void held.change(
          sessionId,
          (current) => current && { ...current, taken: { ...own, at: now(), sessionId: next.id } },
        );
    };
    const stop = book.onChange((changedId) => changedId === next.id && look());
    look();
  }

  async function joinHeld(sessionId: string, document: HeldSession, display: Display) {
    const { groups, managers } = ports.topology.current();
    const manager = managers.find(({ id }) => id === document.managerId);
    const group = groups.find(
      ({ name, managerIds }) => name === document.groupName && managerIds.includes(document.managerId),
    );
    const connectionId = ports.openConnectionId(sessionId, document.sealedConnectionId);
    if (!manager || !group || connectionId === undefined) return undefined;
    const joined = await ports.joinLine(
      { manager, trust: group.trust, connectionId, display },
      AbortSignal.timeout(joinTimeoutMs),
    );
    return joined.ok ? { line: joined.value, manager, group } : undefined;
  }

  async function takeUp(
    sessionId: string,
    host: Host,
    document: HeldSession,
    display: Display,
    caller: Caller,
  ): Promise<Result<Resumed>> {
    const { id: user, roles } = caller.person();
    const opener = { user, roles, rights: ports.rights.of(caller, host.vaultId) };
    const opening = { opener, host, display, credential: undefined };
    const adopted = await joinHeld(sessionId, document, display);
    if (!adopted && document.hadTypedCredential) return fail('credential_not_kept');
    const next = adopted ? sessions.adopt(opening, adopted) : sessions.open(opening);
    followUp(sessionId, document, next);
    return succeed({ sessionId: next.id, how: adopted ? 're-attached' : 'opened-anew' });
  }

  async function resume(sessionId: string, display: Display, caller: Caller): Promise<Result<Resumed>> {
    const document = held.all().get(sessionId);
    const fetched = document ? succeed(document) : await held.fetch(sessionId);
    if (!fetched.ok) return fetched;
    if (!fetched.value || !isSamePerson(fetched.value.user, caller.person().id))
      return fail('session_unknown');
    const host = ports.hosts.hosts().get(fetched.value.hostId);
    // What may not be seen isn't there.
    if (!host || !ports.rights.has(caller, host.vaultId, 'see')) return fail('session_unknown');
    if (!ports.rights.has(caller, host.vaultId, 'open')) return fail('not_permitted');
    const taken = await take(sessionId, caller);
    if (!taken.ok) return taken;
    const outcome = await takeUp(sessionId, host, taken.value, display, caller);
    if (!outcome.ok) await giveBack(sessionId);
    return outcome;
  }

  return {
    async resume(sessionId, display, caller) {
      const entry = book.find(sessionId);
      if (entry && entry.session.state.kind !== 'closed')
        return isSamePerson(entry.origin.opener.user, caller.person().id)
          ? succeed({ sessionId, how: 'still-here' })
          : fail('session_unknown');
      const key = `${caller.person().id} ${sessionId}`;
      const earlier = resumed.get(key);
      if (earlier) return earlier;
      const resuming = resume(sessionId, display, caller);
      if (resumed.size >= mostRemembered) resumed.clear();
      resumed.set(key, resuming);
      const outcome = await resuming;
      if (!outcome.ok) resumed.delete(key);
      return outcome;
    },
  };
}
