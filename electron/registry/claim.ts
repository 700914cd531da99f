import { randomUUID } from 'node:crypto';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { SessionRecord } from '../../shared/model/sessionRecord.ts';
import type { Choice, Claim, RegistryCounts } from '../broker/ports.ts';
import { pause } from './clock.ts';
import type { Transaction } from './engine.ts';
import type { Heard } from './heard.ts';
import { type OwnSession, type OwnSessions, want, type WantedSession } from './ownSessions.ts';
import { mayPass } from './patience.ts';
import type { Places } from './places.ts';
import { readNonce } from './records.ts';
import type { RegistryCore } from './registryCore.ts';

interface ClaimPorts {
  readonly core: RegistryCore;
  readonly sessions: OwnSessions;
  readonly places: Places;
  readonly heard: Heard;
  readonly poolId: string;
  /** Greatest slack. */
  readonly slack: number;
}

/** What is to be stored once a manager was chosen. */
type RecordOn = (managerId: string) => SessionRecord;

type Chosen = (view: RegistryCounts) => Choice | undefined;

const firstPauseMs = 20;
const longestPauseMs = 300;
const longestJitterMs = 32;

/**
 * Reserves a place with one transaction that fails where the mirror was too old: the guard's version tells how many places were
 * taken on the manager since. At first nobody else's may be; after each conflict twice as many are forgiven, up to the slack, so
 * that a storm of openings settles. Near a manager's limit nothing is forgiven that would go over it.
 *
 * An attempt without an answer is repeated as it was until there is one: all its comparisons fail for ever once one has failed,
 * and its nonce tells whether it had been there already.
 */
