import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { SessionRecord } from '../../shared/model/sessionRecord.ts';
import { pause } from './clock.ts';
import type { KeyValue, Operation } from './engine.ts';
import { mayPass } from './patience.ts';
import { writePlace, writeRecord } from './records.ts';
import type { RegistryCore } from './registryCore.ts';

/** A session of this process: what is wanted of it, and what is known to be stored. */
export interface OwnSession {
  readonly id: string;
  /** As it is to be stored; `undefined`: nothing is to be left of it. */
  wanted: WantedSession | undefined;
  /** What is believed to be stored; each write compares, so that a wrong belief costs one more try and nothing else. */
  stored: StoredSession | undefined;
  /** Something was sent since it was last known that nothing is there. */
  mayBeStored: boolean;
  /** The revision of its first claim: whatever was ended before that isn't this session. 0 until there is one. */
  openedRevision: number;
  fence: number;
  /** Its listeners were told that it was ended. */
  isEndTold: boolean;
  /** Its last piece of work; each waits for the one before. */
  tail: Promise<unknown>;
  waiting: number;
}

/** A record, and the two values that it is stored as. */
export interface WantedSession {
  readonly record: SessionRecord;
  /** Of the claim that it comes from. */
  readonly nonce: string;
  readonly text: string;
  readonly place: string;
}

interface StoredSession {
  readonly revision: number;
  readonly text: string;
  readonly place: string | undefined;
  readonly leaseId: string | undefined;
  /** When its place was written last. */
  readonly placeRevision: number;
}

export interface OwnSessions {
  all(): ReadonlyMap<string, OwnSession>;
  /** The session with this id; made where there is none. */
  take(sessionId: string): OwnSession;
  /** Does one thing after the other per session. */
  inTurn<T>(session: OwnSession, work: () => Promise<T>): Promise<T>;
  /** Writes what is wanted until it is stored, or `deadline` is over; to be called in the session's turn. */
  settle(session: OwnSession, deadline: number): Promise<Result<void>>;
  /** Takes in what a transaction read or wrote. */
  noteStored(session: OwnSession, record: KeyValue | undefined, place: KeyValue | undefined): void;
  isSettled(session: OwnSession): boolean;
  /** What was stored went with the lease. */
  forgetLease(): void;
  /** Puts back what is missing, takes away what nobody wants, and writes what couldn't be written before. */
  reconcile(): void;
}

export const want = (record: SessionRecord, nonce: string): WantedSession => ({
  record,
  nonce,
  text: writeRecord(record, nonce),
  place: writePlace(record),
});

const parallelWrites = 32;
const settlePatienceMs = 5_000;
const firstPauseMs = 25;
const longestPauseMs = 500;

