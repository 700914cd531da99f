import { Worker } from 'node:worker_threads';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { costOf, type HashCost, type PasswordWork } from './passwordHash.ts';

export interface Passwords {
  hash(password: string): Promise<Result<string>>;
  /**
   * Whether the password belongs to the hash. Without a hash it is as much work, and the answer is no. `rehashed` where the hash was
   * made at a lower cost than hashes are now.
   */
  verify(
    password: string,
    hash: string | undefined,
  ): Promise<Result<{ readonly isRight: boolean; readonly rehashed?: string }>>;
  close(): Promise<void>;
}

export interface PasswordWorker {
  /** Fails with `sign_in_throttled` where too much waits already. */
  work(work: PasswordWork): Promise<Result<string | boolean>>;
  close(): Promise<void>;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB and two passes; about 0.1 s of one core. */
const currentCost: HashCost = { memoryKib: 19_456, iterations: 2, parallelism: 1 };

export function createPasswords(worker: PasswordWorker, cost: HashCost = currentCost): Passwords {
  /** Of a password that nobody knows; what unknown names are compared with. */
  let nobodys: Promise<Result<string>> | undefined;

  async function hash(password: string): Promise<Result<string>> {
    const made = await worker.work({ kind: 'hash', password, cost });
    return made.ok ? succeed(String(made.value)) : made;
  }

  function isOutdated(stored: string): boolean {
    const used = costOf(stored);
    return used === undefined || used.memoryKib < cost.memoryKib || used.iterations < cost.iterations;
  }

  return {
    hash,
    async verify(password, stored) {
      nobodys ??= hash(crypto.randomUUID());
      const compared = stored === undefined ? await nobodys : succeed(stored);
      if (!compared.ok) {
        nobodys = undefined;
        return compared;
      }
      const answer = await worker.work({ kind: 'verify', password, hash: compared.value });
      if (!answer.ok) return answer;
      const isRight = stored !== undefined && answer.value === true;
      if (!isRight || !isOutdated(stored)) return succeed({ isRight });
      const rehashed = await hash(password);
      return succeed({ isRight, ...(rehashed.ok && { rehashed: rehashed.value }) });
    },
    close: () => worker.close(),
  };
}

/** Some seconds of work: whoever comes later is told to try again, and memory stays bounded. */
const waitingLimit = 32;

/** A thread of its own, started by the first work; should it crash, open work fails with `internal` and the next starts another. */
export function createPasswordWorker(options: {
  /** The built `passwordWorker.ts`. */
  readonly workerFile: URL;
  readonly log: { error(details: object, text: string): void };
}): PasswordWorker {
  const open = new Map<number, (answer: Result<string | boolean>) => void>();
  let thread: Worker | undefined;
  let lastId = 0;

  function settle(id: number, answer: Result<string | boolean>): void {
    open.get(id)?.(answer);
    open.delete(id);
  }

  function start(): Worker {
    const started = new Worker(options.workerFile);
    started.unref();
    const end = () => {
      if (thread !== started) return;
      thread = undefined;
      for (const id of [...open.keys()]) settle(id, fail('internal', 'the thread for passwords ended'));
    };
    started.on(
      'message',
      ({ id, value, failure }: { id: number; value?: string | boolean; failure?: string }) =>
        settle(id, value === undefined ? fail('internal', failure) : succeed(value)),
    );
    started.on('error', (error) => {
      options.log.error({ err: error }, 'The thread for passwords failed');
      end();
    });
    started.on('exit', end);
    return started;
  }

  return {
    work: (work) =>
      new Promise((resolve) => {
        if (open.size >= waitingLimit) {
          resolve(fail('sign_in_throttled'));
          return;
        }
        thread ??= start();
        lastId += 1;
        open.set(lastId, resolve);
        thread.postMessage({ id: lastId, work }, []);
      }),
    async close() {
      await thread?.terminate();
    },
  };
}
