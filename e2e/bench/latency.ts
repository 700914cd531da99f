import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, quantile, type Row } from './measurement.ts';
import type { Carrier } from './relayCarriers.ts';
import { type Peer, withPeers } from './relayProcess.ts';

const rounds = 7;
const times = 300;
const warmUpMs = 300;
const aloneMs = 1_000;
const lite = 'guacamole-lite 1.2.0';
const bytesPerMegabyte = 1_000_000;

interface Beside {
  readonly tookMicroseconds: readonly number[];
  readonly aloneSpeed: number;
  readonly besideSpeed: number;
}

/**
 * From a key on the client's WebSocket to the `sync` that answers it, through channel, relay and tunnel: with nothing else to do, and
 * while another session of the same process takes all that it can get. There isn't a pause between the other's bytes, as on no real host.
 */
export const benchLatency: Bench = ({ report, isQuick }) =>
  withPeers(async (start) => {
    const [roundCount, timeCount] = isQuick ? [1, 20] : [rounds, times];
    const probe = start();
    const flooded = await startSubject(start, 'Proxima');
    const liteFlooded = await startSubject(start, 'guacamole-lite');
    const measureIdle = async (carrier: Carrier['kind'], carrierPort: number) =>
      quantile(await probe.ask('probe', { carrier, carrierPort, times: timeCount }), 0.5);
    const idle = { ours: [] as number[], lite: [] as number[], direct: [] as number[] };
    const beside: Beside[] = [];
    const liteBeside: Beside[] = [];
    for (let round = 0; round < roundCount; round += 1) {
      report(`latency: round ${round + 1} of ${roundCount}`);
      idle.direct.push(await measureIdle('copy', 0));
      idle.ours.push(await measureIdle('Proxima', flooded.carrierPort));
      idle.lite.push(await measureIdle('guacamole-lite', liteFlooded.carrierPort));
      beside.push(await flooded.measureBeside(probe, timeCount));
      liteBeside.push(await liteFlooded.measureBeside(probe, timeCount));
    }
    const medians = (all: readonly Beside[]) => all.map((one) => quantile(one.tookMicroseconds, 0.5));
    const worst = (all: readonly Beside[]) => all.map((one) => quantile(one.tookMicroseconds, 0.99));
    const kept = (all: readonly Beside[]) =>
      all.map(({ aloneSpeed, besideSpeed }) => (100 * besideSpeed) / aloneSpeed);
    const rows: Row[] = [
      {
        name: 'latency, sync round trip, idle: p50',
        unit: 'µs',
        samples: idle.ours,
        floor: { name: 'no relay', samples: idle.direct },
        peer: { name: lite, samples: idle.lite },
      },
      {
        name: 'latency, sync beside a flood: p50',
        unit: 'µs',
        samples: medians(beside),
        peer: { name: lite, samples: medians(liteBeside) },
        goal: { of: 'value', atMost: 400 },
      },
      {
        name: 'latency, sync beside a flood: p99',
        unit: 'µs',
        samples: worst(beside),
        peer: { name: lite, samples: worst(liteBeside) },
      },
      {
        name: 'latency, flood beside the syncs, of its rate alone',
        unit: '%',
        samples: kept(beside),
        peer: { name: lite, samples: kept(liteBeside) },
        goal: { of: 'value', atLeast: 60 },
      },
      {
        name: 'latency, flood beside the syncs: bytes',
        unit: 'MB/s',
        samples: beside.map(({ besideSpeed }) => besideSpeed),
        peer: { name: lite, samples: liteBeside.map(({ besideSpeed }) => besideSpeed) },
      },
    ];
    return rows;
  });

async function startSubject(start: () => Peer, carrier: 'Proxima' | 'guacamole-lite') {
  const [source, client, process] = [start(), start(), start()];
  const carrierPort = await process.ask('carry', { kind: carrier });
  return {
    carrierPort,
    async measureBeside(probe: Peer, timeCount: number): Promise<Beside> {
      const sourcePort = await source.ask('source', { stream: 'images' });
      await client.ask('connect', { carrier, carrierPort, sourcePort, count: 1 });
      await client.ask('beginFlood', {});
      await sleep(warmUpMs);
      const aloneSpeed = await measureSpeed(client, () => sleep(aloneMs));
      let tookMicroseconds: readonly number[] = [];
      const besideSpeed = await measureSpeed(client, async () => {
        tookMicroseconds = await probe.ask('probe', { carrier, carrierPort, times: timeCount });
      });
      await client.ask('hangUp', {});
      return { tookMicroseconds, aloneSpeed, besideSpeed };
    },
  };
}

async function measureSpeed(client: Peer, during: () => Promise<unknown>): Promise<number> {
  const before = await client.ask('read', {});
  const startedAt = performance.now();
  await during();
  const bytes = (await client.ask('read', {})) - before;
  return (bytes * 1000) / bytesPerMegabyte / (performance.now() - startedAt);
}
