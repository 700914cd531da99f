import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NewSession } from '../../electron/broker/ports.ts';
import type { Engine, Operation, Transaction } from '../../electron/registry/engine.ts';
import { encodeKeyPart, keysOf } from '../../electron/registry/keys.ts';
import { writePlace, writeRecord } from '../../electron/registry/records.ts';
import type { SessionRecord } from '../../shared/model/sessionRecord.ts';
import {
  chooseFewest,
  countOn,
  defineManagers,
  joinPool,
  newSession,
  type RegistryClient,
} from '../registryClient.ts';
import { type EtcdCluster, startEtcd } from '../rig/etcd.ts';
import { alternate, type Bench, type Compared, type Row } from './measurement.ts';

const managerIds = Array.from({ length: 10 }, (_, index) => `manager-${index + 1}`);
const processes = 20;
const burstClaims = 200;
const claimsPerProcess = 10;
const lookUps = 1_000;
const patienceMs = 30_000;

const wholeRun = {
  claimRounds: 400,
  eventRounds: 400,
  burstRounds: 5,
  saturatedMs: 1_000,
  saturatedRounds: 5,
  liveSessions: 10_000,
  newcomers: 5,
};
const quickRun: typeof wholeRun = {
  claimRounds: 5,
  eventRounds: 5,
  burstRounds: 1,
  saturatedMs: 100,
  saturatedRounds: 1,
  liveSessions: 500,
  newcomers: 1,
};

/** The registry over three real etcd servers on this machine, beside bare transactions and watches of the same in the same run. */
export const benchRegistry: Bench = async ({ report, isQuick }) => {
  const run = isQuick ? quickRun : wholeRun;
  report('registry: starting three etcd servers');
  const cluster = await startEtcd({ size: 3 });
  try {
    return [
      ...(await measureClaim(cluster, run, report)),
      ...(await measureEvents(cluster, run, report)),
      ...(await measureStorms(cluster, run, report)),
      ...(await measureMultitude(cluster, run, report)),
    ];
  } finally {
    await cluster.stop();
  }
};

type Report = (line: string) => void;

const row = (work: string, unit: Row['unit'], samples: readonly number[], floor?: Compared): Row => ({
  name: `registry, ${work}`,
  unit,
  samples,
  floor,
});

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

