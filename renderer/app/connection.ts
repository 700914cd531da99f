import { createContext, use, useSyncExternalStore } from 'react';
import { succeed } from '../../shared/contract/failure.ts';
import type { Result } from '../../shared/contract/failure.ts';
import { failureOfError } from '../transport/failureOfError.ts';
import type { ConnectionState, ContractClient, HostConnection } from '../transport/hostConnection.ts';

const ConnectionContext = createContext<HostConnection | undefined>(undefined);
export const ConnectionProvider = ConnectionContext.Provider;

/** The connection of this window to its host process. Throws outside of the root's provider: a mistake in the wiring. */
export function useConnection(): HostConnection {
  const connection = use(ConnectionContext);
  if (connection === undefined) throw new Error('no connection was provided');
  return connection;
}

/** The contract's calls; settle their answers. */
export const useClient = (): ContractClient => useConnection().client;

export function useConnectionState(): ConnectionState {
  const connection = useConnection();
  return useSyncExternalStore(connection.subscribe, connection.getState);
}

/** Whether the host process can't be asked, for whatever reason, after it could. */
export function useIsLost(): boolean {
  const state = useConnectionState();
  return state === 'lost' || state === 'signed-out';
}

/** A call's answer as a value, so that no failure of the host process is thrown through the app. */
export async function settle<T>(answer: Promise<T>): Promise<Result<T>> {
  try {
    return succeed(await answer);
  } catch (error) {
    return { ok: false, failure: failureOfError(error) };
  }
}
