import type { Failure, Result } from '../../shared/contract/failure.ts';
import type { Clock, Engine, KeyEvent, KeyValue } from './engine.ts';

export interface FollowPorts {
  readonly engine: Pick<Engine, 'watch'>;
  /** Everything below the prefix, or nothing of it where only what comes after `revision` matters. */
  readonly list: () => Promise<Result<{ readonly revision: number; readonly entries: readonly KeyValue[] }>>;
  readonly clock: Clock;
  /** 0 ≤ x < 1; spreads tries in time. */
  readonly random: () => number;
  readonly prefix: string;
  /** All is read anew after this long, in case a watch lost something; never where it is left out. */
  readonly relistMs?: number;
}

export interface FollowListener {
  /** All that there is at `revision`; what was known before is void. */
  onList(entries: readonly KeyValue[], revision: number): void;
  /** What changed since, up to `revision`; each revision once, in order. */
  onEvents(events: readonly KeyEvent[], revision: number): void;
  /** With a failure: nothing is heard at the moment. */
  onState(failure: Failure | undefined): void;
}

export interface Following {
  /** Reads all anew; resolves once it was read, or couldn't be. */
  relist(): Promise<void>;
  /** Tries again at once where a try is waited for. */
  hurry(): void;
  cancel(): void;
}

const firstRetryMs = 50;
const longestRetryMs = 2_000;

/**
 * Keeps up with everything below a prefix: lists it once, watches on from there, and resumes a broken watch after the last
 * event that was delivered. What the history doesn't hold any more is listed anew.
 */
export function follow(ports: FollowPorts, listener: FollowListener): Following {
  const { engine, clock, random, prefix, relistMs } = ports;
  let revision = 0;
  let watch: { cancel(): void } | undefined;
  let isCancelled = false;
  let retryMs = firstRetryMs;
  let pendingRetry: (() => void) | undefined;
  let callOffRetry: () => void = () => undefined;
  let callOffRelist: () => void = () => undefined;
  let listing: Promise<void> | undefined;
  /** What the watch tells while all is being listed, to be put on top of the list. */
  let heardMeanwhile: KeyEvent[] = [];

  function retryLater(act: () => void): void {
    callOffRetry();
    pendingRetry = act;
    callOffRetry = clock.after(retryMs * (0.5 + random()), hurry);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }

  function hurry(): void {
    callOffRetry();
    const act = pendingRetry;
    pendingRetry = undefined;
    if (!isCancelled) act?.();
  }

  function list(): Promise<void> {
    listing ??= listOnce().finally(() => {
      listing = undefined;
    });
    return listing;
  }

  async function listOnce(): Promise<void> {
    heardMeanwhile = [];
    const known = revision;
    const listed = await ports.list();
    if (isCancelled) return;
    armRelist();
    if (!listed.ok) {
      if (watch) return;
      listener.onState(listed.failure);
      return retryLater(() => void list());
    }
    const { entries, revision: listedRevision } = listed.value;
    // A store that was restored from a backup has gone back: what it says counts, and its revisions come again.
    if (listedRevision < known) stopWatch();
    const upTo = watch ? Math.max(revision, listedRevision) : listedRevision;
    const heard = watch ? heardMeanwhile.filter((event) => revisionOf(event) > listedRevision) : [];
    revision = upTo;
    listener.onState(undefined);
    listener.onList(entries, listedRevision);
    if (upTo > listedRevision) listener.onEvents(heard, upTo);
    if (!watch) startWatch();
  }

  function stopWatch(): void {
    watch?.cancel();
    watch = undefined;
  }

  function startWatch(): void {
    let isOwn = true;
    const started = engine.watch(prefix, revision + 1, {
      onEvents(events, upTo) {
        if (!isOwn || watch !== started || isCancelled) return;
        retryMs = firstRetryMs;
        // etcd before 3.4.25 and 3.5.8 may tell events again after a member took a snapshot from the leader.
        const fresh = events.filter((event) => revisionOf(event) > revision);
        if (listing) heardMeanwhile.push(...fresh);
        revision = Math.max(revision, upTo);
        listener.onState(undefined);
        listener.onEvents(fresh, revision);
      },
      onEnd(reason) {
        if (!isOwn || watch !== started) return;
        isOwn = false;
        watch = undefined;
        if (isCancelled) return;
        if (reason.kind === 'compacted') return void list();
        listener.onState(reason.failure);
        retryLater(() => (watch ? undefined : startWatch()));
      },
    });
    watch = started;
  }

  function armRelist(): void {
    callOffRelist();
    if (relistMs !== undefined)
      callOffRelist = clock.after(relistMs * (0.9 + 0.2 * random()), () => void list());
  }

  void list();
  return {
    relist: list,
    hurry,
    cancel() {
      isCancelled = true;
      callOffRetry();
      callOffRelist();
      stopWatch();
    },
  };
}

const revisionOf = (event: KeyEvent): number =>
  event.kind === 'put' ? event.entry.modRevision : event.revision;
