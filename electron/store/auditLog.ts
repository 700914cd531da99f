import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { AuditLog } from '../broker/ports.ts';
import { privateFileMode, privateFolderMode, replaceFile, syncFolder } from '../disk/replaceFile.ts';
import { continueFile } from './appendedFile.ts';
import {
  type ChainTip,
  chainRecord,
  emptyTip,
  formatRecord,
  formatTip,
  parseTip,
  readChain,
  type ReadChain,
} from './auditChain.ts';
import { boundEntry, presentChain } from './auditEntry.ts';
import { describeWriteError } from '../disk/writeError.ts';

const pathsIn = (folder: string) => ({
  logPath: join(folder, 'audit.ndjson'),
  tipPath: join(folder, 'audit.tip.json'),
});

/**
 * The audit log of a data folder: `audit.ndjson`, one record a line, each with the hash of the one before. A record is written and
 * flushed before the change that it tells of is made, so that one may be there of a change that then failed. Its newest number and
 * hash are kept in `audit.tip.json`, replaced after each append, and told to the process log.
 *
 * Found on reading: a record that was changed, taken out, put in or moved, and a tail that was cut off, also after the log has gone
 * on. What can't be found from this folder alone: somebody who may write in it and makes the whole chain anew, cuts the log and
 * the tip back together, or deletes both. The hashes in the process log tell, where that is collected elsewhere.
 *
 * A data folder has one process (the host store's lock). Nothing is touched before the first call; where the log can't be read or
 * written, a call fails with `audit_unwritable`, and the next one tries anew.
 */
export function createAuditLog(options: {
  readonly folder: string;
  readonly log: Pick<Logger, 'info' | 'error'>;
  readonly now: () => number;
}): AuditLog {
  const { folder, log, now } = options;
  const { logPath, tipPath } = pathsIn(folder);
  /** The newest record written here: it outranks the files, should they be taken away meanwhile. */
  let written: ChainTip | undefined;
  let known: { readonly length: number; readonly tip: ChainTip } | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** Where to go on: as it was left, or read anew where somebody else touched the file. */
  async function findEnd(): Promise<{ readonly length: number; readonly tip: ChainTip }> {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const file = await open(logPath, 'a', privateFileMode);
    try {
      const { size } = await file.stat();
      if (known?.length === size) return known;
      if (size === 0) await begin();
      const chain = await readAuditFiles(folder, written);
      // What a crash left of an append that was never acknowledged.
      if (chain.length < size) await file.truncate(chain.length);
      return chain;
    } finally {
      await file.close();
    }
  }

  /** Before a first record, so that a log with records is never without the note of its newest. */
  async function begin(): Promise<void> {
    if (written === undefined && (await readIfThere(tipPath)) === undefined) await writeTip(emptyTip);
    await syncFolder(folder);
  }

  const writeTip = (tip: ChainTip) => replaceFile(tipPath, formatTip(tip));

  async function append(entry: Parameters<AuditLog['append']>[0]): Promise<Result<void>> {
    try {
      const end = await findEnd();
      const record = chainRecord(end.tip, { at: now(), ...boundEntry(entry) });
      const line = formatRecord(record);
      known = undefined;
      const file = continueFile(logPath, end.length);
      try {
        await file.append([line]);
      } finally {
        await file.close();
      }
      const { number, hash } = record;
      written = { number, hash };
      await writeTip(written);
      known = { length: end.length + Buffer.byteLength(line), tip: written };
      log.info({ number, hash }, 'Audit record written');
      return succeed(undefined);
    } catch (error) {
      log.error({ err: error }, 'The audit log could not be written');
      return fail('audit_unwritable', describeWriteError(error).detail);
    }
  }

  return {
    append: (entry) => {
      const result = turn.then(() => append(entry));
      turn = result;
      return result;
    },
    async read() {
      // An append that is under way is either in the log or not; its note always comes after it.
      await turn;
      try {
        return succeed(presentChain(await readAuditFiles(folder, written)));
      } catch (error) {
        log.error({ err: error }, 'The audit log could not be read');
        return fail('audit_unwritable', describeWriteError(error).detail);
      }
    },
  };
}

/**
 * Reads the audit log of a folder, whose files need not be there.
 *
 * @throws the file system's error.
 */
export async function readAuditFiles(folder: string, written?: ChainTip): Promise<ReadChain> {
  const { logPath, tipPath } = pathsIn(folder);
  // The note first: a log that grows meanwhile is only ahead of it.
  const text = await readIfThere(tipPath);
  const bytes = await readIfThere(logPath);
  const noted = text && parseTip(text.toString());
  const newest = written && (noted?.number ?? 0) < written.number ? written : noted;
  return readChain(bytes ?? Buffer.alloc(0), newest);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
