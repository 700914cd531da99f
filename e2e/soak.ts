import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { ensureBuilt } from '../build/build.ts';
import { ensurePackages } from '../build/debian.ts';
import type { Contract } from '../shared/contract/contract.ts';
import { type GatewayProcess, sampleHost, sampleManager, settingsFor, startGateway } from './gateway.ts';
import { startRig } from './rig/rig.ts';
import { formatSoak, judgeSoak, type Soak } from './soakReport.ts';
import { backspace, enter, openSoakSession, type SoakSession } from './soakSession.ts';

const usage = `Keeps SSH sessions busy through a real gateway and guacd: one floods, the others type a key a second.

  npm run soak -- [--minutes 10] [--sessions 20] [--json] [--quick]

  --quick  4 sessions for 20 seconds
  --json   one object instead of the text

Exits with 1 where the memory of the gateway doesn't stay flat.
`;

const keyIntervalMs = 1_000;
const memorySamples = 120;
const settleMs = 500;
const shellAttempts = 20;
const openTimeoutMs = 30_000;
const letter = 0x78;
/** A terminal full of other text at every frame, without an end. */
const floodCommand = 'while :; do seq 1 99999; done';
const display = { width: 1024, height: 768, dpi: 96 };

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    minutes: { type: 'string', default: '10' },
    sessions: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const minutes = values.quick ? 1 / 3 : Number(values.minutes);
const sessionCount = values.quick ? 4 : Number(values.sessions);

if (values.help) process.stdout.write(usage);
else if (!(minutes > 0) || !Number.isInteger(sessionCount) || sessionCount < 2) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const soak = await run();
  process.stdout.write(values.json ? `${JSON.stringify(judgeSoak(soak))}\n` : `\n${formatSoak(soak)}`);
  if (!judgeSoak(soak).isFlat) process.exitCode = 1;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function run(): Promise<Soak> {
  const packages = await ensurePackages(['session manager', 'targets'], report);
  if (packages.kind === 'missing') throw new Error(packages.todo);
  await ensureBuilt(report);
  const rig = await startRig({ parts: ['guacd', 'ssh'] });
  const { guacd, ssh, authority } = rig;
  try {
    const host = sampleHost(
      1,
      { name: 'SSH shell', protocol: 'ssh', port: ssh.port, username: ssh.username },
      { password: ssh.password },
    );
    const trust = { kind: 'authorities', certificatesPem: authority.certificatePem } as const;
    const gateway = await startGateway({
      settings: settingsFor([sampleManager('guacd-a', guacd.tlsA.port)], trust),
      hosts: [host],
    });
    try {
      return await soakGateway(gateway, host.id);
    } finally {
      await gateway.dispose();
    }
  } finally {
    await rig.stop();
  }
}

async function soakGateway(gateway: GatewayProcess, hostId: string): Promise<Soak> {
  const headers = { origin: gateway.origin, cookie: await signIn(gateway.signInUrl) };
  const address = gateway.origin.replace('https', 'wss');
  const calls = new WebSocket(`${address}/rpc`, { rejectUnauthorized: false, headers });
  await once(calls, 'open');
  const client: ContractRouterClient<Contract> = createORPCClient(
    new RPCLink({ websocket: calls as unknown as globalThis.WebSocket }),
  );
  const sessions: SoakSession[] = [];
  try {
    // One after the other: sshd turns away whoever comes when ten others aren't signed in yet.
    while (sessions.length < sessionCount) {
      const sessionId = await openLive(client, hostId);
      sessions.push(await openSoakSession(`${address}/websocket-tunnel?session=${sessionId}`, headers));
    }
    await Promise.all(sessions.map(untilItAnswers));
    const [flooding, ...typing] = sessions;
    if (!flooding) throw new Error('no session');
    report(`${sessions.length} sessions are open; ${minutes.toFixed(1)} min from now on`);
    return await observe(gateway, flooding, typing);
  } finally {
    for (const session of sessions) session.close();
    calls.terminate();
  }
}

/** A first frame doesn't say that there is a shell to type into. */
async function untilItAnswers(session: SoakSession): Promise<void> {
  for (let attempt = 0; attempt < shellAttempts; attempt += 1) {
    await sleep(settleMs);
    if ((await session.pressKey(enter)) !== undefined) return;
  }
  throw new Error('a shell answers no key');
}

async function observe(
  gateway: GatewayProcess,
  flooding: SoakSession,
  typing: readonly SoakSession[],
): Promise<Soak> {
  const durationMs = minutes * 60_000;
  const endAt = performance.now() + durationMs;
  const keyMs: number[] = [];
  let unanswered = 0;
  const memory: number[] = [];
  const bytesBefore = flooding.readBytes;
  flooding.typeLine(floodCommand);
  const type = async (session: SoakSession, index: number) => {
    // Spread over the second, as people are.
    let nextAt = performance.now() + (keyIntervalMs * index) / typing.length;
    for (let key = 0; nextAt < endAt; key += 1) {
      await sleep(Math.max(0, nextAt - performance.now()));
      nextAt += keyIntervalMs;
      const took = await session.pressKey(key % 2 === 0 ? letter : backspace);
      if (took === undefined) unanswered += 1;
      else keyMs.push(took);
    }
  };
  const watch = async () => {
    while (performance.now() < endAt) {
      memory.push(await readResidentMegabytes(gateway.pid));
      await sleep(durationMs / memorySamples);
    }
  };
  await Promise.all([watch(), ...typing.map(type)]);
  return {
    sessions: typing.length + 1,
    minutes,
    keyMs,
    unanswered,
    floodedBytes: flooding.readBytes - bytesBefore,
    memory,
  };
}

/** @returns a `Cookie` header. */
async function signIn(signInUrl: string): Promise<string> {
  const request = get(signInUrl, { rejectUnauthorized: false });
  const [response] = (await once(request, 'response')) as [
    { headers: { 'set-cookie'?: string[] }; resume(): void },
  ];
  response.resume();
  return (response.headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ');
}

async function openLive(client: ContractRouterClient<Contract>, hostId: string): Promise<string> {
  const { sessionId } = await client.sessions.open({ hostId, display });
  const signal = AbortSignal.timeout(openTimeoutMs);
  for await (const event of await client.sessions.watch({}, { signal })) {
    const told = event.kind === 'all' ? event.sessions : event.kind === 'put' ? [event.session] : [];
    const state = told.find(({ id }) => id === sessionId)?.state;
    if (state?.kind === 'live') return sessionId;
    if (state?.kind === 'closed') throw new Error(`a session did not open: ${state.failure?.code}`);
  }
  throw new Error('a session did not open');
}

async function readResidentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1_000_000;
}
