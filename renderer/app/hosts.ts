import { createContext, use, useSyncExternalStore } from 'react';
import type { HostEvent } from '../../shared/contract/contract.ts';
import type { HostSummary } from '../../shared/model/host.ts';
import type { HostConnection } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { createHostIndex, emptyHostLists } from './hostIndex.ts';
import type { HostIndex, HostLists } from './hostIndex.ts';

export interface HostsState {
  readonly lists: HostLists;
  /** The whole list has arrived at least once. */
  readonly complete: boolean;
}

/** The saved hosts as the host process has them. Stays as it was while the connection is lost. */
export interface HostsStore {
  getState(): HostsState;
  subscribe(listener: () => void): () => void;
  find(hostId: string): HostSummary | undefined;
}

/** Between two redraws while the first pages come in; their merging would otherwise cost more than their reading. */
const redrawWhileLoadingMs = 150;

/** Follows `hosts.watch` for as long as the page lives; after a lost connection it takes the whole list anew. */
export function createHostsStore(connection: HostConnection): HostsStore {
  let shown = createHostIndex();
  let state: HostsState = { lists: emptyHostLists, complete: false };
  const listeners = new Set<() => void>();
  let redraw: ReturnType<typeof setTimeout> | undefined;

  const publish = () => {
    redraw = undefined;
    state = { lists: shown.lists(), complete: state.complete };
    for (const listener of listeners) listener();
  };

  watchStream(
    connection,
    (client, signal) => {
      // A list that was complete before stays on the screen until the new one is, too.
      const filling = createHostIndex();
      if (!state.complete) shown = filling;
      return client.hosts.watch({}, { signal }).then((events) => withIndex(events, filling));
    },
    ({ event, index }) => {
      applyEvent(index, event);
      if (event.kind === 'page' && event.complete) {
        shown = index;
        state = { ...state, complete: true };
      }
      if (shown !== index) return;
      const waitMs =
        event.kind !== 'page' || event.complete || state.lists.all.length === 0 ? 0 : redrawWhileLoadingMs;
      if (waitMs === 0) clearTimeout(redraw);
      if (waitMs === 0 || redraw === undefined) redraw = setTimeout(publish, waitMs);
    },
  );

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    find: (hostId) => shown.find(hostId)?.host,
  };
}

/** Every event together with the index of its own subscription. */
async function* withIndex(events: AsyncIterable<HostEvent>, index: HostIndex) {
  for await (const event of events) yield { event, index };
}

function applyEvent(index: HostIndex, event: HostEvent): void {
  switch (event.kind) {
    case 'page':
      index.putVaults(event.vaults);
      index.put(event.hosts);
      return;
    case 'put':
      index.put(event.hosts);
      return;
    case 'removed':
      index.remove(event.hostIds);
      return;
    case 'vaults':
      index.replaceVaults(event.vaults);
      return;
    default:
      event satisfies never;
  }
}

const HostsContext = createContext<HostsStore | undefined>(undefined);
export const HostsProvider = HostsContext.Provider;

/** Throws outside of the provider: a mistake in the wiring. */
export function useHostsStore(): HostsStore {
  const store = use(HostsContext);
  if (store === undefined) throw new Error('no hosts store was provided');
  return store;
}

export function useHosts(): HostsState {
  const store = useHostsStore();
  return useSyncExternalStore(store.subscribe, store.getState);
}
