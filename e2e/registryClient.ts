import { randomUUID } from 'node:crypto';
import type { Choice, RegistryCounts, NewSession, Registry } from '../electron/broker/ports.ts';
import { systemClock } from '../electron/registry/clock.ts';
import type { Engine } from '../electron/registry/engine.ts';
import { createEtcdEngine } from '../electron/registry/etcd/engine.ts';
import { createRegistry } from '../electron/registry/registry.ts';
import type { EtcdCluster } from './rig/etcd.ts';

/** One process of a pool as the product has it, for benches and chaos: the real registry over the real engine. */
export interface RegistryClient {
  readonly name: string;
  readonly registry: Registry;
  readonly engine: Engine;
  close(): Promise<void>;
}

export interface PoolOfClients {
  readonly poolId: string;
  readonly slack: number;
  readonly leaseSeconds: number;
}

export async function joinPool(
  cluster: Pick<EtcdCluster, 'endpoints' | 'identityOf'>,
  pool: PoolOfClients,
  name: string,
): Promise<RegistryClient> {
  const engine = createEtcdEngine({ endpoints: cluster.endpoints, identity: await cluster.identityOf(name) });
  const { poolId, slack, leaseSeconds } = pool;
  const registry = createRegistry({
    kind: 'etcd',
    engine,
    pool: { id: poolId, name: poolId, slack, leaseSeconds },
    user: name,
    route: '',
    seal: async () => undefined,
    members: async () => [],
    clock: systemClock,
    wallNow: Date.now,
    random: Math.random,
    log: { warn: () => {} },
  });
  return {
    name,
    registry,
    engine,
    async close() {
      await registry.close();
      await engine.close();
    },
  };
}

export const newSession = (): NewSession => ({
  id: randomUUID(),
  user: 'anna',
  roles: ['operator'],
  rights: [],
  hostId: randomUUID(),
  hostName: 'Build server',
  address: 'build.corp.example',
  vaultId: randomUUID(),
  protocol: 'ssh',
  openedAt: Date.now(),
});

export function countOn({ byManager }: Pick<RegistryCounts, 'byManager'>, managerId: string): number {
  const { active = 0, pending = 0 } = byManager.get(managerId) ?? {};
  return active + pending;
}

/** As placement does: one of those with the fewest, by chance. */
export const chooseFewest =
  (managerIds: readonly string[]) =>
  (view: RegistryCounts): Choice | undefined => {
    const fewest = Math.min(...managerIds.map((id) => countOn(view, id)));
    const good = managerIds.filter((id) => countOn(view, id) === fewest);
    const managerId = good[Math.floor(Math.random() * good.length)];
    return managerId === undefined ? undefined : { managerId, sessionLimit: null };
  };

/** Defines them for the pool, and waits until this process has heard so. */
export async function defineManagers(
  { registry }: RegistryClient,
  managerIds: readonly string[],
): Promise<void> {
  const defined = await registry.defineManagers(
    managerIds.map((id) => ({ id, intent: 'enabled', weight: 1, sessionLimit: null })),
  );
  if (!defined.ok) throw new Error(`managers can't be defined: ${defined.failure.code}`);
}
