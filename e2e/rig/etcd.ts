import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEtcdEngine } from '../../electron/registry/etcd/engine.ts';
import type { EtcdIdentity } from '../../electron/registry/etcd/identity.ts';
import { checkEndpoints } from '../../electron/registry/etcd/maintenance.ts';
import {
  createAuthority,
  issueCertificate,
  type CertifiedKey,
} from '../../electron/secrets/certificateAuthority.ts';
import { findEtcd } from './etcdProgram.ts';
import { isListening, reservePort } from './ports.ts';
import { readTail, waitUntil } from './process.ts';

/** One member of a cluster. It keeps its port and its data over stop and start. */
export interface EtcdNode {
  readonly name: string;
  readonly endpoint: string;
  readonly port: number;
  readonly logFile: string;
  /** Of the last run where it is stopped. */
  readonly pid: number;
  isRunning(): boolean;
  /** Starts it again, and waits until it listens. */
  start(): Promise<void>;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Asks it to end (SIGTERM), and waits for that. */
  stop(): Promise<void>;
  /** Makes it hang (SIGSTOP): its ports stay open. */
  pause(): void;
  resume(): void;
}

export interface EtcdCluster {
  readonly nodes: readonly EtcdNode[];
  readonly endpoints: readonly string[];
  /** Of root where there is TLS; nothing where there is none. */
  readonly identity: EtcdIdentity;
  /** Issued the members' certificates and may issue clients'; absent without TLS. */
  readonly authority?: CertifiedKey;
  /** What a client of this name shows; without TLS, nothing. */
  identityOf(name: string): Promise<EtcdIdentity>;
  /** The node that leads now; waits until there is one. */
  findLeader(): Promise<EtcdNode>;
  /** Forgets the history of keys up to now; only without TLS. */
  compact(): Promise<void>;
  /** Ends all of it and removes its files. */
  stop(): Promise<void>;
}

export interface EtcdClusterOptions {
  /** One, or three. */
  readonly size: 1 | 3;
  /** With certificates of the app's own authority, and clients that have to show one. */
  readonly isSecured?: boolean;
  /** Further flags of etcd. */
  readonly flags?: readonly string[];
}

const startTimeoutMs = 20_000;
const pollMs = 20;
/** Of folders; the id of their owner follows. */
const folderPrefix = 'proxima-etcd-';

/**
 * Starts Debian's etcd on free ports of loopback, as ordinary processes of this user, and waits until they take changes. They end
 * with `stop`, or with this process however it ends.
 *
 * @throws where etcd can't be had, or doesn't come up; nothing is left then.
 */
