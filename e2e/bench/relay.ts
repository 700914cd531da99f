import { alternate, type Bench, type Row } from './measurement.ts';
import type { Carrier } from './relayCarriers.ts';
import { type Peer, withPeers } from './relayProcess.ts';
import type { StreamName } from './relayStreams.ts';
import { createRelayTrust } from './relayTrust.ts';

const rounds = 7;
/** Not counted: until then the engine still compiles what it runs, and carriers live for weeks. */
const warmUpRounds = 2;
const bytesPerGigabyte = 1_000_000_000;
const bytesPerMegabyte = 1_000_000;
const lite = 'guacamole-lite 1.2.0';

interface Work {
  readonly stream: StreamName;
  readonly isSecure: boolean;
  /** Of each round; fewer of a carrier that is far slower. */
  readonly megabytes: Partial<Record<Carrier['kind'], number>>;
}

const images: Work = {
  stream: 'images',
  isSecure: false,
  megabytes: { Proxima: 400, copy: 400, 'guacamole-lite': 400 },
};
const secureImages: Work = { stream: 'images', isSecure: true, megabytes: { Proxima: 400, pipe: 400 } };
const tiny: Work = {
  stream: 'tiny instructions',
  isSecure: false,
  megabytes: { Proxima: 400, copy: 400, 'guacamole-lite': 10 },
};
const quickShare = 0.05;

/**
 * Bytes through channel, relay and the gateway's tunnel to a WebSocket; beside guacamole-lite, and beside copies between two sockets
 * that look at nothing. Each in a process of its own, whose CPU time counts.
 */
export const benchRelay: Bench = async ({ report, isQuick }) => {
  const trust = await createRelayTrust();
  const measure = (work: Work) => {
    report(`relay: ${work.stream}${work.isSecure ? ' over TLS' : ''}`);
    return withPeers((start) => measureWork(start, work, trust, isQuick));
  };
  const plain = await measure(images);
  const secure = await measure(secureImages);
  const small = await measure(tiny);
  const cpu = 'CPU s/GB';
  const liteOf = (samples: readonly number[] | undefined) => ({ name: lite, samples: samples ?? [] });
  const copyOf = (samples: readonly number[] | undefined) => ({
    name: 'Node raw copy',
    samples: samples ?? [],
  });
  const pipeOf = (samples: readonly number[] | undefined) => ({
    name: 'Node TLS pipe',
    samples: samples ?? [],
  });
  return [
    {
      name: 'relay, images: CPU time, beside a copy',
      unit: cpu,
      samples: plain.cpu.Proxima ?? [],
      floor: copyOf(plain.cpu.copy),
      goal: { of: 'ratioToFloor', atMost: 1.15 },
    },
    {
      name: 'relay, images: CPU time, beside the peer',
      unit: cpu,
      samples: plain.cpu.Proxima ?? [],
      peer: liteOf(plain.cpu['guacamole-lite']),
      goal: { of: 'ratioToPeer', atMost: 1 / 8 },
    },
    {
      name: 'relay, images: bytes',
      unit: 'MB/s',
      samples: plain.speed.Proxima ?? [],
      floor: copyOf(plain.speed.copy),
      peer: liteOf(plain.speed['guacamole-lite']),
    },
    {
      name: 'relay, images over TLS: CPU time',
      unit: cpu,
      samples: secure.cpu.Proxima ?? [],
      floor: pipeOf(secure.cpu.pipe),
      goal: { of: 'ratioToFloor', atMost: 0.8 },
    },
    {
      name: 'relay, images over TLS: bytes',
      unit: 'MB/s',
      samples: secure.speed.Proxima ?? [],
      floor: pipeOf(secure.speed.pipe),
    },
    {
      name: 'relay, tiny instructions: bytes',
      unit: 'MB/s',
      samples: small.speed.Proxima ?? [],
      floor: copyOf(small.speed.copy),
      peer: liteOf(small.speed['guacamole-lite']),
      goal: { of: 'ratioToPeer', atLeast: 150 },
    },
    {
      name: 'relay, tiny instructions: CPU time',
      unit: cpu,
      samples: small.cpu.Proxima ?? [],
      floor: copyOf(small.cpu.copy),
      peer: liteOf(small.cpu['guacamole-lite']),
    },
  ] satisfies Row[];
};

type Trust = Awaited<ReturnType<typeof createRelayTrust>>;
type Samples = Partial<Record<Carrier['kind'], readonly number[]>>;

async function measureWork(
  start: () => Peer,
  { stream, isSecure, megabytes }: Work,
  { tls, authorityPem }: Trust,
  isQuick: boolean,
): Promise<{ readonly cpu: Samples; readonly speed: Samples }> {
  const trusted = isSecure ? { authorityPem } : {};
  const client = start();
  const cpu: Partial<Record<Carrier['kind'], number[]>> = {};
  const subjects: Partial<Record<Carrier['kind'], () => Promise<number>>> = {};
  for (const [name, amount] of Object.entries(megabytes)) {
    const kind = name as Carrier['kind'];
    const bytes = amount * bytesPerMegabyte * (isQuick ? quickShare : 1);
    const sourcePort = await start().ask('source', { stream, bytes, tls: isSecure ? tls : undefined });
    const process = start();
    const carrierPort = await process.ask('carry', carrierOf(kind, sourcePort, trusted));
    const samples: number[] = [];
    cpu[kind] = samples;
    subjects[kind] = async () => {
      await client.ask('connect', { carrier: kind, carrierPort, sourcePort, count: 1 });
      const before = await process.ask('usage', { isCollected: false });
      const { seconds } = await client.ask('flood', {});
      const after = await process.ask('usage', { isCollected: false });
      samples.push(((after.cpuSeconds - before.cpuSeconds) * bytesPerGigabyte) / bytes);
      return bytes / seconds / bytesPerMegabyte;
    };
  }
  if (!isQuick) await alternate(warmUpRounds, subjects as Required<typeof subjects>);
  for (const samples of Object.values(cpu)) samples.length = 0;
  const speed = await alternate(isQuick ? 1 : rounds, subjects as Required<typeof subjects>);
  return { cpu, speed };
}

function carrierOf(
  kind: Carrier['kind'],
  sourcePort: number,
  trusted: { readonly authorityPem?: string },
): Carrier {
  return kind === 'guacamole-lite' ? { kind } : { kind, sourcePort, ...trusted };
}
