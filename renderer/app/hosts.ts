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

/** Between two redraws while the first pages come in: so many at once are sorted in one go. */
const redrawWhileLoadingMs = 150;

/** The list of one subscription as it comes in. */
interface IncomingList {
  readonly index: HostIndex;
  /** Of pages that came, but aren't in the index yet. */
  waiting: HostSummary[];
}

/** Follows `hosts.watch` for as long as the page lives; after a lost connection it takes the whole list anew. */
export function createHostsStore(connection: HostConnection): HostsStore {
  let shown: IncomingList = { index: createHostIndex(), waiting: [] };
  let state: HostsState = { lists: emptyHostLists, complete: false };
  const listeners = new Set<() => void>();
  let redraw: { timer: ReturnType<typeof setTimeout>; waitMs: number } | undefined;

  const publish = () => {
    redraw = undefined;
    putWaiting(shown);
    state = { lists: shown.index.lists(), complete: state.complete };
    for (const listener of listeners) listener();
  };
  const redrawWithin = (waitMs: number) => {
    if (redraw !== undefined && redraw.waitMs <= waitMs) return;
    clearTimeout(redraw?.timer);
    redraw = { timer: setTimeout(publish, waitMs), waitMs };
  };

  watchStream(
    connection,
    async (client, signal) => {
      const list: IncomingList = { index: createHostIndex(), waiting: [] };
      // A list that was complete before stays on the screen until the new one is, too.
      if (!state.complete) shown = list;
      return withList(await client.hosts.watch({}, { signal }), list);
    },
    ({ event, list }) => {
      takeEvent(list, event);
      if (event.kind === 'page' && event.complete) {
        shown = list;
        state = { ...state, complete: true };
      }
      if (shown !== list) return;
      const isMoreOfMany = event.kind === 'page' && !event.complete;
      // The first page at once: a flood of others may keep a timer waiting.
      if (isMoreOfMany && state.lists.all.length === 0) publish();
      else redrawWithin(isMoreOfMany ? redrawWhileLoadingMs : 0);
    },
  );

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    find: (hostId) => shown.index.find(hostId)?.host,
  };
}

/** Every event together with the list that it belongs to. */
async function* withList(events: AsyncIterable<HostEvent>, list: IncomingList) {
  for await (const event of events) yield { event, list };
}

function putWaiting(list: IncomingList): void {
  list.index.put(list.waiting);
  list.waiting = [];
}

function takeEvent(list: IncomingList, event: HostEvent): void {
  if (event.kind === 'page') {
    list.index.putVaults(event.vaults);
    list.waiting.push(...event.hosts);
    return;
  }
  putWaiting(list);
  switch (event.kind) {
    case 'put':
      list.index.put(event.hosts);
      return;
    case 'removed':
      list.index.remove(event.hostIds);
      return;
    case 'vaults':
      list.index.replaceVaults(event.vaults);
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
