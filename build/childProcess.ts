import { type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Child {
  readonly pid: number | undefined;
  /** The exit code; 127 where the program couldn't be started, 128 where a signal ended it. Never rejects. */
  readonly exited: Promise<number>;
  /** Asks the process to end, waits for that, then ends what is left of its group. Resolves when it's gone. */
  end(): Promise<void>;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Given everything that the process writes to standard output. Without it, that goes where our errors go. */
  readonly onOutput?: (text: string) => void;
  /** Likewise for standard error. Without it, it is our own. */
  readonly onErrorOutput?: (text: string) => void;
  /** How it is asked to end. Default: SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
  /** How long it may take to do so. */
  readonly graceMs?: number;
}

const setpriv = '/usr/bin/setpriv';
const defaultGraceMs = 8_000;
const drainMs = 1_000;

/**
 * Starts a program in a process group of its own: Ctrl-C in a terminal reaches only us, and we end our children in
 * order. Where Linux's `setpriv(1)` is there, the kernel ends the program with us, even when we are killed.
 */
export function startChild(program: string, args: readonly string[], options: ChildOptions): Child {
  const { graceMs = defaultGraceMs, endSignal = 'SIGTERM' } = options;
  const isTied = process.platform === 'linux' && existsSync(setpriv);
  const [command, commandArgs] = isTied
    ? [setpriv, ['--pdeathsig', 'TERM', '--', program, ...args]]
    : [program, args];
  const stdio: StdioOptions = ['ignore', options.onOutput ? 'pipe' : 2, options.onErrorOutput ? 'pipe' : 2];
  const child = spawn(command, commandArgs, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio,
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => options.onOutput?.(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => options.onErrorOutput?.(text));
  let isRunning = true;
  const gone = new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    // Not `close`, which a grandchild that still holds a pipe would keep back.
    child.once('exit', (code) => resolve(code ?? 128));
  });
  const drained = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const exited = gone.then(async (code) => {
    isRunning = false;
    signalGroup(child.pid, 'SIGKILL');
    await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
    return code;
  });
  return {
    pid: child.pid,
    exited,
    async end() {
      if (!isRunning) return;
      child.kill(endSignal);
      await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
      if (isRunning) signalGroup(child.pid, 'SIGKILL');
      await exited;
    },
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || process.platform === 'win32') return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
