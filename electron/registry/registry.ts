import { randomBytes } from 'node:crypto';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Pool } from '../../shared/model/pool.ts';
import type { RegistryHealth, RegistryMember } from '../../shared/model/registryHealth.ts';
import { type SessionRecord, sessionRecordSchema } from '../../shared/model/sessionRecord.ts';
import type {
  Claim,
  ManagerDefinition,
  NewSession,
  Registry,
  RegistryEvent,
  SessionChange,
  SessionEnding,
  Unsubscribe,
} from '../broker/ports.ts';
import { createClaimer } from './claim.ts';
import { pause } from './clock.ts';
import type { Clock, Engine } from './engine.ts';
import { createHeard } from './heard.ts';
import { hashUser, keysOf, ownerOf } from './keys.ts';
import { keepLease } from './lease.ts';
import { createMirror } from './mirror.ts';
import { createOwnSessions, type OwnSession, want } from './ownSessions.ts';
import { persist } from './patience.ts';
import { createPlaces } from './places.ts';
import { createPresence } from './presence.ts';
import { createRate } from './rate.ts';
import { readRecord, writeDefinition } from './records.ts';
import { watchRecords } from './recordWatch.ts';
import { defaultTimings, type RegistryCore, type RegistryTimings } from './registryCore.ts';

export interface RegistryPorts {
  readonly kind: RegistryHealth['kind'];
  /** Whoever made it closes it, after the registry. */
  readonly engine: Engine;
  readonly pool: Pick<Pool, 'id' | 'name' | 'slack' | 'leaseSeconds'>;
  /** Whom the engine knows this process as: the name in its client certificate. */
  readonly user: string;
  /** The route of this gateway; `''` for a desktop. */
  readonly route: string;
  /** Base64; `undefined` where it can't be sealed: it isn't stored then. `poolKey`: of the pool, where it has one. */
  readonly seal: (
    connectionId: string,
    sessionId: string,
    poolKey: string | undefined,
  ) => Promise<string | undefined>;
  /** Asks the members; only while somebody looks at the health. */
  readonly members: () => Promise<readonly RegistryMember[]>;
  readonly clock: Clock;
  /** Epoch ms. */
  readonly wallNow: () => number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: { warn(fields: object, message: string): void };
  readonly timings?: Partial<RegistryTimings>;
}

/** Wishes to end sessions are kept for processes that are cut off: this long. */
const endingSeconds = 3_600;
const mostInTransaction = 100;
const markAfterMs = 50;
const visibleWithinMs = 1_000;
const closeWithinMs = 3_000;
const healthPauseMs = 250;

