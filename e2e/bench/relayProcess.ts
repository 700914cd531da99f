import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PeerTasks } from './relayPeer.ts';

const peerFile = fileURLToPath(new URL('relayPeer.ts', import.meta.url));

type TaskName = keyof PeerTasks;

/** A process of its own, so that what one subject takes of the machine is told apart from the others. */
export interface Peer {
  /** One task at a time. */
  ask<Name extends TaskName>(
    name: Name,
    task: Parameters<PeerTasks[Name]>[0],
  ): Promise<Awaited<ReturnType<PeerTasks[Name]>>>;
}

/** Ends all that were started, however `work` ends. */
export async function withPeers<T>(work: (start: () => Peer) => Promise<T>): Promise<T> {
  const processes: ChildProcess[] = [];
  const start = () => {
    const child = fork(peerFile, {
      execArgv: ['--import', 'tsx', '--expose-gc', ...profilerFlags()],
    });
    processes.push(child);
    return { ask: (name, task) => ask(child, name, task) } satisfies Peer;
  };
  try {
    return await work(start);
  } finally {
    for (const child of processes) if (child.connected) child.disconnect();
  }
}

async function ask<Answer>(child: ChildProcess, name: TaskName, task: object): Promise<Answer> {
  const over = new AbortController();
  const ended = once(child, 'exit', { signal: over.signal }).then(() => {
    throw new Error(`a process of the bench ended before it was done: ${name}`);
  });
  // Nobody waits for it any more after an answer.
  ended.catch(() => {});
  const told = once(child, 'message', { signal: over.signal });
  child.send({ name, task });
  try {
    const [answer] = (await Promise.race([told, ended])) as [Answer];
    return answer;
  } finally {
    over.abort();
  }
}

/** `PROXIMA_PROFILE=FOLDER` has each process write its CPU profile there. */
function profilerFlags(): readonly string[] {
  const folder = process.env['PROXIMA_PROFILE'];
  return folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`] : [];
}
