import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { createChannelOpener } from '../../electron/guacd/line.ts';
import { ensurePackages } from '../../build/debian.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { sampleManager } from '../gateway.ts';
import { type Rig, startRig } from '../rig/rig.ts';
import { alternate, type Bench, type BenchContext, type Row } from './measurement.ts';
import { encryptToken } from './relayLite.ts';
import { type Peer, withPeers } from './relayProcess.ts';

const rounds = 25;
const warmUps = 2;
const openTimeoutMs = 10_000;
const display = { width: 1024, height: 768, dpi: 96 };
/** Each image is followed by one. */
const syncMark = '4.sync,';

interface Target {
  readonly protocol: 'ssh' | 'vnc';
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * From nothing to the first image over verified TLS: by the broker's channel and relay, by a bare client that does no more than has to
 * be said, and by guacamole-lite over plain TCP, as it has no TLS towards guacd.
 */
export const benchOpen: Bench = async (context) => {
  const { report } = context;
  const packages = await ensurePackages(['session manager', 'targets'], report);
  if (packages.kind === 'missing') throw new Error(packages.todo);
  report('open: starting guacd, SSH and VNC');
  const rig = await startRig({ parts: ['guacd', 'ssh', 'vnc'] });
  try {
    return await withPeers((start) => measure(rig, start(), context));
  } finally {
    await rig.stop();
  }
};

async function measure(rig: Rig, lite: Peer, { report, isQuick }: BenchContext): Promise<readonly Row[]> {
  const litePort = await lite.ask('carry', { kind: 'guacamole-lite' });
  const rows: Row[] = [];
  for (const target of targetsOf(rig)) {
    report(`open: ${target.protocol}`);
    const subjects = {
      Proxima: () => openOurs(rig, target),
      'bare client': () => openBare(rig, target),
      'guacamole-lite, plain TCP': () => openByLite(rig, target, litePort),
    };
    await alternate(isQuick ? 1 : warmUps, subjects);
    rows.push(...describe(target, await alternate(isQuick ? 1 : rounds, subjects)));
  }
  return rows;
}

type Samples = Readonly<Record<'Proxima' | 'bare client' | 'guacamole-lite, plain TCP', readonly number[]>>;

function describe({ protocol }: Target, samples: Samples): readonly Row[] {
  const ours = { unit: 'ms', samples: samples.Proxima } as const;
  return [
    {
      ...ours,
      name: `open, ${protocol} over TLS: to the first image`,
      floor: { name: 'bare client', samples: samples['bare client'] },
      // Of SSH most is the host's signing in, which no client makes any sooner.
      goal: { of: 'ratioToFloor', atMost: 1.3 },
    },
    {
      ...ours,
      name: `open, ${protocol}: beside guacamole-lite`,
      peer: { name: 'guacamole-lite, plain TCP', samples: samples['guacamole-lite, plain TCP'] },
      ...(protocol === 'vnc' && { goal: { of: 'ratioToPeer', atMost: 1 / 4 } as const }),
    },
  ];
}

function targetsOf({ ssh, vnc }: Rig): readonly Target[] {
  const base = { hostname: '127.0.0.1' };
  return [
    {
      protocol: 'ssh',
      parameters: { ...base, port: String(ssh.port), username: ssh.username, password: ssh.password },
    },
    { protocol: 'vnc', parameters: { ...base, port: String(vnc.port), password: vnc.password } },
  ];
}

async function openOurs({ guacd, authority }: Rig, { protocol, parameters }: Target): Promise<number> {
  const manager = sampleManager('bench', guacd.tlsA.port);
  const trust = { kind: 'authorities', certificatesPem: authority.certificatePem } as const;
  const startedAt = performance.now();
  const opened = await createChannelOpener().open(
    { manager, trust, protocol, parameters, display },
    AbortSignal.timeout(openTimeoutMs),
  );
  if (!opened.ok) throw new Error(`${protocol} did not open: ${opened.failure.code}`);
  const line = opened.value;
  const tookMs = await new Promise<number>((resolve) => {
    let text = '';
    void line.attach({
      send(bytes, done) {
        text += Buffer.from(bytes).toString('latin1');
        if (text.includes(syncMark)) resolve(performance.now() - startedAt);
        done();
      },
      onMessage: () => undefined,
      onClose: () => undefined,
      close: () => undefined,
    });
  });
  line.close();
  await line.ended;
  return tookMs;
}

/** Says what has to be said and looks for nothing but the first `sync`; answers at once, as guacd's Nagle wants it. */
function openBare({ guacd, authority }: Rig, { protocol, parameters }: Target): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = connect({
      host: '127.0.0.1',
      port: guacd.tlsA.port,
      ca: authority.certificatePem,
    });
    socket.setNoDelay(true);
    const send = (...instructions: Instruction[]) =>
      socket.write(instructions.map(encodeInstruction).join(''));
    let text = '';
    let isConnected = false;
    let tookMs: number | undefined;
    socket.setTimeout(openTimeoutMs, () => socket.destroy(new Error(`${protocol}: no answer in time`)));
    socket.on('error', reject);
    socket.on('close', () => (tookMs === undefined ? reject(new Error('closed')) : resolve(tookMs)));
    socket.on('session', () => setImmediate(() => send(['nop'])));
    socket.on('secureConnect', () => send(['select', protocol]));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (tookMs !== undefined) return;
      if (!isConnected && text.endsWith(';')) {
        isConnected = true;
        const [[, , ...names] = ['']] = decodeInstructions(text) ?? [];
        const { width, height, dpi } = display;
        const values = names.map((name) => parameters[name] ?? '');
        send(
          ['size', String(width), String(height), String(dpi)],
          ['audio'],
          ['video'],
          ['image', 'image/png', 'image/jpeg'],
          ['connect', 'VERSION_1_3_0', ...values],
          ['nop'],
        );
        text = '';
        return;
      }
      send(['nop']);
      if (!text.includes(syncMark)) return;
      tookMs = performance.now() - startedAt;
      send(['disconnect']);
      socket.end(() => socket.destroy());
    });
  });
}

/** Its WebSocket is the only way in; that is 1 or 2 ms of it. */
function openByLite({ guacd }: Rig, { protocol, parameters }: Target, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const token = encryptToken(guacd.plain.port, protocol, { ...parameters, ...display });
    const startedAt = performance.now();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`, 'guacamole');
    const timer = setTimeout(() => socket.terminate(), openTimeoutMs);
    let text = '';
    let tookMs: number | undefined;
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      if (tookMs === undefined) reject(new Error(`${protocol}: guacamole-lite brought no image`));
      else resolve(tookMs);
    });
    socket.on('message', (data: Buffer) => {
      text += data.toString('latin1');
      if (tookMs !== undefined || !text.includes(syncMark)) return;
      tookMs = performance.now() - startedAt;
      socket.send(encodeInstruction(['disconnect']));
      socket.close();
    });
  });
}
