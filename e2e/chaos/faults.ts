import { setTimeout as sleep } from 'node:timers/promises';
import type { EtcdCluster } from '../rig/etcd.ts';

/** What is done to a cluster in one round. */
export interface Fault {
  readonly name: string;
  /** Does it, waits, and undoes it; resolves once the members have a leader again. */
  strike(cluster: EtcdCluster): Promise<void>;
}

const outageMs = 2_000;
const shortOutageMs = 1_500;

export const killLeader: Fault = {
  name: 'kill -9 leader',
  async strike(cluster) {
    const leader = await cluster.findLeader();
    await leader.kill();
    await sleep(outageMs);
    await leader.start();
    await cluster.findLeader();
  },
};

const killFollower: Fault = {
  name: 'kill -9 follower',
  async strike(cluster) {
    const leader = await cluster.findLeader();
    const follower = cluster.nodes.find((node) => node !== leader);
    await follower?.kill();
    await sleep(outageMs);
    await follower?.start();
    await cluster.findLeader();
  },
};

const pauseLeader: Fault = {
  name: 'SIGSTOP leader',
  async strike(cluster) {
    const leader = await cluster.findLeader();
    leader.pause();
    await sleep(outageMs);
    leader.resume();
    await cluster.findLeader();
  },
};

const killAllFor = (name: string, downMs: number): Fault => ({
  name,
  async strike(cluster) {
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await sleep(downMs);
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await cluster.findLeader();
  },
});

export const killAll = killAllFor('kill -9 all', shortOutageMs);

/** Longer than leases live, so that every process gives its own up for lost. */
const killAllForLong = (leaseSeconds: number): Fault =>
  killAllFor('kill -9 all, for long', leaseSeconds * 1_000 + 4_000);

/** Every kind of fault, over and over; once in twenty the long one. */
export function planFaults(rounds: number, leaseSeconds: number): readonly Fault[] {
  const cycle = [killLeader, killAll, pauseLeader, killFollower];
  const longest = 17;
  return Array.from({ length: rounds }, (_, index) =>
    index % 20 === longest ? killAllForLong(leaseSeconds) : (cycle[index % cycle.length] ?? killLeader),
  );
}
