import { createContext, use, useEffect, useState } from 'react';
import type { AppDescription } from '../../shared/contract/contract.ts';
import { settle, useClient, useConnectionState } from './connection.ts';

const DescriptionContext = createContext<AppDescription | undefined>(undefined);
export const DescriptionProvider = DescriptionContext.Provider;

/** What the host process says of itself; `undefined` until it has answered. */
export const useDescription = (): AppDescription | undefined => use(DescriptionContext);

/** Asks for the description at every new connection: another host process may have taken over. */
export function useFetchedDescription(): AppDescription | undefined {
  const client = useClient();
  const connected = useConnectionState() === 'connected';
  const [description, setDescription] = useState<AppDescription>();
  useEffect(() => {
    let current = true;
    const ask = async () => {
      const answer = await settle(client.app.describe({}));
      if (current && answer.ok) setDescription(answer.value);
    };
    if (connected) void ask();
    return () => {
      current = false;
    };
  }, [client, connected]);
  return description;
}
