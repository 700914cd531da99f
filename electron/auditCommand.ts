import { access } from 'node:fs/promises';
import { readAuditFiles } from './store/auditLog.ts';

/**
 * `audit verify`: reads the audit log of a data folder from the first to the last record. `exitCode` is 0 where it is whole, 1 where
 * it isn't or can't be read; `sentence` says which, for a person.
 */
export async function verifyAudit(
  dataFolder: string,
): Promise<{ readonly sentence: string; readonly exitCode: 0 | 1 }> {
  try {
    await access(dataFolder);
    const { records, tip, brokenAt, reason } = await readAuditFiles(dataFolder);
    if (brokenAt !== undefined) {
      return {
        sentence: `The audit log in ${dataFolder} is not intact: record ${brokenAt} is the first that can't be trusted (${reason}).`,
        exitCode: 1,
      };
    }
    const newest = records.at(-1);
    if (newest === undefined)
      return { sentence: `The audit log in ${dataFolder} has no records yet.`, exitCode: 0 };
    const count = records.length === 1 ? '1 record' : `${records.length} records`;
    return {
      sentence: `The audit log in ${dataFolder} is intact: ${count}, the newest of ${new Date(newest.at).toISOString()} with the hash ${tip.hash}.`,
      exitCode: 0,
    };
  } catch (error) {
    return {
      sentence: `The audit log in ${dataFolder} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
      exitCode: 1,
    };
  }
}
