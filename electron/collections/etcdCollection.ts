import type { Logger } from 'pino';
import type { z } from 'zod';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import { systemClock } from '../registry/clock.ts';
import type { Clock, Engine, KeyValue } from '../registry/engine.ts';
import { follow } from '../registry/follow.ts';
import { keepLease, type Lease } from '../registry/lease.ts';
import type { Collection } from './collection.ts';
import { createDocumentMirror, keyOfDocument } from './documentMirror.ts';
import { type Write, writeGuarded } from './guardedWrite.ts';

export interface EtcdCollectionOptions<T> {
  readonly engine: Engine;
  /** With the slash at its end; see {@link prefixOfCollection}. */
  readonly prefix: string;
  readonly schema: z.ZodType<T>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The documents that are written here go when this process has been silent for so long; they come back with it. */
  readonly leaseSeconds?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** A collection that all nodes of a farm share. */
export interface EtcdCollection<T> extends Collection<T> {
  /** What is there and isn't understood, by id; it is left alone. */
  strange(): readonly string[];
}

export const prefixOfCollection = (poolId: string, name: string): string => `proxima/v1/${poolId}/d/${name}/`;

/** etcd takes 128 operations and 1.5 MiB, and each member is waited for half a second. */
const largestTransaction = 128;
const transactionLength = 256 * 1024;
/** As often somebody else may be faster. */
const mostTries = 100;
const firstPauseMs = 5;
const longestPauseMs = 200;

/**
 * Opens the documents below a prefix: all of them in memory, and kept up to date by one watch. Reading goes on from memory while etcd is
 * away, and what was missed is heard of when it is back. A change is written where nobody changed the document since; where somebody did,
 * it is decided anew.
 *
 * Fails with the registry's failures where the documents can't be read at the start; `registry_newer` for a change of a document that
 * isn't understood; `registry_busy` where others were faster all the time; `registry_outcome_unknown` where etcd went away in the middle,
 * and where it came back with somebody else's change on top, so that it isn't known whether this one was below it.
 */
export async function openEtcdCollection<T>(
  options: EtcdCollectionOptions<T>,
): Promise<Result<EtcdCollection<T>>> {
  const { engine, prefix, schema, log, leaseSeconds, clock = systemClock, random = Math.random } = options;
  const mirror = createDocumentMirror(prefix, schema);
  const listeners = new Set<(ids: readonly string[]) => void>();
  const turns = new Map<string, Promise<unknown>>();
  /** With a lease, what is to be there: put back under the next one where the engine gave the first up. */
  const own = new Map<string, T>();
  let lease: Lease | undefined;
  let toldFailure: Failure | undefined;
  let stopFollowing: () => void = () => undefined;

  function tell(ids: readonly string[]): void {
    if (ids.length > 0) for (const listener of [...listeners]) listener(ids);
  }

  function noteState(failure: Failure | undefined): void {
    if (failure?.code === toldFailure?.code) return;
    if (failure) log.warn({ failure, prefix }, 'Shared documents are not heard of; they are as they were');
    else if (toldFailure) log.info({ prefix }, 'Shared documents are heard of again');
    toldFailure = failure;
  }

  const opened = new Promise<Result<void>>((resolve) => {
    const following = follow(
      { engine, clock, random, prefix, list: () => engine.list(prefix) },
      {
        onList(entries, revision) {
          tell(mirror.applyList(entries, revision));
          resolve(succeed(undefined));
        },
        onEvents: (events, revision) => tell(mirror.applyEvents(events, revision)),
        onState(failure) {
          noteState(failure);
          if (failure) resolve({ ok: false, failure });
        },
      },
    );
    stopFollowing = () => following.cancel();
  });
  const listed = await opened;
  if (!listed.ok) {
    stopFollowing();
    return listed;
  }

  /** After everything that was asked for of any of these documents before. */
  function inTurn<R>(ids: readonly string[], work: () => Promise<R>): Promise<R> {
    const before = new Set(ids.flatMap((id) => turns.get(id) ?? []));
    const result = Promise.all(before).then(work);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    for (const id of ids) turns.set(id, settled);
    void settled.then(() => {
      for (const id of ids) if (turns.get(id) === settled) turns.delete(id);
    });
    return result;
  }

  async function startLease(ttlSeconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      lease = keepLease(engine, clock, ttlSeconds, {
        onGranted: () => {
          resolve();
          void putAll(new Map(own));
        },
        onSuspended(failure) {
          resolve();
          log.warn({ failure, prefix }, 'Shared documents of this node may be taken for those of a dead one');
        },
        onResumed: () => log.info({ prefix }, 'Shared documents of this node are there again'),
      });
    });
  }

  /** Under the lease where there is one. */
  async function write(writes: readonly Write[]): ReturnType<typeof writeGuarded> {
    const leaseId = lease?.id();
    if (lease && leaseId === undefined) return fail('registry_lease_lost');
    const written = await writeGuarded(engine, clock, writes, leaseId);
    if (!written.ok && written.failure.code === 'registry_lease_lost' && leaseId !== undefined)
      lease?.giveUp(leaseId);
    return written;
  }

  function noteOwn(documents: ReadonlyMap<string, T | undefined>, revision: number): void {
    if (lease)
      for (const [id, document] of documents) {
        if (document === undefined) own.delete(id);
        else own.set(id, document);
      }
    tell(mirror.applyOwn(documents, revision));
  }

  function noteFound(
    ids: readonly string[],
    found: readonly (KeyValue | undefined)[],
    revision: number,
  ): void {
    tell(ids.flatMap((id, index) => mirror.applyRead(id, found[index], revision)));
  }

  const pauseBefore = (attempt: number): Promise<void> =>
    attempt < 3
      ? Promise.resolve()
      : new Promise((resolve) => {
          clock.after(Math.min(longestPauseMs, firstPauseMs * 2 ** attempt) * random(), resolve);
        });

  async function change(
    id: string,
    decide: (current: T | undefined) => T | undefined,
  ): Promise<Result<T | undefined>> {
    const key = keyOfDocument(prefix, id);
    for (let attempt = 0; attempt < mostTries; attempt += 1) {
      await pauseBefore(attempt);
      if (mirror.isStrange(id)) return fail('registry_newer', `the document ${id}`);
      const current = mirror.all().get(id);
      const modRevision = mirror.revisionOf(id);
      const next = decide(current);
      // Left as it is only where it still is as it was known.
      const written =
        next === current
          ? await confirm(key, modRevision)
          : await write([{ key, text: textOf(next), modRevision }]);
      if (!written.ok) return written;
      if (written.value.kind === 'done') {
        if (next !== current) noteOwn(new Map([[id, next]]), written.value.revision);
        return succeed(next);
      }
      const { found, revision, mayBeDone } = written.value;
      noteFound([id], found, revision);
      if (mayBeDone)
        return fail('registry_outcome_unknown', `the document ${id} was changed by another node as well`);
    }
    return fail('registry_busy', `the document ${id} is changed all the time`);
  }

  async function confirm(key: string, modRevision: number): ReturnType<typeof writeGuarded> {
    const outcome = await engine.transact({
      compare: [{ key, target: 'mod', is: '=', value: modRevision }],
      then: [],
      otherwise: [{ kind: 'get', key }],
    });
    if (!outcome.ok) return outcome;
    const { succeeded, revision, read } = outcome.value;
    if (succeeded) return succeed({ kind: 'done', revision });
    return succeed({ kind: 'conflict', found: [read[0]?.[0]], revision, mayBeDone: false });
  }

  /** Whatever is there; guarded all the same, so that a write which arrives late undoes no later one. */
  function replace(documents: ReadonlyMap<string, T | undefined>): Promise<Result<void>> {
    return inTurn([...documents.keys()], async () => {
      for (const part of inTransactions(documents)) {
        const written = await replacePart(part);
        if (!written.ok) return written;
      }
      return succeed(undefined);
    });
  }

  async function replacePart(part: ReadonlyMap<string, Replacement<T>>): Promise<Result<void>> {
    const ids = [...part.keys()];
    for (let attempt = 0; attempt < mostTries; attempt += 1) {
      await pauseBefore(attempt);
      const written = await write(
        ids.map((id) => ({
          key: keyOfDocument(prefix, id),
          text: part.get(id)?.text,
          modRevision: mirror.revisionOf(id),
        })),
      );
      if (!written.ok) return written;
      const { revision } = written.value;
      if (written.value.kind === 'done') {
        noteOwn(new Map([...part].map(([id, { document }]) => [id, document])), revision);
        return succeed(undefined);
      }
      noteFound(ids, written.value.found, revision);
    }
    return fail('registry_busy', 'the documents are changed all the time');
  }

  const putAll = (documents: ReadonlyMap<string, T>) => replace(documents);

  if (leaseSeconds !== undefined) await startLease(leaseSeconds);
  return succeed({
    all: () => mirror.all(),
    async fetch(id) {
      const read = await engine.transact({
        compare: [],
        then: [{ kind: 'get', key: keyOfDocument(prefix, id) }],
      });
      if (!read.ok) return read;
      noteFound([id], [read.value.read[0]?.[0]], read.value.revision);
      return mirror.isStrange(id)
        ? fail('registry_newer', `the document ${id}`)
        : succeed(mirror.all().get(id));
    },
    change: (id, decide) => inTurn([id], () => change(id, decide)),
    putAll,
    removeAll: (ids) => replace(new Map(ids.map((id) => [id, undefined]))),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    strange: () => mirror.strange(),
    async close() {
      listeners.clear();
      stopFollowing();
      await lease?.close();
    },
  });
}

interface Replacement<T> {
  readonly document: T | undefined;
  readonly text: string | undefined;
}

const textOf = (document: unknown): string | undefined =>
  document === undefined ? undefined : JSON.stringify(document);

function* inTransactions<T>(
  documents: ReadonlyMap<string, T | undefined>,
): Generator<ReadonlyMap<string, Replacement<T>>> {
  let part = new Map<string, Replacement<T>>();
  let length = 0;
  for (const [id, document] of documents) {
    const text = textOf(document);
    const own = 2 * id.length + (text?.length ?? 0);
    if (part.size === largestTransaction || (part.size > 0 && length + own > transactionLength)) {
      yield part;
      part = new Map();
      length = 0;
    }
    part.set(id, { document, text });
    length += own;
  }
  if (part.size > 0) yield part;
}
