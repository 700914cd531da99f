import { startEtcd } from './etcd.ts';
import type { Engine } from '../../electron/registry/engine.ts';
import type { RegistryCluster } from '../../electron/registry/registry.conformance.ts';
import { createEtcdEngine } from '../../electron/registry/etcd/engine.ts';

/** Shorter than in use, so that tests of what doesn't answer are. */
const deadlines = { callMs: 2_000 };

/** A cluster of real servers for the conformance suite, and what can be done to them. */
export async function startCluster(size: 1 | 3): Promise<RegistryCluster> {
  const cluster = await startEtcd({ size });
  const engines: Engine[] = [];
  const connect = async () => {
    const engine = createEtcdEngine({
      endpoints: cluster.endpoints,
      identity: cluster.identity,
      deadlines,
    });
    engines.push(engine);
    return engine;
  };
  const untilItLeads = async () => void (await cluster.findLeader());
  return {
    connect,
    compact: () => cluster.compact(),
    ...(size === 3 && {
      members: {
        async killLeader() {
          const leader = await cluster.findLeader();
          await leader.kill();
          return async () => {
            await leader.start();
            await untilItLeads();
          };
        },
        async pauseLeader() {
          const leader = await cluster.findLeader();
          leader.pause();
          return async () => {
            leader.resume();
            await untilItLeads();
          };
        },
        async stopMajority() {
          const leader = await cluster.findLeader();
          const stopped = [leader, cluster.nodes.find((node) => node !== leader) ?? leader];
          await Promise.all(stopped.map((node) => node.kill()));
          return async () => {
            await Promise.all(stopped.map((node) => node.start()));
            await untilItLeads();
          };
        },
      },
    }),
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
      await cluster.stop();
    },
  };
}
