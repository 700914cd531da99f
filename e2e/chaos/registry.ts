import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { keysOf } from '../../electron/registry/keys.ts';
import {
  chooseFewest,
  countOn,
  defineManagers,
  joinPool,
  newSession,
  type PoolOfClients,
  type RegistryClient,
} from '../registryClient.ts';
import { startEtcd, type EtcdCluster } from '../rig/etcd.ts';
import type { Fault } from './faults.ts';

/** What one fault did to clients that claim, change and release sessions all the while. */
export interface ChaosRound {
  readonly name: string;
  readonly round: number;
  /** Claims, changes and releases that were acknowledged. */
  readonly acknowledged: number;
  /** Of these, whose effect wasn't there when the members were back. */
  readonly lost: number;
  /** Sessions in the registry that nobody has, once all has settled. */
  readonly ghosts: number;
  /** Sessions that the registry has on another manager than was acknowledged. */
  readonly wrongManager: number;
  /** From the first try of an operation to its acknowledgement, of the one that took longest. */
  readonly outageMs: number;
  /** Operations that had to be repeated by who asked for them. */
  readonly repeated: number;
  /** Processes that gave their lease up for lost, and asserted their sessions again. */
  readonly leasesLost: number;
  /** Whether every process counts what is there. */
  readonly areMirrorsEqual: boolean;
  /** Until all was as it is to be, after the clients had stopped. */
  readonly settledMs: number;
}

export interface ChaosOptions {
  readonly faults: readonly Fault[];
  readonly clients: number;
  readonly leaseSeconds: number;
  readonly onRound: (round: ChaosRound) => void;
}

const managerIds = Array.from({ length: 10 }, (_, index) => `manager-${index + 1}`);
const warmUpMs = 500;
const coolDownMs = 500;
/** Operations of a client come this far apart, on average. */
const thinkMs = 30;
const mostSessions = 15;
const repeatMs = 50;
/** Ghosts are found after 10 s (registryCore.ts), and leases may live twice their time. */
const settleMs = 30_000;
const pollMs = 100;

/** Runs one round per fault on a cluster of three of its own. */
export async function runRegistryChaos(options: ChaosOptions): Promise<readonly ChaosRound[]> {
  const cluster = await startEtcd({ size: 3 });
  const pool: PoolOfClients = { poolId: 'chaos', slack: 2, leaseSeconds: options.leaseSeconds };
  const workers: Worker[] = [];
  try {
    for (let index = 0; index < options.clients; index += 1)
      workers.push(createWorker(await joinPool(cluster, pool, `client-${index + 1}`)));
    const [first] = workers;
    if (first) await defineManagers(first.client, managerIds);
    const rounds: ChaosRound[] = [];
    for (const fault of options.faults) {
      const round = await runRound(cluster, pool, workers, fault, rounds.length + 1);
      options.onRound(round);
      rounds.push(round);
    }
    return rounds;
  } finally {
    await Promise.all(workers.map(({ client }) => client.close()));
    await cluster.stop();
  }
}

async function runRound(
  cluster: EtcdCluster,
  pool: PoolOfClients,
  workers: readonly Worker[],
  fault: Fault,
  round: number,
): Promise<ChaosRound> {
  for (const worker of workers) worker.start();
  await sleep(warmUpMs);
  await fault.strike(cluster);
  await sleep(coolDownMs);
  const results = await Promise.all(workers.map((worker) => worker.stop()));
  const stoppedAt = performance.now();
  const reader = await joinPool(cluster, pool, 'reader');
  try {
    // Whoever kept its lease must find all of it at once; who lost it has to assert it again first.
    const kept = workers.filter((_, index) => results[index]?.hasLostLease === false);
    const missing = compare(await readTruth(reader, pool), kept).lost;
    const settled = await settle(reader, pool, workers);
    const sum = (pick: (result: WorkerResult) => number) =>
      results.reduce((total, result) => total + pick(result), 0);
    return {
      name: fault.name,
      round,
      acknowledged: sum(({ acknowledged }) => acknowledged),
      lost: Math.max(missing, settled.lost),
      ghosts: settled.ghosts,
      wrongManager: settled.wrongManager,
      outageMs: Math.max(...results.map(({ longestMs }) => longestMs)),
      repeated: sum(({ repeated }) => repeated),
      leasesLost: results.filter(({ hasLostLease }) => hasLostLease).length,
      areMirrorsEqual: settled.areMirrorsEqual,
      settledMs: performance.now() - stoppedAt,
    };
  } finally {
    await reader.close();
  }
}

/** What a client was told that it has. */
interface HeldSession {
  readonly id: string;
  readonly managerId: string;
  isLive: boolean;
}

interface WorkerResult {
  readonly acknowledged: number;
  readonly repeated: number;
  readonly longestMs: number;
  readonly hasLostLease: boolean;
}

interface Worker {
  readonly client: RegistryClient;
  readonly held: ReadonlyMap<string, HeldSession>;
  start(): void;
  /** Once the operation under way is acknowledged. */
  stop(): Promise<WorkerResult>;
}

