import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { privateFileMode } from './replaceFile.ts';

const lockName = 'proxima.lock';
const pauseMs = 20;
/** Longer than a file needs to be abandoned. */
const patienceMs = 5_000;
const abandonedAfterMs = 2_000;
/** How far the clock may have been set since the boot for a lock to be still believed. */
const clockToleranceMs = 60_000;

const holderSchema = z.object({
  pid: z.int().positive(),
  /** Milliseconds since the epoch. */
  lockedAt: z.number(),
  /** Tells two processes with the same number apart; absent where the system doesn't say. */
  processStart: z.string().optional(),
  token: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  /** Gives the folder free; calling it twice does no harm. */
  release(): Promise<void>;
}

/**
 * Keeps a second process out of a data folder, by a file in it that names the holder. A lock whose process is gone (a crash, a
 * power cut) is taken over. Fails with `data_folder_in_use` while another process holds it.
 *
 * Node has no `flock`. The process is told by its number and start time on Linux, elsewhere by its number and the boot.
 *
 * @throws the file system's error where the folder can't be written.
 */
export async function lockFolder(folder: string): Promise<Result<FolderLock>> {
  const path = join(folder, lockName);
  const processStart = await readProcessStart(process.pid);
  const token = randomUUID();
  const holder: Holder = { pid: process.pid, lockedAt: Date.now(), ...processStart, token };
  const text = JSON.stringify(holder);
  for (const startedAt = Date.now(); Date.now() - startedAt < patienceMs; await setTimeout(pauseMs)) {
    if ((await create(path, text)) || (await takeOver(path, text))) {
      return succeed({
        release: async () => {
          if ((await readHolder(path))?.token === token) await rm(path, { force: true });
        },
      });
    }
    const found = await readHolder(path);
    if (found !== undefined && (await isAlive(found))) {
      return fail(
        'data_folder_in_use',
        `process ${found.pid} holds ${folder}; if that is not a Proxima, delete ${path}`,
      );
    }
  }
  return fail('data_folder_in_use', `nobody tells whose ${path} is; if no other Proxima runs, delete it`);
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: privateFileMode, flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return holderSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/**
 * Replaces a lock whose holder is gone. Only one at a time looks and replaces, or two that find the same stale lock could each
 * remove the other's new one; a second file keeps the rest out for these few moments.
 */
async function takeOver(path: string, text: string): Promise<boolean> {
  const guard = `${path}.takeover`;
  // It is only old where its maker died within those moments.
  if ((await ageOf(guard)) > abandonedAfterMs) await rm(guard, { force: true });
  if (!(await create(guard, ''))) return false;
  try {
    const found = await readHolder(path);
    // A lock without a name may be one that is being written.
    const isStale = found === undefined ? (await ageOf(path)) > abandonedAfterMs : !(await isAlive(found));
    if (!isStale) return false;
    await rm(path, { force: true });
    return await create(path, text);
  } finally {
    await rm(guard, { force: true });
  }
}

/** Milliseconds since the file was written; 0 where there is none. */
async function ageOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const { processStart } = await readProcessStart(holder.pid);
  if (holder.processStart !== undefined && processStart !== undefined)
    return holder.processStart === processStart;
  const bootedAt = Date.now() - uptime() * 1000;
  return holder.lockedAt > bootedAt - clockToleranceMs;
}

/** Field 22 of /proc/PID/stat, in ticks since the boot, with the identity of that boot (proc(5)). */
async function readProcessStart(pid: number): Promise<{ processStart?: string }> {
  try {
    const [status, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the command in brackets, which may hold anything.
    const start = status.slice(status.lastIndexOf(')') + 2).split(' ')[19];
    return start === undefined ? {} : { processStart: `${boot.trim()} ${start}` };
  } catch {
    return {};
  }
}
