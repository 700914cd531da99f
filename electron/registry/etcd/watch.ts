import { failureOf, type Failure } from '../../../shared/contract/failure.ts';
import type { KeyEvent, WatchListener } from '../engine.ts';
import { explainCallError } from './callFailure.ts';
import type { Channel, Stream } from './channel.ts';
import { rangeOf, type WatchResponse } from './protocol.ts';
import { toKeyValue } from './wire.ts';

export interface WatchDeadlines {
  /** For the stream to begin. */
  readonly attemptMs: number;
  /** How often a sign of life is asked for. */
  readonly progressMs: number;
  /** Without one for this long the stream is given up: the member hangs, or the way to it does. */
  readonly silenceMs: number;
  /** A member that is behind may catch up within this time; one whose data were put back to an earlier state never does. */
  readonly behindMs: number;
}

const deleteEvent = 1;

/**
 * One watch on one stream to one member. What is delivered twice is dropped: after a snapshot from the leader, servers before 3.4.25
 * and 3.5.8 begin a watch anew at an earlier revision. A sign of life carries the revision delivered last and not the member's
 * own, which servers before these may tell ahead of events.
 *
 * @param onBroken is told before the listener is, so that the next watch asks another member.
 */
export function watchOn(
  channel: Channel,
  watched: { readonly prefix: string; readonly fromRevision: number },
  deadlines: WatchDeadlines,
  listener: WatchListener,
  onBroken: () => void,
): { cancel(): void } {
  const { prefix, fromRevision } = watched;
  let stream: Stream<'Watch'> | undefined;
  let isOver = false;
  let delivered = fromRevision - 1;
  let heardAt = performance.now();
  let behindSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const stop = () => {
    isOver = true;
    clearInterval(timer);
    stream?.cancel();
  };
  const end = (reason: Parameters<WatchListener['onEnd']>[0]) => {
    if (isOver) return;
    stop();
    if (reason.kind === 'broken') onBroken();
    listener.onEnd(reason);
  };
  const breakOff = (failure: Failure) => end({ kind: 'broken', failure });

  const keepAlive = () => {
    const silentMs = performance.now() - heardAt;
    if (silentMs > deadlines.silenceMs) {
      breakOff(failureOf('registry_unavailable', `${channel.endpoint.url}: no sign of life`));
    } else stream?.write({ progressRequest: {} });
  };

  /** Whether the member's data ends before what was delivered already, and stays so: then it was put back to an earlier state. */
  const hasGoneBack = (revision: number): boolean => {
    if (revision >= delivered) behindSince = undefined;
    else behindSince ??= performance.now();
    return behindSince !== undefined && performance.now() - behindSince > deadlines.behindMs;
  };

  const onResponse = (response: WatchResponse) => {
    if (isOver) return;
    heardAt = performance.now();
    if (response.canceled) {
      const isCompacted = response.compactRevision !== '0';
      if (isCompacted) return end({ kind: 'compacted' });
      return breakOff(explainCancellation(response.cancelReason));
    }
    if (hasGoneBack(Number(response.header?.revision ?? 0))) return end({ kind: 'compacted' });
    const events = response.events.flatMap(toKeyEvent).filter((event) => revisionOf(event) > delivered);
    const last = events.at(-1);
    if (last) delivered = revisionOf(last);
    listener.onEvents(events, delivered);
  };

  const begin = async () => {
    const opened = await channel.open('Watch', deadlines.attemptMs);
    if (!opened.ok) {
      void channel.explain();
      return breakOff(channel.reason() ?? opened.failure);
    }
    stream = opened.value;
    if (isOver) return stream.cancel();
    stream.on('data', onResponse);
    stream.on('error', (error) => breakOff(explainCallError(error).failure));
    stream.on('end', () => breakOff(failureOf('registry_unavailable', 'the member ended the watch')));
    stream.write({ createRequest: { ...rangeOf(prefix), startRevision: fromRevision } });
    heardAt = performance.now();
    timer = setInterval(keepAlive, deadlines.progressMs);
    timer.unref();
  };
  void begin();
  return { cancel: stop };
}

const revisionOf = (event: KeyEvent): number =>
  event.kind === 'put' ? event.entry.modRevision : event.revision;

function toKeyEvent({ type, kv }: WatchResponse['events'][number]): KeyEvent[] {
  if (kv === null) return [];
  const entry = toKeyValue(kv);
  return type === deleteEvent
    ? [{ kind: 'deleted', key: entry.key, revision: entry.modRevision }]
    : [{ kind: 'put', entry }];
}

/** etcd tells the refusal of a watch as text: `rpc error: code = PermissionDenied desc = etcdserver: permission denied`. */
function explainCancellation(reason: string): Failure {
  const words = /desc = (.*)$/.exec(reason)?.[1] ?? reason;
  return explainCallError({ code: 14, details: words }).failure;
}