/** Processes of a pool of their own; closed again after `work`. */
async function withClients<T>(
  cluster: EtcdCluster,
  count: number,
  work: (clients: readonly RegistryClient[], poolId: string) => Promise<T>,
): Promise<T> {
  const poolId = `bench-${randomUUID().slice(0, 8)}`;
  const pool = { poolId, slack: 2, leaseSeconds: 30 };
  const clients = await Promise.all(
    Array.from({ length: count }, (_, index) => joinPool(cluster, pool, `process-${index + 1}`)),
  );
  try {
    const [first] = clients;
    if (first) await defineManagers(first, managerIds);
    return await work(clients, poolId);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function claim({ registry }: RegistryClient, session: NewSession): Promise<void> {
  const claimed = await registry.claim(session, chooseFewest(managerIds));
  if (!claimed.ok) throw new Error(`a claim failed: ${claimed.failure.code}`);
}

async function transact(engine: Engine, transaction: Transaction): Promise<void> {
  const done = await engine.transact(transaction);
  if (!done.ok) throw new Error(`a transaction failed: ${done.failure.code}`);
}

const only = (clients: readonly RegistryClient[]): RegistryClient => {
  const [client] = clients;
  if (!client) throw new Error('no client');
  return client;
};

function measureClaim(cluster: EtcdCluster, run: typeof wholeRun, report: Report) {
  report('registry: a lone claim');
  return withClients(cluster, 1, async (clients, poolId) => {
    const client = only(clients);
    const leaseId = await grantLease(client.engine);
    const keys = keysOf(poolId);
    const bareGuard = keys.guard('bare');
    /** As many comparisons, keys and bytes as a claim has. */
    const bare = () => {
      const record = recordOf(poolId, 'bare/process', 'bare');
      const recordKey = keys.record(record.owner, record.id);
      const absent = (key: string) => ({ key, target: 'mod', is: '=', value: 0 }) as const;
      return transact(client.engine, {
        compare: [
          absent(recordKey),
          absent(keys.manager('bare')),
          { key: bareGuard, target: 'create', is: '>', value: -1 },
          { key: bareGuard, target: 'version', is: '>', value: -1 },
        ],
        then: [put(bareGuard, ''), ...putsOf(poolId, record, leaseId)],
        otherwise: [{ kind: 'get', key: recordKey }],
      });
    };
    const samples = await alternate(run.claimRounds, {
      'Proxima claim': async () => {
        const session = newSession();
        const passedMs = await timed(() => claim(client, session));
        await client.registry.release(session.id);
        return passedMs;
      },
      'bare etcd transaction': () => timed(bare),
    });
    await client.engine.revokeLease(leaseId);
    const floor = { name: 'bare etcd transaction', samples: samples['bare etcd transaction'] };
    return [row('a lone claim', 'ms', samples['Proxima claim'], floor)];
  });
}

function measureEvents(cluster: EtcdCluster, run: typeof wholeRun, report: Report) {
  report('registry: from a change to another process hearing of it');
  return withClients(cluster, 2, async ([writer, hearer], poolId) => {
    if (!writer || !hearer) throw new Error('no clients');
    const session = newSession();
    await claim(writer, session);
    let onPut: () => void = () => {};
    const stopWatching = hearer.registry.watch((event) => {
      if (event.kind === 'put' && event.record.id === session.id) onPut();
    });
    const bareKey = `${keysOf(poolId).presences}bare`;
    let onBare: () => void = () => {};
    const { revision } = await revisionOf(hearer.engine);
    const bareWatch = hearer.engine.watch(bareKey, revision + 1, {
      onEvents: (events) => events.length > 0 && onBare(),
      onEnd: () => {},
    });
    const heardAt = (listen: (heard: () => void) => void) =>
      new Promise<number>((resolve) => listen(() => resolve(performance.now())));
    const update = async () => {
      const updated = await writer.registry.update(session.id, { placement: [`at ${performance.now()}`] });
      if (!updated.ok) throw new Error(`an update failed: ${updated.failure.code}`);
    };
    // What is written before the hearer's watch has begun is told to nobody.
    let isHearing = false;
    onPut = () => (isHearing = true);
    while (!isHearing) {
      await update();
      await sleep(50);
    }
    const fromAck: number[] = [];
    const samples = await alternate(run.eventRounds, {
      'Proxima update → event': async () => {
        const event = heardAt((heard) => (onPut = heard));
        const startedAt = performance.now();
        await update();
        const acknowledgedAt = performance.now();
        const eventAt = await event;
        fromAck.push(Math.max(0, eventAt - acknowledgedAt));
        return eventAt - startedAt;
      },
      'bare put → bare watch': async () => {
        const event = heardAt((heard) => (onBare = heard));
        const startedAt = performance.now();
        await transact(writer.engine, { compare: [], then: [put(bareKey, String(startedAt))] });
        return (await event) - startedAt;
      },
    });
    stopWatching();
    bareWatch.cancel();
    return [
      row('change asked for → heard elsewhere', 'ms', samples['Proxima update → event'], {
        name: 'bare put → bare watch',
        samples: samples['bare put → bare watch'],
      }),
      row('change acknowledged → heard elsewhere', 'ms', fromAck),
    ];
  });
}

function measureStorms(cluster: EtcdCluster, run: typeof wholeRun, report: Report) {
  return withClients(cluster, processes, async (clients) => {
    report(`registry: ${burstClaims} claims at once`);
    const [times, spreads]: [number[], number[]] = [[], []];
    for (let round = 0; round < run.burstRounds; round += 1) {
      const sessions = Array.from({ length: burstClaims }, newSession);
      const holderOf = (index: number) => clients[index % clients.length] ?? only(clients);
      times.push(
        await timed(() => Promise.all(sessions.map((session, index) => claim(holderOf(index), session)))),
      );
      spreads.push(await measureSpread(clients, burstClaims));
      await Promise.all(sessions.map(({ id }, index) => holderOf(index).registry.release(id)));
    }
    report('registry: claims without a pause');
    const rates: number[] = [];
    for (let round = 0; round < run.saturatedRounds; round += 1)
      rates.push(await measureRate(clients, run.saturatedMs));
    const work = `${burstClaims} claims at once, 10 managers, ${processes} processes`;
    return [
      row(`${work}: until the last is acknowledged`, 'ms', times),
      row(`${work}: most minus fewest sessions`, 'sessions', spreads),
      row(`claims without a pause, ${processes} processes`, 'per second', rates),
    ];
  });
}

/** Once everything acknowledged has been heard of. */
async function measureSpread(clients: readonly RegistryClient[], total: number): Promise<number> {
  await untilItCounts(only(clients), total);
  const counts = managerIds.map((id) => countOn(only(clients).registry.counts(), id));
  return Math.max(...counts) - Math.min(...counts);
}

async function measureRate(clients: readonly RegistryClient[], saturatedMs: number): Promise<number> {
  const startedAt = performance.now();
  let claims = 0;
  const work = async (client: RegistryClient) => {
    while (performance.now() - startedAt < saturatedMs) {
      const session = newSession();
      await claim(client, session);
      claims += 1;
      await client.registry.release(session.id);
    }
  };
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: claimsPerProcess }, () => work(client))),
  );
  return (claims * 1_000) / (performance.now() - startedAt);
}

