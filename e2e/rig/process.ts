import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import { isListening } from './ports.ts';

/** One server of the rig, in a process group and a process namespace of its own. */
export interface ServerProcess {
  /** The leader of the group, seen from outside. */
  readonly pid: number;
  readonly logFile: string;
  isRunning(): boolean;
  /** Stops the whole group where it is (SIGSTOP): to its peers it looks hung, its port stays open. */
  pause(): void;
  resume(): void;
  /** Asks the group to end, and ends what is left of it after a second. */
  stop(): Promise<void>;
  /** Ends the group at once (SIGKILL). */
  kill(): Promise<void>;
}

/** What the servers of one rig share. */
export interface RigContext {
  /** Of logs and of the servers' own folders. */
  readonly folder: string;
  readonly account: Account;
  /** Everything that was started: what has to be stopped, also when the part it belongs to failed. */
  readonly servers: Set<ServerProcess>;
}

interface ServerDescription {
  /** Names the log file. */
  readonly name: string;
  readonly command: readonly string[];
  readonly home: string;
  /** TCP port on loopback that the server is ready with. */
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Shell lines run before the command, inside its own mount namespace: nobody else sees what they mount. */
  readonly preparation?: readonly string[];
  /** Keeps root's rights, inside the same namespaces, for a server that changes its user itself. */
  readonly keepsRights?: boolean;
}

const readyTimeoutMs = 15_000;
const politeStopMs = 1_000;
const pollMs = 10;
const logTailLines = 15;

/**
 * Mounts a `devpts` where a terminal belongs to group `tty`. Login shells need it, and containers often lack it.
 * (guacd.md, section 2: `chown(/dev/pts/N) not permitted`.)
 */
export function mountTerminals(account: Account): string[] {
  const group = account.isRoot ? 'gid=5,mode=620' : 'mode=600';
  return [
    `mount -t devpts -o newinstance,ptmxmode=666,${group} devpts /dev/pts`,
    'mount --bind /dev/pts/ptmx /dev/ptmx',
  ];
}

/**
 * Starts a server and waits until it listens.
 *
 * It can't outlive its owner: the first program asks the kernel for SIGKILL at the owner's death (prctl(2),
 * PR_SET_PDEATHSIG) and then checks that the owner was still there; `unshare --kill-child` passes it on to the first
 * process of a namespace, and with that one the kernel ends every other in it, whatever group or session they moved to
 * (pid_namespaces(7)).
 *
 * That holds for the thread, too: a server started by a worker ends with the worker.
 *
 * @throws with the end of its log, when it ends early or doesn't listen within 15 seconds.
 */
export async function startServer(
  context: RigContext,
  description: ServerDescription,
): Promise<ServerProcess> {
  const { account } = context;
  const { port } = description;
  const logFile = join(context.folder, `${description.name}.log`);
  const log = openSync(logFile, 'a', 0o644);
  const becomeRoot = account.isRoot ? [] : ['unshare', '--user', '--map-root-user'];
  const dropRights = account.isRoot
    ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups']
    : ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`];
  const [program = 'unshare', ...args] = [
    ...becomeRoot,
    ...['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', 'test $PPID = $0 && exec "$@"', String(process.pid)],
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child=KILL', 'sh', '-c'],
    // Not `exec`: as first process of its namespace the server would be deaf to SIGTERM.
    `set -e\n${(description.preparation ?? []).join('\n')}\nset +e\n"$@"\nexit $?`,
    'sh',
    ...(description.keepsRights === true ? [] : dropRights),
    ...description.command,
  ];
  const child = spawn(program, args, {
    detached: true,
    cwd: description.home,
    stdio: ['ignore', log, log],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C.UTF-8',
      HOME: description.home,
      USER: account.name,
      SHELL: '/bin/bash',
      ...description.environment,
    },
  });
  closeSync(log);
  let isRunning = true;
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    isRunning = false;
  });
  const signal = (name: NodeJS.Signals) => {
    if (!isRunning || child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group ended between the check and the signal.
    }
  };
  const kill = async () => {
    signal('SIGKILL');
    await exited;
    await waitUntil(() => !isListening(port), politeStopMs);
  };
  const server: ServerProcess = {
    pid: child.pid ?? 0,
    logFile,
    isRunning: () => isRunning,
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async () => {
      signal('SIGTERM');
      signal('SIGCONT');
      await Promise.race([exited, sleep(politeStopMs, undefined, { ref: false })]);
      await kill();
    },
    kill,
  };
  const isReady = await waitUntil(() => !isRunning || isListening(port), readyTimeoutMs);
  if (isReady && isRunning) {
    context.servers.add(server);
    return server;
  }
  await kill();
  const reason = isReady ? 'ended at its start' : `does not listen on port ${port}`;
  throw new Error(`${description.name} ${reason}:\n${readTail(logFile)}`);
}

/** @returns whether the condition came true in time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const giveUpAt = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > giveUpAt) return false;
    await sleep(pollMs);
  }
  return true;
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output.
 * @throws when it fails, with what it wrote to standard error.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.environment } });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else reject(new Error(`${program} failed (${code}): ${Buffer.concat(errors).toString().trim()}`));
    });
  });
}

/** The last lines of a log, for the message of an error: the log itself goes with the rig. */
export function readTail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-logTailLines).join('\n');
}
