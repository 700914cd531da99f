import { useCallback, useEffect, useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient, useConnectionState } from '../../../app/connection.ts';

export type Client = ReturnType<typeof useClient>;

/** What the host process answered: nothing yet, a value, or a failure beside the last value there was. */
export interface Answer<T> {
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  /** When the last answer came, in epoch milliseconds. */
  readonly at: number;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/**
 * Asks when the page comes up, at every new connection and whenever `version` changes. `ask` has to stay the same function: one
 * outside of the component.
 */
export function useAnswer<T>(ask: (client: Client) => Promise<T>, version = 0): Answer<T> {
  const client = useClient();
  const connected = useConnectionState() === 'connected';
  const [asked, setAsked] = useState(0);
  const [answer, setAnswer] = useState<{ value?: T; failure?: Failure; at: number }>({ at: 0 });
  const [isLoading, setLoading] = useState(true);

  useEffect(() => {
    let current = true;
    const run = async () => {
      setLoading(true);
      const settled = await settle(ask(client));
      if (!current) return;
      setLoading(false);
      setAnswer((before) =>
        settled.ok ? { value: settled.value, at: Date.now() } : { ...before, failure: settled.failure },
      );
    };
    void run();
    return () => {
      current = false;
    };
  }, [client, connected, ask, asked, version]);

  const reload = useCallback(() => setAsked((times) => times + 1), []);
  return { value: answer.value, failure: answer.failure, at: answer.at, isLoading, reload };
}
