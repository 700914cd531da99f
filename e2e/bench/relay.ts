import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAuthority, issueCertificate } from '../../electron/secrets/certificateAuthority.ts';
import { alternate, type Bench, type Measurement } from './measurement.ts';
import type { CarryTask, PeerReport, PeerTask } from './relayPeer.ts';
import type { StreamName } from './relayStreams.ts';

const rounds = 5;
const peerFile = fileURLToPath(new URL('relayPeer.ts', import.meta.url));
const bytesPerGigabyte = 1_000_000_000;
const bytesPerMegabyte = 1_000_000;

interface Work {
  readonly work: string;
  readonly stream: StreamName;
  readonly isSecure: boolean;
}

const works: readonly Work[] = [
  { work: 'images, plain', stream: 'images', isSecure: false },
  { work: 'images, TLS', stream: 'images', isSecure: true },
  { work: 'tiny instructions, plain', stream: 'tiny instructions', isSecure: false },
];

/** Bytes through channel, buffer and relay, beside a copy between the same two processes that looks at nothing. */
export const benchRelay: Bench = async (report) => {
  const authority = await createAuthority({ commonName: 'Bench', lifetimeDays: 1 });
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const tls = { cert: certificatePem, key: privateKeyPem };
  const peers: ChildProcess[] = [];
  const startPeer = () => {
    const peer = fork(peerFile, { execArgv: ['--import', 'tsx'] });
    peers.push(peer);
    return peer;
  };
  try {
    const sinkPort = await askForPort(startPeer(), { kind: 'sink' });
    const [relay, copy] = [startPeer(), startPeer()];
    const measurements: Measurement[] = [];
    for (const { work, stream, isSecure } of works) {
      report(`relay: ${work}`);
      const source = startPeer();
      const sourcePort = await askForPort(source, { kind: 'source', stream, ...(isSecure && { tls }) });
      const trust = isSecure ? { authorityPem: authority.certificatePem } : {};
      const cpu: Record<CarryTask['kind'], number[]> = { relay: [], 'raw copy': [] };
      const carry = async (carrier: ChildProcess, kind: CarryTask['kind']) => {
        const { bytes, seconds, cpuSeconds } = await askToCarry(carrier, {
          kind,
          stream,
          sourcePort,
          sinkPort,
          ...trust,
        });
        cpu[kind].push((cpuSeconds * bytesPerGigabyte) / bytes);
        return bytes / seconds / bytesPerMegabyte;
      };
      const speed = await alternate(rounds, {
        relay: () => carry(relay, 'relay'),
        'raw copy': () => carry(copy, 'raw copy'),
      });
      const describe = (unit: Measurement['unit'], samples: typeof speed) => [
        { bench: 'relay', work, subject: 'Proxima', unit, samples: samples.relay },
        { bench: 'relay', work, subject: 'raw Node copy', unit, samples: samples['raw copy'] },
      ];
      measurements.push(...describe('CPU s/GB', cpu), ...describe('MB/s', speed));
      source.disconnect();
    }
    return measurements;
  } finally {
    for (const peer of peers) if (peer.connected) peer.disconnect();
  }
};

async function ask(peer: ChildProcess, task: PeerTask): Promise<PeerReport> {
  const over = new AbortController();
  const ended = once(peer, 'exit', { signal: over.signal }).then(() => {
    throw new Error(`a process of the bench ended before it was done: ${task.kind}`);
  });
  // Nobody waits for it any more after a report.
  ended.catch(() => {});
  const told = once(peer, 'message', { signal: over.signal });
  peer.send(task);
  try {
    const [report] = (await Promise.race([told, ended])) as [PeerReport];
    return report;
  } finally {
    over.abort();
  }
}

async function askForPort(peer: ChildProcess, task: PeerTask): Promise<number> {
  const report = await ask(peer, task);
  if (report.kind !== 'listening') throw new Error('a process of the bench does not listen');
  return report.port;
}

async function askToCarry(peer: ChildProcess, task: CarryTask) {
  const report = await ask(peer, task);
  if (report.kind !== 'carried') throw new Error('a process of the bench carried nothing');
  return report;
}
