import { access } from 'node:fs/promises';
import { describeFailure } from '../shared/contract/failure.ts';
import { createSharedChain } from './collections/sharedChain.ts';
import { keepProcess } from './keepProcess.ts';
import { auditChainName } from './openStores.ts';
import type { FarmConnection } from './farmFlags.ts';
import type { ReadChain } from './store/auditChain.ts';
import { readAuditFiles } from './store/auditLog.ts';
import { readFarmAudit } from './store/farmAuditLog.ts';

/** `exitCode` is 0 where the log is whole, 1 where it isn't or can't be read; `sentence` says which, for a person. */
interface Verdict {
  readonly sentence: string;
  readonly exitCode: 0 | 1;
}

/** `audit verify`: reads the audit log of a data folder from the first to the last record. */
export async function verifyAudit(dataFolder: string): Promise<Verdict> {
  try {
    await access(dataFolder);
    return judge(await readAuditFiles(dataFolder), `in ${dataFolder}`);
  } catch (error) {
    return unreadable(`in ${dataFolder}`, error instanceof Error ? error.message : String(error));
  }
}

/** `audit verify --registry …`: the same for the log that all nodes of a farm write. */
export async function verifyFarmAudit({ engine, poolId }: FarmConnection): Promise<Verdict> {
  const where = `of the farm ${poolId}`;
  const chain = createSharedChain(engine, poolId, auditChainName);
  const read = await keepProcess(() => readFarmAudit(chain));
  await engine.close();
  if (read.ok) return judge(read.value, where);
  const { code, detail } = read.failure;
  return unreadable(where, detail ?? describeFailure({ code }).what.replace(/\.$/, ''));
}

function judge({ records, tip, brokenAt, reason }: ReadChain, where: string): Verdict {
  if (brokenAt !== undefined) {
    return {
      sentence: `The audit log ${where} is not intact: record ${brokenAt} is the first that can't be trusted (${reason}).`,
      exitCode: 1,
    };
  }
  const newest = records.at(-1);
  if (newest === undefined) return { sentence: `The audit log ${where} has no records yet.`, exitCode: 0 };
  const count = records.length === 1 ? '1 record' : `${records.length} records`;
  return {
    sentence: `The audit log ${where} is intact: ${count}, the newest of ${new Date(newest.at).toISOString()} with the hash ${tip.hash}.`,
    exitCode: 0,
  };
}

const unreadable = (where: string, reason: string): Verdict => ({
  sentence: `The audit log ${where} can't be read: ${reason}.`,
  exitCode: 1,
});
