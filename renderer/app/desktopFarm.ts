import { createContext, use, useSyncExternalStore } from 'react';
import type { FarmState } from '../../shared/contract/desktopFarm.ts';
import { connectToDesktopFarm } from '../transport/desktopFarm.ts';
import type { DesktopFarmClient } from '../transport/desktopFarm.ts';

/** Which farm the desktop app uses, and where it stands with it. */
export interface DesktopFarm {
  readonly client: DesktopFarmClient;
  /** `undefined` until it was told. */
  getState(): FarmState | undefined;
  subscribe(listener: () => void): () => void;
}

export function createDesktopFarm(): DesktopFarm {
  const client = connectToDesktopFarm();
  const listeners = new Set<() => void>();
  let state: FarmState | undefined;
  const follow = async () => {
    for await (const told of await client.farm.watch({})) {
      state = told;
      for (const listener of listeners) listener();
    }
  };
  // It ends with the app.
  follow().catch(() => undefined);
  return {
    client,
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const DesktopFarmContext = createContext<DesktopFarm | undefined>(undefined);
export const DesktopFarmProvider = DesktopFarmContext.Provider;

const never = () => () => undefined;
const nothing = () => undefined;

/** `undefined` in a browser, and until the app has told it. */
export function useDesktopFarm(): (FarmState & { readonly client: DesktopFarmClient }) | undefined {
  const farm = use(DesktopFarmContext);
  const state = useSyncExternalStore(farm?.subscribe ?? never, farm?.getState ?? nothing);
  return farm && state && { ...state, client: farm.client };
}
