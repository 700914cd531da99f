import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';
import { isListening, reservePort } from './ports.ts';
import { readTail, runProgram, waitUntil } from './process.ts';
import { findSlapd, type SlapdProgram } from './slapdProgram.ts';

/** A directory on loopback. */
export interface SlapdHandle {
  /** `ldaps://127.0.0.1:…` */
  readonly secureUrl: string;
  /** `ldap://127.0.0.1:…`, where nothing is answered but StartTLS. */
  readonly url: string;
  readonly baseDn: string;
  readonly searcher: { readonly dn: string; readonly password: string };
  /** Makes it hang (SIGSTOP): its ports stay open. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface SlapdOptions {
  readonly certificate: CertifiedKey;
  readonly authoritiesPem: string;
  /** LDIF (RFC 2849) of what is below `baseDn`, beside the searcher. */
  readonly entries: string;
  /** May anybody search; `false` demands a bind. */
  readonly isPublic?: boolean;
}

export const slapdBaseDn = 'dc=proxima,dc=example';
const searcher = { dn: `cn=searcher,${slapdBaseDn}`, password: 'looks for people' };
const startTimeoutMs = 15_000;
/** Of folders; the id of their owner follows. */
const folderPrefix = 'proxima-slapd-';
const setpriv = '/usr/bin/setpriv';

/**
 * Starts OpenLDAP's slapd on free ports, as an ordinary process with its own folder below the temporary one. It ends with `stop`,
 * or with this process however it ends.
 *
 * @throws where it can't be had, or doesn't come up; nothing is left then.
 */
export async function startSlapd(options: SlapdOptions): Promise<SlapdHandle> {
  const program = await findSlapd();
  if (program.kind === 'missing') throw new Error(program.why);
  await removeAbandonedFolders();
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  try {
    await writeFolder(folder, program, options);
    const environment = { LD_LIBRARY_PATH: program.libraryPath };
    const configuration = ['-f', join(folder, 'slapd.conf')];
    await runProgram(program.path, ['-T', 'add', ...configuration, '-l', join(folder, 'entries.ldif')], {
      environment,
    });
    return await start(program.path, configuration, folder, environment);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(
  path: string,
  configuration: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<SlapdHandle> {
  const ports = [reservePort(), reservePort()] as const;
  const [url, secureUrl] = [`ldap://127.0.0.1:${ports[0]}`, `ldaps://127.0.0.1:${ports[1]}`];
  const logFile = join(folder, 'slapd.log');
  const log = openSync(logFile, 'a', 0o600);
  // `-d` keeps it in the foreground.
  const command = [path, '-d', '0', ...configuration, '-h', `${url}/ ${secureUrl}/`];
  const [file = path, ...args] = existsSync(setpriv)
    ? [setpriv, '--pdeathsig', 'KILL', '--', ...command]
    : command;
  const child = spawn(file, args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...environment },
  });
  closeSync(log);
  let isRunning = true;
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => void (isRunning = false));
  const stop = async () => {
    if (isRunning) child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const isReady = await waitUntil(() => !isRunning || ports.every(isListening), startTimeoutMs);
  if (!isReady || !isRunning) {
    const tail = readTail(logFile);
    await stop();
    throw new Error(`slapd does not listen:\n${tail}`);
  }
  return {
    url,
    secureUrl,
    baseDn: slapdBaseDn,
    searcher,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop,
  };
}

async function writeFolder(
  folder: string,
  program: Extract<SlapdProgram, { kind: 'found' }>,
  options: SlapdOptions,
): Promise<void> {
  const { certificate, isPublic = true } = options;
  const at = (name: string) => join(folder, name);
  const schemas = ['core', 'cosine', 'nis', 'inetorgperson'];
  const files = {
    'authority.pem': options.authoritiesPem,
    'certificate.pem': certificate.certificatePem,
    'key.pem': certificate.privateKeyPem,
    'entries.ldif': `dn: ${slapdBaseDn}
objectClass: domain
dc: proxima

dn: ${searcher.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: searcher
userPassword: ${searcher.password}

${options.entries}`,
    'slapd.conf': `${schemas.map((name) => `include ${join(program.schemaFolder, `${name}.schema`)}`).join('\n')}
modulepath ${program.moduleFolder}
moduleload back_mdb
moduleload memberof
pidfile ${at('slapd.pid')}
argsfile ${at('slapd.args')}
TLSCACertificateFile ${at('authority.pem')}
TLSCertificateFile ${at('certificate.pem')}
TLSCertificateKeyFile ${at('key.pem')}
TLSVerifyClient never
security ssf=128
database mdb
suffix "${slapdBaseDn}"
directory ${at('data')}
maxsize 16777216
index objectClass eq
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by ${isPublic ? '*' : 'users'} read by * none
`,
  };
  await mkdir(at('data'), { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text, { mode: 0o600 });
}

/** A server dies with its owner, its folder doesn't: the next one to start clears it away. */
async function removeAbandonedFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, owner] = /^proxima-slapd-(\d+)-/.exec(name) ?? [];
    if (owner === undefined || !existsSync('/proc/self') || existsSync(`/proc/${owner}`)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}