export function createClaimer({ core, sessions, places, heard, poolId, slack: greatest }: ClaimPorts) {
  const { engine, clock, random, keys, owner, mirror, lease, timings } = core;

  function attemptFor(
    session: OwnSession,
    wanted: WantedSession,
    leaseId: string,
    forgiven: number,
  ): Transaction {
    const { managerId } = wanted.record;
    const recordKey = keys.record(owner, session.id);
    const guardKey = keys.guard(managerId);
    const guard = mirror.guard(managerId);
    return {
      compare: [
        session.stored
          ? { key: recordKey, target: 'mod', is: '=', value: session.stored.revision }
          : { key: recordKey, target: 'create', is: '=', value: 0 },
        { key: keys.manager(managerId), target: 'mod', is: '=', value: mirror.managerRevision(managerId) },
        { key: guardKey, target: 'create', is: '=', value: guard.createRevision },
        { key: guardKey, target: 'version', is: '<', value: guard.version + forgiven },
      ],
      then: [
        { kind: 'put', key: guardKey, value: '' },
        { kind: 'put', key: recordKey, value: wanted.text, leaseId },
        { kind: 'put', key: keys.place(owner, session.id), value: wanted.place, leaseId },
      ],
      otherwise: [
        { kind: 'get', key: recordKey },
        { kind: 'get', key: keys.place(owner, session.id) },
      ],
    };
  }

  /** Repeats until it is known whether it was done. */
  async function transactForSure(transaction: Transaction, deadline: () => number) {
    let pauseMs = firstPauseMs;
    let isSure = true;
    for (;;) {
      const done = await engine.transact(transaction);
      if (done.ok || !mayPass(done.failure)) return done;
      isSure &&= done.failure.code !== 'registry_outcome_unknown';
      const isOver = clock.now() + pauseMs > deadline() || core.isClosed();
      if (isOver) return isSure ? done : fail('registry_outcome_unknown', done.failure.detail);
      await pause(clock, pauseMs * (0.5 + random()));
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  /** While nothing is heard there is no use in waiting longer than a change of leader takes. */
  const deadlineFor = (startedAt: number) => (): number =>
    Math.min(startedAt, heard.silentSince() ?? Infinity) + timings.claimMs;

  function acknowledge(session: OwnSession, wanted: WantedSession, leaseId: string, revision: number): Claim {
    session.wanted = wanted;
    session.stored = { revision, text: wanted.text, place: wanted.place, leaseId, placeRevision: revision };
    session.fence = revision;
    if (session.openedRevision === 0) session.openedRevision = revision;
    places.acknowledge(session.id, revision);
    const { managerId } = wanted.record;
    return { sessionId: session.id, managerId, poolId, fence: revision, revision };
  }

  /** One choice, tried once. `undefined`: it has to be chosen anew. */
  async function tryChoice(
    session: OwnSession,
    wanted: WantedSession,
    leaseId: string,
    forgiven: number,
    deadline: () => number,
  ): Promise<Result<Claim> | { readonly isConflict: boolean }> {
    session.mayBeStored = true;
    const done = await transactForSure(attemptFor(session, wanted, leaseId, forgiven), deadline);
    if (!done.ok) {
      if (done.failure.code !== 'registry_lease_lost') return done;
      lease.giveUp(leaseId);
      return { isConflict: false };
    }
    const { succeeded, revision, read } = done.value;
    if (succeeded) return succeed(acknowledge(session, wanted, leaseId, revision));
    const before = session.stored?.revision;
    const [record, place] = [read[0]?.[0], read[1]?.[0]];
    sessions.noteStored(session, record, place);
    if (record && readNonce(record.value) === wanted.nonce && record.leaseId === leaseId)
      return succeed(acknowledge(session, wanted, leaseId, record.modRevision));
    return { isConflict: record?.modRevision === before };
  }

  /** Tells later whether more was heard of the manager. */
  function noticeMove(managerId: string): () => boolean {
    const guard = mirror.guard(managerId);
    const revision = mirror.managerRevision(managerId);
    return () => mirror.guard(managerId) !== guard || mirror.managerRevision(managerId) !== revision;
  }

  /** A claim in its session's turn. */
  return async function claim(
    session: OwnSession,
    choose: Chosen,
    recordOn: RecordOn,
  ): Promise<Result<Claim | undefined>> {
    const deadline = deadlineFor(clock.now());
    const isOver = () => clock.now() > deadline() || core.isClosed();
    let slack = 1;
    let conflicts = 0;
    let failure: Failure = { code: 'registry_unavailable' };
    try {
      for (;;) {
        const ready = await heard.untilReady(deadline());
        if (!ready.ok) return ready;
        const view: RegistryCounts = {
          byManager: places.counts(heard.freshness(), session.id),
          revision: mirror.revision(),
          fresh: heard.freshness().fresh,
        };
        const choice = choose(view);
        const room = choice && roomOn(view, choice);
        if (!choice || room === undefined || room <= 0) {
          places.drop(session.id);
          session.wanted = undefined;
          const settled = await sessions.settle(session, deadline());
          return settled.ok ? succeed(undefined) : settled;
        }
        const forgiven = Math.min(slack, room) + places.underwayOn(choice.managerId);
        places.start(session.id, choice.managerId);
        const hasMoved = noticeMove(choice.managerId);
        const wanted = want(recordOn(choice.managerId), randomUUID());
        const tried = await tryChoice(session, wanted, ready.value, forgiven, deadline);
        if ('ok' in tried) {
          if (!tried.ok) places.drop(session.id);
          return tried;
        }
        places.drop(session.id);
        if (isOver()) return { ok: false, failure };
        if (!tried.isConflict) continue;
        failure = { code: 'registry_busy' };
        conflicts += 1;
        slack = Math.min(greatest, slack * 2);
        await heard.until(hasMoved, Math.min(deadline(), clock.now() + longestPauseMs));
        await pause(clock, random() * Math.min(longestJitterMs, 2 ** conflicts));
      }
    } catch (error) {
      places.drop(session.id);
      return fail('internal', String(error));
    }
  };
}

/** How many places more the manager may take, by what is seen. */
function roomOn({ byManager }: RegistryCounts, { managerId, sessionLimit }: Choice): number {
  const { active = 0, pending = 0 } = byManager.get(managerId) ?? {};
  return sessionLimit === null ? Infinity : sessionLimit - active - pending;
}
