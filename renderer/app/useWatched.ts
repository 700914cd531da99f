import { useEffect, useState } from 'react';
import type { ContractClient } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { useConnection } from './connection.ts';

/**
 * The latest that a stream of the contract told; `undefined` until the first. Stays as it was while the connection is lost. `open`
 * has to stay the same function: one outside of the component.
 */
export function useWatched<T>(
  open: (client: ContractClient, signal: AbortSignal) => Promise<AsyncIterable<T>>,
): T | undefined {
  const connection = useConnection();
  const [latest, setLatest] = useState<T>();
  useEffect(() => watchStream(connection, open, (event) => setLatest(() => event)), [connection, open]);
  return latest;
}
