import { succeed } from '../../shared/contract/failure.ts';
import type { RegistryEvent, Unsubscribe } from '../broker/ports.ts';
import type { KeyEvent } from './engine.ts';
import { follow, type Following } from './follow.ts';
import { readRecord } from './records.ts';
import type { RegistryCore } from './registryCore.ts';

type Listener = (event: RegistryEvent) => void;

/** Records as they change; watched only while somebody listens, so that an update doesn't wake every process. */
export function watchRecords({ engine, clock, random, keys, timings }: RegistryCore): {
  listen(listener: Listener): Unsubscribe;
  close(): void;
} {
  const listeners = new Set<Listener>();
  let following: Following | undefined;

  const tell = (event: RegistryEvent) => listeners.forEach((listener) => listener(event));

  /** Only how far the store has got: who listens lists by itself when told to. */
  async function readRevision() {
    const read = await engine.transact({ compare: [], then: [{ kind: 'get', key: keys.sealing }] });
    return read.ok ? succeed({ revision: read.value.revision, entries: [] }) : read;
  }

  function tellEvent(event: KeyEvent): void {
    const key = event.kind === 'put' ? event.entry.key : event.key;
    const sessionId = key.slice(key.lastIndexOf('/') + 1);
    if (event.kind === 'deleted') return tell({ kind: 'removed', sessionId, revision: event.revision });
    const record = readRecord(event.entry.value);
    if (record.ok) tell({ kind: 'put', record: record.value, revision: event.entry.modRevision });
  }

  return {
    listen(listener) {
      listeners.add(listener);
      following ??= follow(
        { engine, clock, random, prefix: keys.records, list: readRevision, relistMs: timings.relistMs },
        {
          onList: () => tell({ kind: 'resync' }),
          onEvents: (events) => events.forEach(tellEvent),
          onState: () => undefined,
        },
      );
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        following?.cancel();
        following = undefined;
      };
    },

    close() {
      listeners.clear();
      following?.cancel();
      following = undefined;
    },
  };
}
