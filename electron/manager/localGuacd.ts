import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { delimiter, join } from 'node:path';

/** A certificate with its private key, both PEM. */
interface ServerCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface LocalGuacdOptions {
  /** For the certificate, its key, guacd's log and its HOME. Made with mode 0700. */
  readonly folder: string;
  /** Has to be valid for 127.0.0.1. Left out, guacd speaks without TLS: only what runs on this machine reaches it. */
  readonly certificate?: ServerCertificate;
  readonly log: (text: string) => void;
  /** It listens again, after it had died. */
  readonly onRestart?: () => void;
}

export interface LocalGuacd {
  /** On 127.0.0.1. Stays the same over restarts. */
  readonly port: number;
  stop(): Promise<void>;
}

const startTimeoutMs = 5_000;
const stopTimeoutMs = 2_000;
const firstRestartMs = 500;
const slowestRestartMs = 30_000;
/** Who has run this long didn't die of its start. */
const soundRunMs = 60_000;

/** TLS below 1.2 is off: guacd leaves it to OpenSSL, whose default on Debian allows TLS 1.0. */
const opensslConfiguration = `openssl_conf = guacd
[guacd]
ssl_conf = ssl
[ssl]
system_default = tls
[tls]
MinProtocol = TLSv1.2
`;

/** The guacd on the PATH or where Debian puts it, which is not on everybody's PATH. */
export function findGuacd(path = process.env['PATH'] ?? ''): string | undefined {
  const folders = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin'];
  return folders.map((folder) => join(folder, 'guacd')).find((file) => existsSync(file));
}

/**
 * Runs the guacd of this machine on loopback, and restarts it where it dies, with back-off.
 *
 * @throws where it can't be started at all; the log file says why.
 */
export async function startLocalGuacd(executable: string, options: LocalGuacdOptions): Promise<LocalGuacd> {
  const { folder, certificate, log } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = {
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
    openssl: join(folder, 'openssl.cnf'),
    log: join(folder, 'guacd.log'),
  };
  if (certificate) {
    await writeFile(files.certificate, certificate.certificatePem, { mode: 0o600 });
    await writeFile(files.key, certificate.privateKeyPem, { mode: 0o600 });
  }
  await writeFile(files.openssl, opensslConfiguration, { mode: 0o600 });
  const port = await findFreePort();
  let child: ChildProcess | undefined;
  let restart: NodeJS.Timeout | undefined;
  let restartMs = firstRestartMs;
  let stopping = false;

  async function launch(): Promise<void> {
    const logFile = await open(files.log, 'a', 0o600);
    // guacd's children hold its sockets: a group of their own lets all of them be ended. Linux also ends guacd with its parent.
    const arguments_ = [
      ...['-f', '-b', '127.0.0.1', '-l', String(port)],
      ...(certificate ? ['-C', files.certificate, '-K', files.key] : []),
    ];
    const tied = existsSync('/usr/bin/setpriv');
    const started = spawn(
      tied ? '/usr/bin/setpriv' : executable,
      tied ? ['--pdeathsig', 'TERM', '--', executable, ...arguments_] : arguments_,
      {
        detached: true,
        stdio: ['ignore', logFile.fd, logFile.fd],
        cwd: folder,
        // RDP fails at once without a writable HOME; text outside ASCII breaks without a UTF-8 locale.
        env: { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8', OPENSSL_CONF: files.openssl },
      },
    );
    child = started;
    const startedAt = performance.now();
    started.once('exit', (code, signal) => {
      if (stopping || child !== started) return;
      killGroup(started, 'SIGKILL');
      const cleared = killSessions(port);
      if (performance.now() - startedAt > soundRunMs) restartMs = firstRestartMs;
      log(`The local session manager ended (${signal ?? code}); it is started again in ${restartMs} ms`);
      // Not before: the next one looks the same.
      restart = setTimeout(() => void cleared.then(relaunch), restartMs);
      restartMs = Math.min(slowestRestartMs, restartMs * 2);
    });
    started.once('error', (error) => log(`The local session manager could not be started: ${error.message}`));
    await logFile.close();
  }

  async function relaunch(): Promise<void> {
    if (stopping) return;
    await launch();
    if (!(await waitUntilListening(port)) || stopping) return;
    options.onRestart?.();
  }

  async function stop(): Promise<void> {
    stopping = true;
    clearTimeout(restart);
    if (child) await endGroup(child);
    await killSessions(port);
  }

  await launch();
  if (!(await waitUntilListening(port))) {
    await stop();
    throw new Error(`guacd did not start listening; see ${files.log}`);
  }
  return { port, stop };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/**
 * Ends what is left of guacd's sessions: each is a process group of its own since 1.3, and one that hangs outlives its guacd. They are
 * known by its command line, which they keep. Where there is no /proc, what hangs stays.
 */
async function killSessions(port: number): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!/(^|\/)guacd\0/.test(commandLine) || !commandLine.includes(`\0-l\0${port}\0`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

/** Ends guacd; its sessions end with it, as far as they do. */
async function endGroup(child: ChildProcess): Promise<void> {
  const exited = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  killGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child, 'SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
  killGroup(child, 'SIGKILL');
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

async function waitUntilListening(port: number): Promise<boolean> {
  for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline;) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
