import { useSyncExternalStore } from 'react';
import type { ClusterHealth, ManagerStatus } from '../../shared/model/clusterHealth.ts';
import type { HostConnection } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { useConnection } from './connection.ts';

export interface ClusterHealthState {
  /** The latest that was told; `undefined` until the first. */
  readonly health?: ClusterHealth;
  /** The one told before it, from which rates are reckoned; absent after a pause. */
  readonly before?: ClusterHealth;
  /** Claims per second of each pool of the session registry since somebody looks, oldest first, the last sixty. */
  readonly claims?: ClaimHistory;
}

type ClaimHistory = ReadonlyMap<string, readonly number[]>;

const keptClaims = 60;

const noteClaims = (known: ClaimHistory, { registry }: ClusterHealth): ClaimHistory =>
  new Map(
    registry.pools.map(({ poolId, claimsPerSecond }) => [
      poolId,
      [...(known.get(poolId) ?? []), claimsPerSecond].slice(-keptClaims),
    ]),
  );

/** The state of the cluster as the host process tells it. It is asked only while somebody looks. */
export interface ClusterHealthStore {
  getState(): ClusterHealthState;
  /** Follows the cluster until the last listener is gone; what was told last is kept. */
  follow(listener: () => void): () => void;
  /** Looks now and then, only while the window is seen and nobody follows; hears of every state, whoever asked for it. */
  glance(listener: () => void): () => void;
}

/** Between two glances. */
const glanceIntervalMs = 10_000;

export function createClusterHealthStore(connection: HostConnection): ClusterHealthStore {
  let state: ClusterHealthState = {};
  const followers = new Set<() => void>();
  const glancers = new Set<() => void>();
  let stopFollowing: (() => void) | undefined;
  let stopGlancing: (() => void) | undefined;

  const take = (next: ClusterHealthState) => {
    state = next;
    for (const listener of [...followers, ...glancers]) listener();
  };
  const watch = (onHealth: (health: ClusterHealth) => void) =>
    watchStream(connection, (client, signal) => client.health.watch({}, { signal }), onHealth);

  const startFollowing = () => {
    let before: ClusterHealth | undefined;
    let claims: ClaimHistory = new Map();
    return watch((health) => {
      claims = noteClaims(claims, health);
      take({ health, claims, ...(before && { before }) });
      before = health;
    });
  };

  const startGlancing = () => {
    let stopLook: () => void = () => undefined;
    const look = () => {
      if (document.hidden || stopFollowing !== undefined) return;
      stopLook();
      const stop = watch((health) => {
        stop();
        take({ health });
      });
      stopLook = stop;
    };
    look();
    const timer = setInterval(look, glanceIntervalMs);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      stopLook();
    };
  };

  return {
    getState: () => state,
    follow(listener) {
      followers.add(listener);
      stopFollowing ??= startFollowing();
      return () => {
        followers.delete(listener);
        if (followers.size > 0) return;
        stopFollowing?.();
        stopFollowing = undefined;
      };
    },
    glance(listener) {
      glancers.add(listener);
      stopGlancing ??= startGlancing();
      return () => {
        glancers.delete(listener);
        if (glancers.size > 0) return;
        stopGlancing?.();
        stopGlancing = undefined;
      };
    },
  };
}

const stores = new WeakMap<HostConnection, ClusterHealthStore>();

/** One for each connection, made when somebody first asks. */
function useClusterHealthStore(): ClusterHealthStore {
  const connection = useConnection();
  const store = stores.get(connection) ?? createClusterHealthStore(connection);
  stores.set(connection, store);
  return store;
}

/** The cluster, followed for as long as the component is shown. */
export function useClusterHealth(): ClusterHealthState {
  const store = useClusterHealthStore();
  return useSyncExternalStore(store.follow, store.getState);
}

/** Whether sessions should be able to run on it, and can't. A manager that was switched off is missed by nobody. */
export const isDown = (manager: Pick<ManagerStatus, 'intent' | 'health'>): boolean =>
  manager.intent !== 'disabled' && manager.health.state === 'down';

/** How many session managers are down, for a badge; asks for it now and then only. */
export function useClusterAlerts(): number {
  const store = useClusterHealthStore();
  return useSyncExternalStore(
    store.glance,
    () => store.getState().health?.managers.filter(isDown).length ?? 0,
  );
}
