import { connect } from 'node:tls';
import { createChannelOpener } from '../../electron/guacd/line.ts';
import { ensurePackages } from '../../build/debian.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { sampleManager } from '../gateway.ts';
import { type Rig, startRig } from '../rig/rig.ts';
import { alternate, type Bench, type Measurement } from './measurement.ts';

const rounds = 25;
const warmUps = 2;
const openTimeoutMs = 10_000;
const display = { width: 1024, height: 768, dpi: 96 };

interface Target {
  readonly protocol: 'ssh' | 'vnc';
  readonly parameters: Readonly<Record<string, string>>;
}

/** From nothing to the first `sync` over verified TLS, beside a bare client that does no more than the handshake. */
export const benchOpen: Bench = async (report) => {
  const packages = await ensurePackages(['session manager', 'targets'], report);
  if (packages.kind === 'missing') throw new Error(packages.todo);
  report('open: starting guacd, SSH and VNC');
  const rig = await startRig({ parts: ['guacd', 'ssh', 'vnc'] });
  try {
    const measurements: Measurement[] = [];
    for (const target of targetsOf(rig)) {
      report(`open: ${target.protocol}`);
      const subjects = {
        Proxima: () => openOurs(rig, target),
        'bare client': () => openBare(rig, target),
      };
      await alternate(warmUps, subjects);
      for (const [subject, samples] of Object.entries(await alternate(rounds, subjects))) {
        measurements.push({ bench: 'open', work: `${target.protocol}, TLS`, subject, unit: 'ms', samples });
      }
    }
    return measurements;
  } finally {
    await rig.stop();
  }
};

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
  const tookMs = performance.now() - startedAt;
  if (!opened.ok) throw new Error(`${protocol} did not open: ${opened.failure.code}`);
  opened.value.close();
  await opened.value.ended;
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
      if (!text.includes('4.sync,')) return;
      tookMs = performance.now() - startedAt;
      send(['disconnect']);
      socket.end(() => socket.destroy());
    });
  });
}
