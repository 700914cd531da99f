import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf, succeed, type Failure, type Result } from '../../../shared/contract/failure.ts';
import type { CallFailure } from './callFailure.ts';
import type { Channel } from './channel.ts';
import type { CallName, RequestOf, ResponseOf } from './protocol.ts';

export interface CallDeadlines {
  /** For one member to answer. */
  readonly attemptMs: number;
  /** For all attempts together. */
  readonly callMs: number;
}

/** Of several members, the one that answered last is asked until it fails; then the next. */
export interface Rotation {
  /** The member to ask now. */
  current(): Channel;
  /** Another one from now on, where `failed` is still the current one. */
  moveOn(failed: Channel): void;
  /**
   * Asks members until one answers or the deadline is over. What may have been carried out is asked again only where `isRepeatable`;
   * else it fails with `registry_outcome_unknown`.
   */
  call<Name extends CallName>(
    name: Name,
    request: RequestOf<Name>,
    isRepeatable: boolean,
  ): Promise<Result<ResponseOf<Name>>>;
  /** Like `call` for whatever `attempt` does with a member; all of it is repeatable. */
  attempt<T>(
    attempt: (
      channel: Channel,
      timeoutMs: number,
    ) => Promise<{ readonly ok: true; readonly value: T } | ({ readonly ok: false } & CallFailure)>,
    isRepeatable?: boolean,
  ): Promise<Result<T>>;
}

const shortestPauseMs = 50;
const longestPauseMs = 400;
/** These don't pass by themselves. */
const settled = new Set(['registry_not_etcd', 'registry_certificate_untrusted', 'registry_client_refused']);

/** @param first the member to begin with; at random where nothing is given, so that clients are spread over the members. */
export function createRotation(
  channels: readonly Channel[],
  deadlines: CallDeadlines,
  first = Math.floor(Math.random() * channels.length),
): Rotation {
  let index = first;
  const current = () => {
    const channel = channels[index % channels.length];
    if (channel === undefined) throw new Error('a pool has at least one endpoint');
    return channel;
  };
  const moveOn = (failed: Channel) => {
    if (current() === failed) index = (index + 1) % channels.length;
  };
  const findSettled = () =>
    channels.map((channel) => channel.reason()).find((reason) => reason && settled.has(reason.code));
  const areAllSettled = () => channels.every((channel) => settled.has(channel.reason()?.code ?? ''));

  const attempt: Rotation['attempt'] = async (ask, isRepeatable = true) => {
    const giveUpAt = performance.now() + deadlines.callMs;
    let last: Failure = failureOf('registry_unavailable');
    let failedInRow = 0;
    for (;;) {
      const remainingMs = giveUpAt - performance.now();
      // What was found earlier may be mended by now: each is asked once more.
      const isHopeless = failedInRow >= channels.length && areAllSettled();
      if (remainingMs <= 0 || isHopeless) return { ok: false, failure: findSettled() ?? last };
      const channel = current();
      const result = await ask(channel, Math.min(deadlines.attemptMs, remainingMs));
      if (result.ok) return succeed(result.value);
      if (result.kind === 'final') return { ok: false, failure: result.failure };
      moveOn(channel);
      if (result.kind === 'unknown' && !isRepeatable) {
        return { ok: false, failure: failureOf('registry_outcome_unknown', result.failure.detail) };
      }
      last = failureOf(
        result.failure.code,
        `${channel.endpoint.url}: ${result.failure.detail ?? 'no answer'}`,
      );
      void channel.explain();
      failedInRow += 1;
      if (failedInRow % channels.length === 0) await pause(failedInRow / channels.length, giveUpAt);
    }
  };
  return {
    current,
    moveOn,
    attempt,
    call: (name, request, isRepeatable) =>
      attempt((channel, timeoutMs) => channel.call(name, request, timeoutMs), isRepeatable),
  };
}

/** Longer with each round, and not the same for all clients of a cluster that has just come back. */
async function pause(round: number, giveUpAt: number): Promise<void> {
  const longestMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(round, 8));
  const pauseMs = longestMs * (0.5 + Math.random() / 2);
  await sleep(Math.min(pauseMs, Math.max(0, giveUpAt - performance.now())), undefined, { ref: false });
}
