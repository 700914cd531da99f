import { createContext, use } from 'react';

/** What other features may ask of the sessions, so that no feature imports another. The root provides it. */
export interface SessionActions {
  /** Opens a session on the host and shows its tab; a failure shows itself there. */
  openHost(hostId: string): void;
  /** The hosts that have a session which isn't closed; a new set whenever it changes. */
  readonly liveHostIds: ReadonlySet<string>;
}

export const SessionActionsContext = createContext<SessionActions>({
  openHost: () => undefined,
  liveHostIds: new Set(),
});

export const useSessionActions = (): SessionActions => use(SessionActionsContext);