export async function startEtcd(options: EtcdClusterOptions): Promise<EtcdCluster> {
  const program = await findEtcd();
  if (program.kind === 'missing') throw new Error(program.why);
  await removeAbandonedFolders();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const authority = options.isSecured === true ? await writeCertificates(folder) : undefined;
  const scheme = authority ? 'https' : 'http';
  const places = Array.from({ length: options.size }, (_, index) => ({
    name: `node-${index + 1}`,
    endpoint: `${scheme}://127.0.0.1:${reservePort()}`,
    peer: `http://127.0.0.1:${reservePort()}`,
  }));
  const flags = [
    ...commonFlags,
    `--initial-cluster=${places.map(({ name, peer }) => `${name}=${peer}`).join(',')}`,
    ...(authority
      ? [
          `--cert-file=${join(folder, 'server.pem')}`,
          `--key-file=${join(folder, 'server.key')}`,
          `--trusted-ca-file=${join(folder, 'authority.pem')}`,
          '--client-cert-auth',
          // Its JSON gateway would show the server's certificate as a client's.
          '--enable-grpc-gateway=false',
        ]
      : []),
    ...(options.flags ?? []),
  ];
  const nodes = places.map((place) => createNode(program.path, folder, place, flags));
  const identityOf = async (name: string): Promise<EtcdIdentity> =>
    authority
      ? {
          authoritiesPem: authority.certificatePem,
          clientCertificate: await issueCertificate(authority, {
            commonName: name,
            dnsNames: [],
            ipAddresses: [],
            usage: 'client',
          }),
        }
      : {};
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
    const identity = await identityOf('root');
    const endpoints = places.map(({ endpoint }) => endpoint);
    await waitUntilItAnswers(endpoints, identity);
    return {
      nodes,
      endpoints,
      identity,
      ...(authority && { authority }),
      identityOf,
      findLeader: () => findLeader(nodes, identity),
      compact: () => compact(endpoints, identity),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const commonFlags = [
  '--initial-cluster-state=new',
  '--initial-cluster-token=proxima-tests',
  '--logger=zap',
  '--log-level=warn',
  '--log-outputs=stderr',
  '--pre-vote=true',
  '--auto-compaction-mode=periodic',
  '--auto-compaction-retention=10m',
  `--quota-backend-bytes=${512 * 1024 * 1024}`,
];

/** Members die with their owner, their folder doesn't: the next one to start some clears it away. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, owner] = /^proxima-etcd-(\d+)-/.exec(name) ?? [];
    const isAbandoned = owner !== undefined && existsSync('/proc/self') && !existsSync(`/proc/${owner}`);
    // Another user's can't be removed, and another process may be doing it.
    if (isAbandoned) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

/** For loopback; readable by this user only. */
async function writeCertificates(folder: string): Promise<CertifiedKey> {
  const authority = await createAuthority({ commonName: 'Proxima etcd rig', lifetimeDays: 30 });
  const server = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  await writeFile(join(folder, 'authority.pem'), authority.certificatePem);
  await writeFile(join(folder, 'server.pem'), server.certificatePem);
  await writeFile(join(folder, 'server.key'), server.privateKeyPem, { mode: 0o600 });
  return authority;
}

function createNode(
  program: string,
  folder: string,
  place: { readonly name: string; readonly endpoint: string; readonly peer: string },
  flags: readonly string[],
): EtcdNode {
  const { name, endpoint, peer } = place;
  const port = Number(new URL(endpoint).port);
  const logFile = join(folder, `${name}.log`);
  const args = [
    `--name=${name}`,
    `--data-dir=${join(folder, name)}`,
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    ...flags,
  ];
  let pid = 0;
  let isRunning = false;
  let exited: Promise<void> = Promise.resolve();
  const signal = (which: NodeJS.Signals) => {
    if (isRunning) process.kill(pid, which);
  };
  const end = async (which: NodeJS.Signals) => {
    signal(which);
    signal('SIGCONT');
    await exited;
  };
  return {
    name,
    endpoint,
    port,
    logFile,
    get pid() {
      return pid;
    },
    isRunning: () => isRunning,
    async start() {
      if (isRunning) return;
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
      const started = startTied(program, args, logFile);
      pid = started.pid;
      isRunning = true;
      exited = started.exited.then(() => void (isRunning = false));
      const isReady = await waitUntil(() => !isRunning || isListening(port), startTimeoutMs);
      if (isReady && isRunning) return;
      await end('SIGKILL');
      throw new Error(`${name} does not listen on port ${port}:\n${readTail(logFile)}`);
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
  };
}

const setpriv = '/usr/bin/setpriv';

/** A process that the kernel ends with us, even while it is stopped (prctl(2), PR_SET_PDEATHSIG), where Linux has setpriv(1). */
function startTied(program: string, args: readonly string[], logFile: string) {
  const log = openSync(logFile, 'a', 0o600);
  const isTied = process.platform === 'linux' && existsSync(setpriv);
  const child = isTied
    ? spawn(setpriv, ['--pdeathsig', 'KILL', '--', program, ...args], { stdio: ['ignore', log, log] })
    : spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
  return { pid: child.pid ?? 0, exited };
}

async function waitUntilItAnswers(endpoints: readonly string[], identity: EtcdIdentity): Promise<void> {
  const engine = createEtcdEngine({ endpoints, identity, deadlines: { callMs: startTimeoutMs } });
  try {
    const answer = await engine.grantLease(1);
    if (!answer.ok) throw new Error(`etcd takes no changes: ${answer.failure.detail ?? answer.failure.code}`);
  } finally {
    await engine.close();
  }
}

async function findLeader(nodes: readonly EtcdNode[], identity: EtcdIdentity): Promise<EtcdNode> {
  const giveUpAt = Date.now() + startTimeoutMs;
  while (Date.now() < giveUpAt) {
    const endpoints = nodes.filter((node) => node.isRunning()).map(({ endpoint }) => endpoint);
    for await (const member of checkEndpoints({ endpoints }, identity)) {
      const leader = nodes.find(({ endpoint }) => endpoint === member.endpoint);
      if (member.role === 'leader' && leader) return leader;
    }
    await sleep(pollMs);
  }
  throw new Error('etcd has no leader');
}

/** Through etcd's JSON gateway, which is on where there is no TLS: the app itself never compacts. */
async function compact(endpoints: readonly string[], identity: EtcdIdentity): Promise<void> {
  const engine = createEtcdEngine({ endpoints, identity });
  const listed = await engine.list('none/');
  await engine.close();
  if (!listed.ok) throw new Error(`etcd can't be asked for its revision: ${listed.failure.code}`);
  const body = JSON.stringify({ revision: listed.value.revision });
  const response = await fetch(`${endpoints[0]}/v3/kv/compaction`, { method: 'POST', body });
  const text = await response.text();
  if (!response.ok && !text.includes('has been compacted')) throw new Error(`etcd doesn't compact: ${text}`);
}