/** Keeps what is stored of this process's sessions equal to what is wanted. */
export function createOwnSessions(core: RegistryCore): OwnSessions {
  const { engine, clock, random, keys, owner, mirror, lease, timings } = core;
  const sessions = new Map<string, OwnSession>();
  /** Own places in the mirror that nobody here knows of, since when. */
  const ghosts = new Map<string, number>();
  const queue: OwnSession[] = [];
  let workers = 0;

  function isSettled({ wanted, stored, mayBeStored }: OwnSession): boolean {
    if (!wanted) return !mayBeStored;
    return (
      stored !== undefined &&
      stored.leaseId === lease.id() &&
      stored.text === wanted.text &&
      stored.place === wanted.place
    );
  }

  function noteStored(session: OwnSession, record: KeyValue | undefined, place: KeyValue | undefined): void {
    session.mayBeStored = record !== undefined || place !== undefined;
    session.stored = record && {
      revision: record.modRevision,
      text: record.value,
      place: place?.value,
      leaseId: record.leaseId === place?.leaseId ? record.leaseId : undefined,
      placeRevision: place?.modRevision ?? record.modRevision,
    };
  }

  async function writeOnce(
    session: OwnSession,
    wanted: WantedSession,
    leaseId: string,
  ): Promise<Result<void>> {
    const recordKey = keys.record(owner, session.id);
    const placeKey = keys.place(owner, session.id);
    const { stored } = session;
    const { record, text, place } = wanted;
    const isNewPlace = stored?.leaseId !== leaseId || stored.place === undefined;
    const then: Operation[] = [{ kind: 'put', key: recordKey, value: text, leaseId }];
    if (isNewPlace || stored.place !== place)
      then.push({ kind: 'put', key: placeKey, value: place, leaseId });
    if (isNewPlace) then.push({ kind: 'put', key: keys.guard(record.managerId), value: '' });
    session.mayBeStored = true;
    const written = await engine.transact({
      compare: [
        stored
          ? { key: recordKey, target: 'mod', is: '=', value: stored.revision }
          : { key: recordKey, target: 'create', is: '=', value: 0 },
      ],
      then,
      otherwise: [
        { kind: 'get', key: recordKey },
        { kind: 'get', key: placeKey },
      ],
    });
    if (!written.ok) return written;
    const { succeeded, revision, read } = written.value;
    if (succeeded) {
      const placeRevision = then.length > 1 ? revision : (stored?.placeRevision ?? revision);
      session.stored = { revision, text, place, leaseId, placeRevision };
      if (isNewPlace) session.fence = revision;
    } else {
      noteStored(session, read[0]?.[0], read[1]?.[0]);
    }
    return succeed(undefined);
  }

  async function removeOnce(session: OwnSession): Promise<Result<void>> {
    const removed = await engine.transact({
      compare: [],
      then: [
        { kind: 'delete', key: keys.record(owner, session.id) },
        { kind: 'delete', key: keys.place(owner, session.id) },
      ],
    });
    if (!removed.ok) return removed;
    session.stored = undefined;
    session.mayBeStored = false;
    return succeed(undefined);
  }

  async function settle(session: OwnSession, deadline: number): Promise<Result<void>> {
    let pauseMs = firstPauseMs;
    let failure: Failure = { code: 'registry_unavailable' };
    while (!isSettled(session)) {
      if (core.isClosed()) return fail('registry_unavailable', 'it is closed');
      const leaseId = lease.id();
      const tried: Result<void> =
        session.wanted === undefined
          ? await removeOnce(session)
          : leaseId === undefined
            ? fail('registry_lease_lost')
            : await writeOnce(session, session.wanted, leaseId);
      if (tried.ok) continue;
      failure = tried.failure;
      if (failure.code === 'registry_lease_lost') {
        if (leaseId !== undefined) lease.giveUp(leaseId);
      } else if (!mayPass(failure)) return tried;
      if (clock.now() + pauseMs > deadline) return { ok: false, failure };
      await pause(clock, pauseMs * (0.5 + random()));
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
    return succeed(undefined);
  }

  async function inTurn<T>(session: OwnSession, work: () => Promise<T>): Promise<T> {
    session.waiting += 1;
    const turn = session.tail.then(work);
    session.tail = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      session.waiting -= 1;
      const isOver = session.waiting === 0 && !session.wanted && !session.mayBeStored;
      if (isOver) sessions.delete(session.id);
    }
  }

  /** As many at a time as do the engine no harm; whoever is in the middle of something settles by itself. */
  async function settleAll(): Promise<void> {
    workers += 1;
    for (let next = queue.pop(); next; next = queue.pop()) {
      const session = next;
      if (session.waiting > 0 || isSettled(session)) continue;
      const settled = await inTurn(session, () => settle(session, clock.now() + settlePatienceMs));
      // The others would fare no better; they come again with the next look.
      if (!settled.ok) queue.length = 0;
    }
    workers -= 1;
  }

  function findUnsettled(): void {
    if (queue.length === 0)
      for (const session of sessions.values())
        if (session.waiting === 0 && !isSettled(session)) queue.push(session);
    while (workers < Math.min(parallelWrites, queue.length)) void settleAll();
  }

  function findMissing(): void {
    const places = mirror.placesOf(owner);
    for (const session of sessions.values()) {
      const { wanted, stored } = session;
      if (!wanted || !stored || session.waiting > 0 || stored.placeRevision > mirror.revision()) continue;
      const seen = places.get(session.id);
      const phase = wanted.record.state === 'live' ? 'active' : 'pending';
      if (seen?.managerId !== wanted.record.managerId || seen.phase !== phase) session.stored = undefined;
    }
  }

  function removeGhosts(): void {
    const now = clock.now();
    const places = mirror.placesOf(owner);
    for (const sessionId of ghosts.keys()) if (!places.has(sessionId)) ghosts.delete(sessionId);
    for (const [sessionId, place] of places) {
      const isKnown = sessions.has(sessionId);
      if (isKnown) {
        ghosts.delete(sessionId);
        continue;
      }
      const since = ghosts.get(sessionId) ?? now;
      ghosts.set(sessionId, since);
      if (now - since < timings.ghostMs) continue;
      ghosts.delete(sessionId);
      const key = keys.place(owner, sessionId);
      core.log.warn({ session: sessionId }, 'A place that no session holds is given back');
      void engine.transact({
        compare: [{ key, target: 'mod', is: '=', value: place.modRevision }],
        then: [
          { kind: 'delete', key },
          { kind: 'delete', key: keys.record(owner, sessionId) },
        ],
      });
    }
  }

  return {
    all: () => sessions,

    take(sessionId) {
      let session = sessions.get(sessionId);
      if (!session) {
        session = {
          id: sessionId,
          wanted: undefined,
          stored: undefined,
          mayBeStored: false,
          openedRevision: 0,
          fence: 0,
          isEndTold: false,
          tail: Promise.resolve(),
          waiting: 0,
        };
        sessions.set(sessionId, session);
      }
      return session;
    },

    inTurn,
    settle,
    noteStored,
    isSettled,

    reconcile() {
      findMissing();
      removeGhosts();
      findUnsettled();
    },

    forgetLease() {
      for (const session of sessions.values()) session.stored = undefined;
    },
  };
}
