import { createContext, use } from 'react';

/** What other features may ask of the hosts, so that no feature imports another. The hosts feature provides it. */
export interface HostActions {
  /** Shows the dialog for a new host, in that vault if one is given. */
  newHost(vaultId?: string): void;
  editHost(hostId: string): void;
}

const HostActionsContext = createContext<HostActions | undefined>(undefined);
export const HostActionsProvider = HostActionsContext.Provider;

/** Throws outside of the provider: a mistake in the wiring. */
export function useHostActions(): HostActions {
  const actions = use(HostActionsContext);
  if (actions === undefined) throw new Error('no host actions were provided');
  return actions;
}
