import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../../build/build.ts';
import { connectClient, type TestClient } from '../../electron/manager/testClient.ts';
import { startRig } from '../rig/rig.ts';
import type { SshHandle } from '../rig/sshd.ts';
import type { Bench } from './measurement.ts';

const program = fileURLToPath(new URL('../../dist/electron/headless.js', import.meta.url));
const sessions = 200;
const rounds = 2;
/** Opened at once: sshd turns down who comes in too great a crowd. */
const opensAtOnce = 8;
const settleMs = 5_000;
const watchedMs = 10_000;
const nopIntervalMs = 5_000;
const firstPictureMs = 10_000;
const mostTries = 4;
const bytesPerMegabyte = 1_000_000;
const kilobyte = 1_024;
/** USER_HZ of Linux, in which /proc tells processor time. */
const ticksPerSecond = 100;
const engines = ['built-in', 'guacd'] as const;
type EngineName = (typeof engines)[number];

interface Cost {
  readonly megabytes: number;
  readonly cpuShare: number;
}

/** What a session costs a manager while its shell prints a line each second, by engine; all of its processes count. */
export const benchEngines: Bench = async ({ report, isQuick }) => {
  await ensureBuilt(report);
  const count = isQuick ? 10 : sessions;
  const costs: Record<EngineName, Cost[]> = { 'built-in': [], guacd: [] };
  const rig = await startRig({ parts: ['ssh'] });
  try {
    for (let round = 1; round <= (isQuick ? 1 : rounds); round += 1) {
      for (const engine of engines) {
        report(`engines: ${count} sessions on ${engine}, round ${round}`);
        costs[engine].push(await measure(engine, rig.ssh, count, isQuick ? 0.2 : 1));
      }
    }
  } finally {
    await rig.stop();
  }
  const samples = (engine: EngineName, of: keyof Cost) => costs[engine].map((cost) => cost[of]);
  return [
    {
      name: `engines, ${count} SSH sessions at once: memory of each`,
      unit: 'MB',
      samples: samples('built-in', 'megabytes'),
      peer: { name: 'guacd', samples: samples('guacd', 'megabytes') },
    },
    {
      name: `engines, ${count} SSH sessions at once: processor of each`,
      unit: '%',
      samples: samples('built-in', 'cpuShare'),
      peer: { name: 'guacd', samples: samples('guacd', 'cpuShare') },
    },
  ];
};

async function measure(engine: EngineName, ssh: SshHandle, count: number, share: number): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-engines-'));
  const manager = await startManager(engine, folder);
  const clients: TestClient[] = [];
  try {
    const before = await readTree(manager.pid);
    while (clients.length < count) {
      const next = Array.from({ length: Math.min(opensAtOnce, count - clients.length) }, () =>
        openSession(manager.port, ssh),
      );
      clients.push(...(await Promise.all(next)));
    }
    for (const client of clients) client.type('while sleep 1; do date; done');
    await sleep(settleMs * share);
    const first = await readTree(manager.pid);
    await sleep(watchedMs * share);
    const last = await readTree(manager.pid);
    const seconds = (watchedMs * share) / 1_000;
    return {
      megabytes: (last.bytes - before.bytes) / bytesPerMegabyte / count,
      cpuShare: ((last.cpuSeconds - first.cpuSeconds) / seconds / count) * 100,
    };
  } finally {
    for (const client of clients) client.close();
    await manager.end();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startManager(engine: EngineName, folder: string) {
  const policyFile = join(folder, 'policy.json');
  const limits = { opensPerSecond: 1_000, openBurst: 1_000, connectionsPerClient: 10_000 };
  await writeFile(policyFile, JSON.stringify({ version: 1, targets: { deny: [] }, limits }));
  const child = spawn(
    process.execPath,
    [
      ...[program, 'manager', '--listen', '127.0.0.1:0', '--open', '--engine', engine],
      ...['--policy', policyFile, '--data', folder, '--drain-seconds', '0'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await readPort(child);
  return {
    port,
    pid: child.pid ?? 0,
    async end() {
      child.kill('SIGINT');
      await exited;
    },
  };
}

async function readPort({ stdout }: ChildProcess): Promise<number> {
  if (!stdout) throw new Error('the manager has no output');
  for await (const line of createInterface({ input: stdout })) {
    const told = JSON.parse(line) as { msg?: string; port?: number };
    if (told.msg !== 'The manager listens' || told.port === undefined) continue;
    stdout.resume();
    return told.port;
  }
  throw new Error('the manager did not listen');
}

/** guacd 1.3 now and then opens a session that never shows anything, as a broker sees by its deadline: it is opened again. */
async function openSession(port: number, ssh: SshHandle): Promise<TestClient> {
  for (let left = mostTries; left > 0; left--) {
    const client = await beginSession(port, ssh);
    const shown = client.until('sync').then(
      () => true,
      () => false,
    );
    if (await Promise.race([shown, sleep(firstPictureMs, false)])) return client;
    client.close();
  }
  throw new Error(`no session showed anything in ${mostTries} tries`);
}

async function beginSession(port: number, ssh: SshHandle): Promise<TestClient> {
  const values: Readonly<Record<string, string>> = {
    hostname: ssh.host,
    port: String(ssh.port),
    username: ssh.username,
    password: ssh.password,
    'host-key': ssh.hostKeyLine,
    scrollback: '1000',
  };
  const client = await connectClient(port);
  // Who says nothing for 15 s counts as gone, also while its host isn't there yet.
  const timer = setInterval(() => client.send(['nop']), nopIntervalMs);
  void client.closed.then(() => clearInterval(timer));
  client.send(['select', 'ssh']);
  const [, version = '', ...names] = await client.until('args');
  client.send(
    ['size', '1024', '768', '96'],
    ['audio'],
    ['video'],
    ['image', 'image/png', 'image/jpeg', 'image/webp'],
    ['connect', version, ...names.map((name) => values[name] ?? '')],
  );
  return client;
}

/** Memory and processor time of a process and all below it. Shared pages count by their share (PSS): guacd forks a process for each session. */
async function readTree(root: number): Promise<{ readonly bytes: number; readonly cpuSeconds: number }> {
  const stats = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readStat),
  );
  const known = stats.filter((stat) => stat !== undefined);
  const tree = new Set([root]);
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const { pid, parent } of known) if (tree.has(parent)) tree.add(pid);
  }
  let [bytes, ticks] = [0, 0];
  for (const stat of known.filter(({ pid }) => tree.has(pid))) {
    ticks += stat.ticks;
    const rollup = await readFile(`/proc/${stat.pid}/smaps_rollup`, 'utf8').catch(() => '');
    bytes += Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * kilobyte;
  }
  return { bytes, cpuSeconds: ticks / ticksPerSecond };
}

/** proc_pid_stat(5); `undefined` where the process is gone meanwhile. */
async function readStat(name: string) {
  const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The name of the program stands in parentheses, and may have any character in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number(name), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}
