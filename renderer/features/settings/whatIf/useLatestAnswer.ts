import { useEffect, useEffectEvent, useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient, useConnectionState } from '../../../app/connection.ts';
import type { Client } from '../records/useAnswer.ts';

/** The last answer there was, also while a newer question is on its way. */
export interface LatestAnswer<T> {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  readonly isPending: boolean;
}

/** Long enough for a word to be typed, short enough to be felt as at once. */
const pauseMs = 250;
const retries = 2;
const retryAfterMs = 1000;

/**
 * Asks once `question` hasn't changed for a moment, and again whenever it is another object; an older question is cancelled.
 * Nothing is asked without a question.
 */
export function useLatestAnswer<Question, T>(
  question: Question | undefined,
  ask: (client: Client, question: Question, signal: AbortSignal) => Promise<T>,
): LatestAnswer<T> {
  const client = useClient();
  const connected = useConnectionState() === 'connected';
  const [answer, setAnswer] = useState<{ question?: Question; value?: T; failure?: Failure }>({});
  const run = useEffectEvent(async (asked: Question, signal: AbortSignal) => {
    let settled = await settle(ask(client, asked, signal));
    // Another window's question may have taken the place of this one.
    for (let retry = 0; retry < retries && !settled.ok && !signal.aborted; retry++) {
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      if (!signal.aborted) settled = await settle(ask(client, asked, signal));
    }
    if (signal.aborted) return;
    setAnswer((before) =>
      settled.ok
        ? { question: asked, value: settled.value }
        : { ...before, question: asked, failure: settled.failure },
    );
  });

  useEffect(() => {
    if (question === undefined || !connected) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => void run(question, stop.signal), pauseMs);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [question, connected]);

  return {
    value: answer.value,
    failure: answer.failure,
    isPending: question !== undefined && answer.question !== question,
  };
}