function measureMultitude(
  cluster: EtcdCluster,
  { liveSessions, newcomers }: typeof wholeRun,
  report: Report,
) {
  report(`registry: ${liveSessions.toLocaleString('en')} live sessions`);
  return withClients(cluster, 1, async (clients, poolId) => {
    const { engine } = only(clients);
    const leaseId = await grantLease(engine);
    for (let start = 0; start < liveSessions; start += 50) {
      const puts = Array.from({ length: 50 }, (_, index) => {
        const managerId = managerIds[(start + index) % managerIds.length] ?? '';
        return putsOf(poolId, recordOf(poolId, `${encodeKeyPart('many')}/process`, managerId), leaseId);
      });
      await transact(engine, { compare: [], then: puts.flat() });
    }
    const [live, memory, looks, lists]: [number[], number[], number[], number[]] = [[], [], [], []];
    const joined: RegistryClient[] = [];
    for (let index = 0; index < newcomers; index += 1) {
      const before = heapBytes();
      const startedAt = performance.now();
      const newcomer = await joinPool(cluster, { poolId, slack: 2, leaseSeconds: 30 }, `newcomer-${index}`);
      // Kept to the end: what the collector takes of one must not count for the next.
      joined.push(newcomer);
      await untilItCounts(newcomer, liveSessions);
      live.push(performance.now() - startedAt);
      memory.push((heapBytes() - before) / 1024 ** 2);
      looks.push(timeLooks(newcomer));
      lists.push(await timed(() => newcomer.registry.list()));
    }
    await Promise.all(joined.map((newcomer) => newcomer.close()));
    await engine.revokeLease(leaseId);
    const among = `${liveSessions.toLocaleString('en')} live sessions`;
    return [
      row(`${among}: a newcomer’s live mirror`, 'ms', live),
      row(`${among}: its memory`, 'MB', memory),
      row(`${among}: a look at all counts`, 'ms', looks),
      row(`${among}: all records read`, 'ms', lists),
    ];
  });
}

/** @returns milliseconds for one look. */
function timeLooks({ registry }: RegistryClient): number {
  const startedAt = performance.now();
  for (let look = 0; look < lookUps; look += 1) registry.counts();
  return (performance.now() - startedAt) / lookUps;
}

/** @throws where it doesn't within {@link patienceMs}. */
async function untilItCounts({ registry }: RegistryClient, total: number): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const sum = managerIds.reduce((left, id) => left + countOn(registry.counts(), id), 0);
    if (sum === total) return;
    if (performance.now() > giveUpAt) throw new Error(`a mirror counts ${sum} sessions of ${total}`);
    await sleep(1);
  }
}

let collect: (() => void) | undefined;

/** After a garbage collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  collect ??= runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

async function grantLease(engine: Engine): Promise<string> {
  const granted = await engine.grantLease(300);
  if (!granted.ok) throw new Error(`no lease: ${granted.failure.code}`);
  return granted.value.leaseId;
}

async function revisionOf(engine: Engine): Promise<{ revision: number }> {
  const listed = await engine.list('none/');
  if (!listed.ok) throw new Error(`no revision: ${listed.failure.code}`);
  return listed.value;
}

const put = (key: string, value: string, leaseId?: string): Operation => ({
  kind: 'put',
  key,
  value,
  ...(leaseId !== undefined && { leaseId }),
});

function putsOf(poolId: string, record: SessionRecord, leaseId: string): readonly Operation[] {
  const keys = keysOf(poolId);
  return [
    put(keys.record(record.owner, record.id), writeRecord(record, randomUUID()), leaseId),
    put(keys.place(record.owner, record.id), writePlace(record), leaseId),
  ];
}

function recordOf(poolId: string, owner: string, managerId: string): SessionRecord {
  return {
    ...newSession(),
    version: 1,
    poolId,
    loggedIn: true,
    roles: ['operator'],
    rights: [],
    managerId,
    owner,
    route: '',
    state: 'live',
    placement: [],
  };
}