/** One pool's registry over any engine of keys: embedded and replicated promise the same because they are the same. */
export function createRegistry(ports: RegistryPorts): Registry {
  const { engine, pool, clock, wallNow, random } = ports;
  const timings = { ...defaultTimings, ...ports.timings };
  const keys = keysOf(pool.id);
  const owner = ownerOf(ports.user, randomBytes(6).toString('hex'));
  const managerListeners = new Set<() => void>();
  const endingListeners = new Set<(ending: SessionEnding) => void>();
  const healthListeners = new Set<() => void>();
  const statusListeners = new Set<() => void>();
  const claimRate = createRate(clock);
  let members: readonly RegistryMember[] = [];
  let isClosed = false;
  let callOffReconcile: () => void = () => undefined;
  let callOffMembers: () => void = () => undefined;
  let callOffTelling: (() => void) | undefined;

  const heard = createHeard({
    clock,
    wallNow,
    graceMs: timings.graceMs,
    leaseId: () => lease.id(),
    onStatus() {
      for (const listener of statusListeners) listener();
      tellHealth();
      if (heard.status().kind === 'live') sessions.reconcile();
    },
  });
  const lease = keepLease(engine, clock, pool.leaseSeconds, {
    onGranted() {
      sessions.forgetLease();
      heard.noteLease();
      presence.announce();
      sessions.reconcile();
    },
    onSuspended: (failure) => heard.noteLease(failure),
    onResumed() {
      heard.noteLease();
      sessions.reconcile();
    },
  });
  const mirror = createMirror(
    keys,
    { engine, list: () => engine.list(keys.index), clock, random, relistMs: timings.relistMs },
    {
      onAdvance: () => heard.noteAdvance(),
      onManagers: () => managerListeners.forEach((listener) => listener()),
      onEndings: () => sessions.all().forEach(tellEnding),
      onProbe: (from, value) => presence.noteProbe(from, value),
      onClaims: (count) => claimRate.note(count),
      onState: (failure) => heard.noteFailure(failure),
    },
  );
  const core: RegistryCore = {
    engine,
    clock,
    random,
    keys,
    owner,
    mirror,
    lease,
    timings,
    log: ports.log,
    isClosed: () => isClosed,
  };
  const sessions = createOwnSessions(core);
  const places = createPlaces(mirror, owner);
  const presence = createPresence(core, ports.user, ports.route);
  const claimNow = createClaimer({ core, sessions, places, heard, poolId: pool.id, slack: pool.slack });
  const records = watchRecords(core);
  reconcileLater();

  function reconcileLater(): void {
    callOffReconcile = clock.after(timings.reconcileMs, () => {
      if (heard.status().kind === 'live') sessions.reconcile();
      reconcileLater();
    });
  }

  /** Sessions that were there before an administrator wanted them ended; by revisions, so that no clock matters. */
  function tellEnding(session: OwnSession): void {
    if (!session.wanted || session.isEndTold || session.openedRevision === 0) return;
    const { id, user } = session.wanted.record;
    const isEnded = mirror.endingRevision(id) > session.openedRevision;
    const isSignedOut = !isEnded && mirror.signOutRevision(hashUser(user)) > session.openedRevision;
    if (!isEnded && !isSignedOut) return;
    session.isEndTold = true;
    const code = isEnded ? 'session_ended_by_administrator' : 'user_signed_out';
    for (const listener of endingListeners) listener({ sessionId: id, code });
  }

  /** At most a few times a second, however much happens. */
  function tellHealth(): void {
    if (healthListeners.size === 0) return;
    callOffTelling ??= clock.after(healthPauseMs, () => {
      callOffTelling = undefined;
      for (const listener of healthListeners) listener();
    });
  }

  async function askMembers(): Promise<void> {
    members = await ports.members();
    tellHealth();
    if (healthListeners.size > 0 && !isClosed)
      callOffMembers = clock.after(timings.healthMs, () => void askMembers());
  }

  function stopLooking(): void {
    callOffMembers();
    callOffTelling?.();
    callOffTelling = undefined;
    presence.stopLooking();
  }

  const deadline = () => clock.now() + timings.callMs;
  const persistNow = <T>(act: () => Promise<Result<T>>) => persist(act, { clock, random }, deadline());

  /** Whatever a session's turn takes, its caller isn't kept longer; what it wants is done when it can be. */
  async function withinCall<T>(work: Promise<Result<T>>): Promise<Result<T>> {
    let callOff: () => void = () => undefined;
    const late = new Promise<Result<T>>((resolve) => {
      callOff = clock.after(timings.callMs, () => resolve(fail('registry_outcome_unknown')));
    });
    const result = await Promise.race([work, late]);
    callOff();
    return result;
  }

  async function claim(session: NewSession, choose: Parameters<Registry['claim']>[1]) {
    if (isClosed) return fail('registry_unavailable', 'it is closed');
    const holder = mirror.ownerOf(session.id);
    if (holder !== undefined && holder !== owner) return fail('registry_exists');
    const first = recordOf(session, '-');
    const { success, error } = sessionRecordSchema.safeParse(first);
    if (!success) return fail('input_invalid', error.issues[0]?.message);
    const own = sessions.take(session.id);
    return sessions.inTurn(own, async () => {
      const claimed = await claimNow(own, choose, (managerId) => ({ ...first, managerId }));
      tellEnding(own);
      return claimed;
    });
  }

  function recordOf(session: NewSession, managerId: string): SessionRecord {
    const { id, user, roles, rights, hostId, hostName, address, vaultId, protocol, openedAt } = session;
    return {
      version: 1,
      id,
      poolId: pool.id,
      user,
      loggedIn: true,
      roles: [...roles],
      rights: [...rights],
      hostId,
      hostName,
      address,
      vaultId,
      protocol,
      managerId,
      owner,
      route: ports.route,
      state: 'pending',
      openedAt,
      placement: [],
    };
  }

  /** The change to the wanted record, in its turn. */
  async function changeNow(
    own: OwnSession,
    { connectionId, placement, ...change }: SessionChange,
    ifRevision: number | undefined,
  ): Promise<Result<Claim>> {
    const sealed =
      connectionId === undefined
        ? undefined
        : await ports.seal(connectionId, own.id, mirror.sealingKey()).catch(() => undefined);
    if (!own.wanted) return fail('registry_gone');
    if (ifRevision !== undefined) {
      const current = await persistNow(() => engine.transact(readingOwn(own)));
      if (!current.ok) return current;
      const stored = current.value.read[0]?.[0];
      if (stored?.modRevision !== ifRevision) return fail('registry_conflict');
    }
    const before = own.wanted;
    const record: SessionRecord = {
      ...before.record,
      ...withoutUndefined(change),
      ...(sealed !== undefined && { sealedConnectionId: sealed }),
      ...(placement && { placement: placement.slice(0, 24).map((line) => line.slice(0, 300)) }),
    };
    own.wanted = want(record, before.nonce);
    const settled = await sessions.settle(own, deadline());
    if (!settled.ok) return settled;
    const revision = own.stored?.revision ?? 0;
    await heard.until(() => isPlaceSeen(own), clock.now() + visibleWithinMs);
    return succeed({
      sessionId: own.id,
      managerId: record.managerId,
      poolId: pool.id,
      fence: own.fence,
      revision,
    });
  }

  const readingOwn = ({ id }: OwnSession) => ({
    compare: [],
    then: [{ kind: 'get', key: keys.record(owner, id) } as const],
  });

  /** Whoever asks this process after a change sees it counted. */
  const isPlaceSeen = ({ stored }: OwnSession) =>
    isClosed || stored === undefined || stored.placeRevision <= mirror.revision();

  async function releaseNow(own: OwnSession): Promise<Result<void>> {
    own.wanted = undefined;
    const settled = await sessions.settle(own, deadline());
    if (!settled.ok) return settled;
    places.drop(own.id);
    await heard.until(() => isClosed || !mirror.placesOf(owner).has(own.id), clock.now() + visibleWithinMs);
    return settled;
  }

  function counts() {
    const freshness = heard.freshness();
    return { byManager: places.counts(freshness), revision: mirror.revision(), fresh: freshness.fresh };
  }

  /** Until all is heard that was acknowledged before this call. */
  async function catchUp(revision: number | undefined): Promise<Result<void>> {
    const until = deadline();
    const isSeen = (wanted: number) => heard.until(() => mirror.revision() >= wanted, until);
    if (revision !== undefined) {
      const soon = Math.min(until, clock.now() + markAfterMs);
      if (await heard.until(() => mirror.revision() >= revision, soon)) return succeed(undefined);
    }
    // What changed may be something that isn't mirrored: a mark that comes after it is.
    const marked = await presence.mark();
    if (marked !== undefined && (await isSeen(Math.max(marked, revision ?? 0)))) return succeed(undefined);
    await mirror.following.relist();
    const isCaughtUp = heard.freshness().fresh && mirror.revision() >= (revision ?? 0);
    return isCaughtUp ? succeed(undefined) : { ok: false, failure: silenceFailure() };
  }

  function silenceFailure(): Failure {
    const status = heard.status();
    return (status.kind !== 'live' && status.failure) || { code: 'registry_unavailable' };
  }

  async function get(sessionId: string): Promise<Result<SessionRecord | undefined>> {
    let holder = sessions.all().has(sessionId) ? owner : mirror.ownerOf(sessionId);
    if (holder === undefined) {
      const caughtUp = await catchUp(undefined);
      if (!caughtUp.ok) return caughtUp;
      holder = mirror.ownerOf(sessionId);
    }
    if (holder === undefined) return succeed(undefined);
    const key = keys.record(holder, sessionId);
    const read = await persistNow(() => engine.transact({ compare: [], then: [{ kind: 'get', key }] }));
    if (!read.ok) return read;
    const entry = read.value.read[0]?.[0];
    return entry ? readRecord(entry.value) : succeed(undefined);
  }

  /** Writes what differs; a guard is made once for each manager, and stays. */
  async function defineManagers(managers: readonly ManagerDefinition[]): Promise<Result<void>> {
    for (let start = 0; start < managers.length; start += mostInTransaction) {
      const puts = managers
        .slice(start, start + mostInTransaction)
        .map(
          (manager) =>
            ({ kind: 'put', key: keys.manager(manager.id), value: writeDefinition(manager) }) as const,
        );
      const written = await persistNow(() => engine.transact({ compare: [], then: puts }));
      if (!written.ok) return written;
      const { revision } = written.value;
      await heard.until(() => mirror.revision() >= revision, clock.now() + visibleWithinMs);
    }
    const unguarded = managers.filter(({ id }) => mirror.guard(id).version === 0);
    const guarded = await Promise.all(
      unguarded.map(({ id }) => {
        const key = keys.guard(id);
        return persistNow(() =>
          engine.transact({
            compare: [{ key, target: 'create', is: '=', value: 0 }],
            then: [{ kind: 'put', key, value: '' }],
          }),
        );
      }),
    );
    const failed = guarded.find(({ ok }) => !ok);
    if (failed && !failed.ok) return failed;
    const isGuarded = () => managers.every(({ id }) => mirror.guard(id).version > 0);
    await heard.until(isGuarded, clock.now() + visibleWithinMs);
    return succeed(undefined);
  }

  /** Kept by a lease of its own, so that it is gone one day, and not with this process. */
  async function writeEnding(key: string, who: string): Promise<Result<void>> {
    const value = JSON.stringify({ at: wallNow(), by: who.slice(0, 256) });
    const granted = await persistNow(() => engine.grantLease(endingSeconds));
    if (!granted.ok) return granted;
    const { leaseId } = granted.value;
    const written = await persistNow(() =>
      engine.transact({ compare: [], then: [{ kind: 'put', key, value, leaseId }] }),
    );
    return written.ok ? succeed(undefined) : written;
  }

  return {
    claim,

    async update(sessionId, change, ifRevision) {
      const own = sessions.all().get(sessionId);
      if (!own || isClosed) return fail('registry_gone');
      return withinCall(sessions.inTurn(own, () => changeNow(own, change, ifRevision)));
    },

    async release(sessionId) {
      const own = sessions.all().get(sessionId);
      if (!own || isClosed) return succeed(undefined);
      return withinCall(sessions.inTurn(own, () => releaseNow(own)));
    },

    get,

    async list() {
      const listed = await persistNow(() => engine.list(keys.records));
      if (!listed.ok) return listed;
      const read = listed.value.entries.map(({ value }) => readRecord(value));
      return succeed(read.flatMap((record) => (record.ok ? [record.value] : [])));
    },

    counts,

    async countsAtLeast(poolId, revision) {
      if (poolId !== pool.id) return fail('registry_gone', 'there is no such pool');
      const caughtUp = await catchUp(revision);
      return caughtUp.ok ? succeed(counts()) : caughtUp;
    },

    watch: (listener: (event: RegistryEvent) => void) => records.listen(listener),
    defineManagers,
    managers: () => mirror.managers(),
    onManagers: (listener) => subscribe(managerListeners, listener),
    endSession: (sessionId, who) => writeEnding(keys.ending(sessionId), who),
    signOutUser: (user, who) => writeEnding(keys.signOut(user), who),
    onEnding: (listener) => subscribe(endingListeners, listener),

    wake() {
      lease.hurry();
      mirror.following.hurry();
      void mirror.following.relist();
    },

    health() {
      const status = heard.status();
      let active = 0;
      let pending = 0;
      for (const count of counts().byManager.values()) {
        active += count.active;
        pending += count.pending;
      }
      return {
        kind: ports.kind,
        pools: [
          {
            poolId: pool.id,
            name: pool.name,
            status,
            takesNewSessions: status.kind === 'live',
            members: [...members],
            mirrors: presence.mirrors(),
            active,
            pending,
            claimsPerSecond: claimRate.perSecond(),
            strange: [...mirror.strange()],
          },
        ],
      };
    },

    onHealth(listener) {
      healthListeners.add(listener);
      if (healthListeners.size === 1 && !isClosed) {
        void askMembers();
        presence.startLooking(tellHealth);
      }
      return () => {
        if (healthListeners.delete(listener) && healthListeners.size === 0) stopLooking();
      };
    },

    onStatus: (listener) => subscribe(statusListeners, listener),

    async close() {
      if (isClosed) return;
      isClosed = true;
      callOffReconcile();
      stopLooking();
      records.close();
      heard.close();
      mirror.following.cancel();
      await Promise.race([lease.close(), pause(clock, closeWithinMs)]);
    },
  };
}

function subscribe<T>(listeners: Set<T>, listener: T): Unsubscribe {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function withoutUndefined<T extends object>(change: T): T {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as T;
}
