import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';
import { createAuthority, issueCertificate } from '../../electron/secrets/certificateAuthority.ts';
import { chooseAccount } from './account.ts';
import type { GuacdHandle } from './guacd.ts';
import { startGuacd } from './guacd.ts';
import type { RdpNlaHandle } from './rdpNla.ts';
import { startRdpNla } from './rdpNla.ts';
import type { SshHandle } from './sshd.ts';
import { startSshd } from './sshd.ts';
import type { RigContext } from './process.ts';
import type { MutualTlsHandle } from './stunnel.ts';
import { startMutualTls } from './stunnel.ts';
import type { TelnetHandle } from './telnetd.ts';
import { startTelnetd } from './telnetd.ts';
import type { VncHandle } from './vnc.ts';
import { startVnc } from './vnc.ts';
import type { RdpHandle } from './xrdp.ts';
import { startXrdp } from './xrdp.ts';

interface GuacdHandles {
  readonly tlsA: GuacdHandle;
  readonly tlsB: GuacdHandle;
  readonly plain: GuacdHandle;
}

interface Parts {
  readonly guacd: GuacdHandles;
  readonly mutualTls: MutualTlsHandle;
  readonly ssh: SshHandle;
  readonly vnc: VncHandle;
  readonly rdp: RdpHandle;
  readonly rdpNla: RdpNlaHandle;
  readonly telnet: TelnetHandle;
}

export type RigPart = keyof Parts;

/** Real servers on loopback. Reading a part that wasn't asked for throws. */
export interface Rig extends Parts {
  /** Logs of every server (`*.log`) and `authority.pem`, beside the servers' own files. Removed by `stop`. */
  readonly folder: string;
  /** Issued the certificates of the guacds, of stunnel and of xrdp. */
  readonly authority: CertifiedKey;
  stop(): Promise<void>;
}

export interface RigOptions {
  /** Default: all. */
  readonly parts?: readonly RigPart[];
  /** Is told each part that is up, with the time it took. */
  readonly report?: (line: string) => void;
}

export const rigParts = [
  'guacd',
  'mutualTls',
  'ssh',
  'vnc',
  'rdp',
  'rdpNla',
  'telnet',
] as const satisfies RigPart[];

const folderPrefix = 'proxima-rig-';
const ownerFile = 'owner';

/**
 * Starts the servers, all at once.
 *
 * They end with `stop`, or with this process however it ends.
 *
 * @throws when one of them doesn't come up; the others are stopped then.
 */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  removeAbandonedFolders();
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  // The servers' own user has to reach its files below.
  await chmod(folder, 0o755);
  await writeFile(join(folder, ownerFile), String(process.pid));
  const authority = await createAuthority({ commonName: 'Proxima rig', lifetimeDays: 365 });
  await writeFile(join(folder, 'authority.pem'), authority.certificatePem);
  const context: RigContext = { folder, account: chooseAccount(), servers: new Set() };
  const starters = composeStarters(context, authority);
  const running: Partial<Parts> = {};
  const stop = async () => {
    await Promise.all([...context.servers].map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const startedAt = Date.now();
  const startPart = async (name: RigPart) => {
    Object.assign(running, { [name]: await starters[name]() });
    options.report?.(`${name} is up after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  };
  const results = await Promise.allSettled([...new Set(options.parts ?? rigParts)].map(startPart));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const get = <Name extends RigPart>(name: Name): Parts[Name] => {
    const part = running[name];
    if (!part) throw new Error(`the rig was started without ${name}`);
    return part;
  };
  return {
    folder,
    authority,
    stop,
    get guacd() {
      return get('guacd');
    },
    get mutualTls() {
      return get('mutualTls');
    },
    get ssh() {
      return get('ssh');
    },
    get vnc() {
      return get('vnc');
    },
    get rdp() {
      return get('rdp');
    },
    get rdpNla() {
      return get('rdpNla');
    },
    get telnet() {
      return get('telnet');
    },
  };
}

type Starters = { readonly [Name in RigPart]: () => Promise<Parts[Name]> };

function composeStarters(context: RigContext, authority: CertifiedKey): Starters {
  const issue = () =>
    issueCertificate(authority, {
      commonName: 'localhost',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
    });
  return {
    guacd: async () => {
      const [tlsA, tlsB, plain] = await Promise.all([
        issue().then((certificate) => startGuacd(context, 'guacd-tls-a', certificate)),
        issue().then((certificate) => startGuacd(context, 'guacd-tls-b', certificate)),
        startGuacd(context, 'guacd-plain'),
      ]);
      return { tlsA, tlsB, plain };
    },
    mutualTls: async () => startMutualTls(context, authority, await issue()),
    ssh: () => startSshd(context),
    vnc: () => startVnc(context),
    rdp: async () => startXrdp(context, await issue()),
    rdpNla: () => startRdpNla(context),
    telnet: () => startTelnetd(context),
  };
}

/** Servers die with their owner, its folder doesn't: the next rig of the same user clears it away. */
function removeAbandonedFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const folder = join(tmpdir(), name);
    try {
      const owner = readFileSync(join(folder, ownerFile), 'utf8');
      if (!existsSync(`/proc/${owner}`)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Just being made or removed by another rig, or another user's.
    }
  }
}
