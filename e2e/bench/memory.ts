import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, quantile, type Row } from './measurement.ts';
import type { Carrier } from './relayCarriers.ts';
import { type Peer, withPeers } from './relayProcess.ts';
import { createRelayTrust } from './relayTrust.ts';

const rounds = 5;
const slowBytesPerSecond = 5_000_000;
const slowMs = 8_000;
const warmUpMs = 1_500;
const floodMs = 3_000;
const sampleMs = 250;
const sessions = 100;
const bytesPerMegabyte = 1_000_000;
const lite = 'guacamole-lite 1.2.0';

/** What a process that relays grows by: for a client that reads slower than the host sends, and for many that read all they can. */
export const benchMemory: Bench = async ({ report, isQuick }) => {
  const { tls, authorityPem } = await createRelayTrust();
  const slow: Record<'ours' | 'lite', SlowReader[]> = { ours: [], lite: [] };
  const perSession: Record<'secure' | 'plain' | 'lite', number[]> = { secure: [], plain: [], lite: [] };
  const [roundCount, share] = isQuick ? [1, 0.1] : [rounds, 1];
  for (let round = 0; round < roundCount; round += 1) {
    report(`memory: round ${round + 1} of ${roundCount}`);
    slow.ours.push(await withPeers((start) => readSlowly(start, { kind: 'Proxima' }, share)));
    slow.lite.push(await withPeers((start) => readSlowly(start, { kind: 'guacamole-lite' }, share)));
    const flood = (carrier: Carrier, source = {}) =>
      withPeers((start) => floodMany(start, carrier, source, isQuick ? 10 : sessions, share));
    perSession.secure.push(await flood({ kind: 'Proxima', authorityPem }, { tls }));
    perSession.plain.push(await flood({ kind: 'Proxima' }));
    perSession.lite.push(await flood({ kind: 'guacamole-lite' }));
  }
  const growths = (all: readonly SlowReader[]) => all.map(({ growth }) => growth);
  const drifts = (all: readonly SlowReader[]) => all.map(({ drift }) => drift);
  const rows: Row[] = [
    {
      name: `memory, reader at 5 MB/s for ${slowMs / 1000} s: growth`,
      unit: 'MB',
      samples: growths(slow.ours),
      peer: { name: lite, samples: growths(slow.lite) },
      goal: { of: 'value', atMost: 2 },
    },
    {
      name: 'memory, reader at 5 MB/s: last quarter, beyond the second',
      unit: 'MB',
      samples: drifts(slow.ours),
      peer: { name: lite, samples: drifts(slow.lite) },
      goal: { of: 'value', atMost: 0.5 },
    },
    {
      name: `memory, ${sessions} flooded sessions over TLS: each`,
      unit: 'MB',
      samples: perSession.secure,
      goal: { of: 'value', atMost: 0.4 },
    },
    {
      name: `memory, ${sessions} flooded sessions: each`,
      unit: 'MB',
      samples: perSession.plain,
      peer: { name: lite, samples: perSession.lite },
    },
  ];
  return rows;
};

interface SlowReader {
  /** The most that was in use, beyond what was before. In MB, as `drift`. */
  readonly growth: number;
  /** How much more the last quarter of the time has than the second. */
  readonly drift: number;
}

/** A first session that reads all it can makes what every process makes once. */
async function warmUp(start: () => Peer, process: Peer, carrier: Carrier, source: object) {
  const [host, client] = [start(), start()];
  const carrierPort = await process.ask('carry', carrier);
  const sourcePort = await host.ask('source', { stream: 'images', ...source });
  const connect = (count: number, bytesPerSecond?: number) =>
    client.ask('connect', { carrier: carrier.kind, carrierPort, sourcePort, count, bytesPerSecond });
  await connect(1);
  await client.ask('beginFlood', {});
  await sleep(warmUpMs);
  await client.ask('hangUp', {});
  await sleep(sampleMs);
  return { client, connect };
}

async function readSlowly(start: () => Peer, carrier: Carrier, share: number): Promise<SlowReader> {
  const process = start();
  const { client, connect } = await warmUp(start, process, carrier, {});
  await connect(1, slowBytesPerSecond);
  const before = await residentMegabytes(process, true);
  await client.ask('beginFlood', {});
  const used: number[] = [];
  for (const startedAt = performance.now(); performance.now() - startedAt < slowMs * share;) {
    await sleep(sampleMs);
    used.push((await residentMegabytes(process, false)) - before);
  }
  const quarter = Math.max(1, Math.floor(used.length / 4));
  return {
    growth: Math.max(...used),
    drift: quantile(used.slice(-quarter), 0.5) - quantile(used.slice(quarter, 2 * quarter), 0.5),
  };
}

async function floodMany(
  start: () => Peer,
  carrier: Carrier,
  source: object,
  count: number,
  share: number,
): Promise<number> {
  const process = start();
  const { client, connect } = await warmUp(start, process, carrier, source);
  const before = await residentMegabytes(process, true);
  await connect(count);
  await client.ask('beginFlood', {});
  await sleep(floodMs * share);
  return ((await residentMegabytes(process, false)) - before) / count;
}

async function residentMegabytes(process: Peer, isCollected: boolean): Promise<number> {
  return (await process.ask('usage', { isCollected })).residentBytes / bytesPerMegabyte;
}
