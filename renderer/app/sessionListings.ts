import { useEffect, useState } from 'react';
import type { SessionListing } from '../../shared/model/sessionRecord.ts';
import { useConnection } from './connection.ts';
import { watchStream } from '../transport/watchStream.ts';

/** The sessions of all pools for as long as somebody looks; `undefined` until they are told. */
export function useSessionListings(): readonly SessionListing[] | undefined {
  const connection = useConnection();
  const [sessions, setSessions] = useState<readonly SessionListing[]>();
  useEffect(
    () =>
      watchStream(
        connection,
        (client, signal) => client.registry.sessions({}, { signal }),
        (event) => setSessions(event.sessions),
      ),
    [connection],
  );
  return sessions;
}
