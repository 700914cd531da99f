import type { ContractClient, HostConnection } from './hostConnection.ts';
import { reconnectDelayMs } from './reconnectDelay.ts';

/** Resolves once the connection is `connected`, or the signal was aborted. */
function untilConnected(connection: HostConnection, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (connection.getState() !== 'connected' && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener('abort', look);
      resolve();
    };
    const unsubscribe = connection.subscribe(look);
    signal.addEventListener('abort', look);
    look();
  });
}

/**
 * Follows a stream of the contract, and subscribes again whenever it breaks. Streams begin with the whole state, so that nothing
 * has to be remembered in between. Returns how to stop.
 */
export function watchStream<Event>(
  connection: HostConnection,
  open: (client: ContractClient, signal: AbortSignal) => Promise<AsyncIterable<Event>>,
  onEvent: (event: Event) => void,
): () => void {
  const stop = new AbortController();
  const follow = async () => {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      await untilConnected(connection, stop.signal);
      if (stop.signal.aborted) return;
      try {
        for await (const event of await open(connection.client, stop.signal)) {
          attempt = 0;
          if (!stop.signal.aborted) onEvent(event);
        }
      } catch {
        // A broken stream is subscribed to anew below, whatever broke it; the connection's state tells people.
      }
      await new Promise((resolve) => setTimeout(resolve, reconnectDelayMs(attempt, Math.random())));
    }
  };
  void follow();
  return () => stop.abort();
}
