import { createContext, use, useMemo, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { SessionStore } from './sessions.ts';
import { SessionActionsContext } from './sessionActions.ts';
import { hostsInUse } from './sessionsState.ts';
import type { SessionsState } from './sessionsState.ts';

const SessionStoreContext = createContext<SessionStore | undefined>(undefined);

const sameMembers = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
  one.size === other.size && [...one].every((member) => other.has(member));

/** The hosts in use as a value that stays the same object while its members do, as React wants of a snapshot. */
function watchHostsInUse(store: SessionStore): () => ReadonlySet<string> {
  let last: ReadonlySet<string> = new Set();
  return () => {
    const next = hostsInUse(store.getState());
    if (!sameMembers(last, next)) last = next;
    return last;
  };
}

/** Gives the app its sessions, and the other features what they may ask of them. */
export function SessionsProvider({ store, children }: { store: SessionStore; children: ReactNode }) {
  const readHostsInUse = useMemo(() => watchHostsInUse(store), [store]);
  const liveHostIds = useSyncExternalStore(store.subscribe, readHostsInUse);
  const actions = useMemo(() => ({ openHost: store.openHost, liveHostIds }), [store, liveHostIds]);
  return (
    <SessionStoreContext value={store}>
      <SessionActionsContext value={actions}>{children}</SessionActionsContext>
    </SessionStoreContext>
  );
}

/** The session store of this window. Throws outside of the provider, which is a mistake in the wiring. */
export function useSessionStore(): SessionStore {
  const store = use(SessionStoreContext);
  if (store === undefined) throw new Error('no session store was provided');
  return store;
}

export function useSessions(): SessionsState {
  const store = useSessionStore();
  return useSyncExternalStore(store.subscribe, store.getState);
}
