import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionLine, TunnelWire } from '../../electron/broker/ports.ts';
import { createChannelOpener } from '../../electron/guacd/line.ts';
import type { Engine } from '../../electron/manager/engine.ts';
import { openGate } from '../../electron/manager/gate.ts';
import { InstructionReader } from '../../electron/manager/instructionReader.ts';
import { managerPolicySchema } from '../../electron/manager/policy.ts';
import { createAuthority, issueCertificate } from '../../electron/secrets/certificateAuthority.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { SshHandle } from '../rig/sshd.ts';
import { openCuttableWay } from './cuttableWay.ts';

/** What was seen of one session whose way was cut in the middle of a running `top`. */
export interface ReattachRound {
  /** The engine behind the gate. */
  readonly name: string;
  readonly round: number;
  /** Process ids of the shell, as it says itself; `after` is missing where it wasn't there any more. */
  readonly before: string;
  readonly after: string | undefined;
  /** From the cut to the first picture. */
  readonly backMs: number;
}

interface ReattachOptions {
  readonly name: string;
  readonly engine: Engine;
  readonly ssh: SshHandle;
  readonly rounds: number;
  /** How long the way stays closed after each cut. */
  readonly closedMs: number;
  onRound(round: ReattachRound): void;
}

const patienceMs = 15_000;
const topMs = 1_000;
const askAgainMs = 3_000;

/**
 * Opens an SSH session through a gate with mutual TLS as a broker does, starts `top`, cuts the broker's socket, and looks whether
 * the same shell is there afterwards. The broker has to come back by itself.
 */
export async function runReattachChaos(options: ReattachOptions): Promise<readonly ReattachRound[]> {
  const authority = await createAuthority({ commonName: 'Proxima chaos', lifetimeDays: 1 });
  const [server, client] = await Promise.all(
    (['server', 'client'] as const).map((usage) =>
      issueCertificate(authority, {
        commonName: usage,
        dnsNames: [],
        ipAddresses: usage === 'server' ? ['127.0.0.1'] : [],
        usage,
      }),
    ),
  );
  if (!server || !client) throw new Error('no certificates');
  const gate = await openGate({
    listen: { address: '127.0.0.1', port: 0 },
    tls: { ...server, clientAuthoritiesPem: authority.certificatePem, revoked: new Set() },
    engine: options.engine,
    policy: managerPolicySchema.parse({ version: 1, targets: { deny: [] } }),
    sessionLimit: null,
    holdSeconds: 60,
    version: 'chaos',
    log: { info: () => {}, warn: () => {} },
  });
  const way = await openCuttableWay(gate.port);
  const opener = createChannelOpener({ clientCertificateOf: () => client });
  const rounds: ReattachRound[] = [];
  try {
    for (let round = 1; round <= options.rounds; round += 1) {
      const opened = await opener.open(
        {
          manager: {
            id: 'chaos',
            name: 'chaos',
            address: '127.0.0.1',
            port: way.port,
            weight: 1,
            sessionLimit: null,
            intent: 'enabled',
          },
          trust: { kind: 'authorities', certificatesPem: authority.certificatePem },
          protocol: 'ssh',
          parameters: {
            hostname: '127.0.0.1',
            port: String(options.ssh.port),
            username: options.ssh.username,
            password: options.ssh.password,
            'host-key': options.ssh.hostKeyLine,
          },
          display: { width: 800, height: 600, dpi: 96 },
        },
        AbortSignal.timeout(patienceMs),
      );
      if (!opened.ok) throw new Error(`the session could not be opened: ${opened.failure.code}`);
      const line = opened.value;
      try {
        const seen = await cutAndLook(line, options, way, `${options.name.replaceAll(' ', '-')}-${round}`);
        const done = { name: options.name, round, ...seen };
        rounds.push(done);
        options.onRound(done);
      } finally {
        line.close();
        await line.ended;
      }
    }
    return rounds;
  } finally {
    await way.close();
    await gate.close();
  }
}

async function cutAndLook(
  line: SessionLine,
  { ssh, closedMs }: ReattachOptions,
  way: { cut(): void; block(isBlocked: boolean): void },
  name: string,
): Promise<Pick<ReattachRound, 'before' | 'after' | 'backMs'>> {
  const window = createWindow();
  const attached = await line.attach(window.wire);
  if (!attached.ok) throw new Error(`no tunnel: ${attached.failure.code}`);
  let isReconnecting = false;
  line.onReconnecting((now) => (isReconnecting = now));

  const before = await askShell(window, ssh, `${name}-before`);
  if (before === undefined) throw new Error('the shell said nothing');
  window.type('top -d 0.5\r');
  await sleep(topMs);

  const cutAt = performance.now();
  way.block(true);
  way.cut();
  await sleep(closedMs);
  way.block(false);
  for (const until = cutAt + patienceMs; performance.now() < until; await sleep(5))
    if (!isReconnecting && window.lastSyncAt() > cutAt + closedMs) break;
  const backMs = window.lastSyncAt() - cutAt;
  window.type('q');
  await sleep(300);
  const after = await askShell(window, ssh, `${name}-after`);
  return { before, after, backMs };
}

/** Has the shell write its process id to a file of its home. Asked again, because a shell that only starts may let go of what was typed. */
async function askShell(
  window: { type(text: string): void },
  ssh: SshHandle,
  name: string,
): Promise<string | undefined> {
  const startedAt = performance.now();
  for (let asked = 0; ; await sleep(20)) {
    const passedMs = performance.now() - startedAt;
    if (passedMs > patienceMs) return undefined;
    if (passedMs >= asked * askAgainMs) {
      window.type(`echo $$ > ${name}\r`);
      asked += 1;
    }
    const text = await readFile(join(ssh.home, name), 'utf8').catch(() => '');
    if (/^\d+\n$/.test(text)) return text.trim();
  }
}

/** A window's tunnel: draws nothing, and acknowledges each frame at once. */
function createWindow() {
  let receive: (bytes: Uint8Array) => void = () => undefined;
  let onClose: () => void = () => undefined;
  let syncAt = 0;
  const reader = new InstructionReader(['sync']);
  const say = (...instruction: [string, ...string[]]) => receive(Buffer.from(encodeInstruction(instruction)));
  const wire: TunnelWire = {
    send(bytes, done) {
      reader.take(new Uint8Array(bytes), (_, sync) => {
        syncAt = performance.now();
        const copy = new Uint8Array(sync);
        setImmediate(() => receive(copy));
      });
      setImmediate(done);
    },
    onMessage: (listener) => void (receive = listener),
    onClose: (listener) => void (onClose = listener),
    close: () => onClose(),
  };
  return {
    wire,
    lastSyncAt: () => syncAt,
    type(text: string) {
      for (const character of text) {
        const keysym = String(character === '\r' ? 0xff0d : character.codePointAt(0));
        say('key', keysym, '1');
        say('key', keysym, '0');
      }
    },
  };
}

/** One line for all rounds of an engine, as it is kept for comparison. */
export function summariseReattach(rounds: readonly ReattachRound[]) {
  const times = rounds.map(({ backMs }) => backMs).toSorted((left, right) => left - right);
  return {
    name: `manager, ${rounds[0]?.name ?? ''}`,
    sessions: rounds.length,
    lost: rounds.filter(({ before, after }) => before !== after).length,
    p50Ms: Math.round(times[Math.floor(times.length / 2)] ?? 0),
    maxMs: Math.round(times.at(-1) ?? 0),
  };
}