/** Claims, changes and releases sessions, and remembers what was acknowledged. What fails is asked for again until it isn't. */
function createWorker(client: RegistryClient): Worker {
  const { registry } = client;
  const held = new Map<string, HeldSession>();
  const choose = chooseFewest(managerIds);
  let isStopped = true;
  let working: Promise<void> = Promise.resolve();
  let result = { acknowledged: 0, repeated: 0, longestMs: 0, hasLostLease: false };
  registry.onStatus(() => {
    const [pool] = registry.health().pools;
    if (pool?.status.kind === 'suspended') result.hasLostLease = true;
  });

  async function persist<T>(act: () => Promise<T | undefined>): Promise<T> {
    const startedAt = performance.now();
    for (;;) {
      const done = await act();
      if (done !== undefined) {
        result.acknowledged += 1;
        result.longestMs = Math.max(result.longestMs, performance.now() - startedAt);
        return done;
      }
      result.repeated += 1;
      await sleep(repeatMs);
    }
  }

  async function open(): Promise<void> {
    const session = newSession();
    const claim = await persist(async () => {
      const claimed = await registry.claim(session, choose);
      return claimed.ok ? claimed.value : undefined;
    });
    const entry: HeldSession = { id: session.id, managerId: claim.managerId, isLive: false };
    held.set(session.id, entry);
    if (Math.random() < 0.5) return;
    await persist(
      async () => (await registry.update(session.id, { state: 'live', liveAt: Date.now() })).ok || undefined,
    );
    entry.isLive = true;
  }

  async function close(id: string): Promise<void> {
    await persist(async () => (await registry.release(id)).ok || undefined);
    held.delete(id);
  }

  async function work(): Promise<void> {
    while (!isStopped) {
      const [oldest] = held.keys();
      const isFull = held.size >= mostSessions;
      if (oldest !== undefined && (isFull || Math.random() < 0.4)) await close(oldest);
      else await open();
      await sleep(Math.random() * 2 * thinkMs);
    }
  }

  return {
    client,
    held,
    start() {
      isStopped = false;
      result = { acknowledged: 0, repeated: 0, longestMs: 0, hasLostLease: false };
      working = work();
    },
    async stop() {
      isStopped = true;
      await working;
      return result;
    },
  };
}

const recordSchema = z.object({ id: z.string(), managerId: z.string(), state: z.enum(['pending', 'live']) });
const placeSchema = z.object({ m: z.string(), s: z.enum(['p', 'l']) });

/** What etcd has of a session: its record, and its place in the index. */
interface StoredSession {
  record?: z.infer<typeof recordSchema>;
  place?: z.infer<typeof placeSchema>;
}

async function readTruth(
  { engine }: RegistryClient,
  { poolId }: PoolOfClients,
): Promise<ReadonlyMap<string, StoredSession>> {
  const keys = keysOf(poolId);
  const [records, index] = await Promise.all([engine.list(keys.records), engine.list(keys.index)]);
  if (!records.ok || !index.ok) throw new Error("the registry can't be read though its members are back");
  const stored = new Map<string, StoredSession>();
  const take = (id: string, part: StoredSession) => stored.set(id, { ...stored.get(id), ...part });
  for (const { value } of records.value.entries) {
    const record = recordSchema.parse(JSON.parse(value));
    take(record.id, { record });
  }
  for (const { key, value } of index.value.entries) {
    const name = keys.parseIndex(key);
    if (name?.kind === 'place') take(name.sessionId, { place: placeSchema.parse(JSON.parse(value)) });
  }
  return stored;
}

/** Holds what is stored against what was acknowledged. */
function compare(stored: ReadonlyMap<string, StoredSession>, workers: readonly Worker[]) {
  const held = workers.flatMap((worker) => [...worker.held.values()]);
  const isThere = ({ id, isLive }: HeldSession) => {
    const { record, place } = stored.get(id) ?? {};
    return record && place && (!isLive || (record.state === 'live' && place.s === 'l'));
  };
  const isElsewhere = ({ id, managerId }: HeldSession) => {
    const { record, place } = stored.get(id) ?? {};
    return (record && record.managerId !== managerId) || (place && place.m !== managerId);
  };
  const known = new Set(held.map(({ id }) => id));
  return {
    lost: held.filter((session) => !isThere(session)).length,
    wrongManager: held.filter(isElsewhere).length,
    ghosts: [...stored.keys()].filter((id) => !known.has(id)).length,
  };
}

/** Until nothing is missing, too many or wrong, or the time for that is over. */
async function settle(reader: RegistryClient, pool: PoolOfClients, workers: readonly Worker[]) {
  const giveUpAt = performance.now() + settleMs;
  for (;;) {
    const stored = await readTruth(reader, pool);
    const found = compare(stored, workers);
    const areMirrorsEqual = workers.every(({ client }) => isEqual(stored, client));
    const isSettled = found.lost + found.ghosts + found.wrongManager === 0 && areMirrorsEqual;
    if (isSettled || performance.now() > giveUpAt) return { ...found, areMirrorsEqual };
    await sleep(pollMs);
  }
}

function isEqual(stored: ReadonlyMap<string, StoredSession>, { registry }: RegistryClient): boolean {
  const counts = registry.counts();
  const places = [...stored.values()].map(({ place }) => place?.m);
  return managerIds.every((id) => countOn(counts, id) === places.filter((place) => place === id).length);
}
