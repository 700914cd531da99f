import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { type SettingsRevision, settingsRevisionSchema } from '../../shared/contract/administration.ts';
import { settingsSchema } from '../../shared/model/settings.ts';
import { privateFolderMode, replaceFile, syncFolder } from '../disk/replaceFile.ts';
import { inSlices } from '../disk/slices.ts';

/** How many revisions are kept, and told. */
export const keptRevisions = 100;

export const revisionRecordSchema = settingsRevisionSchema.extend({ settings: settingsSchema });

/** One saved state, whole. */
export type RevisionRecord = z.infer<typeof revisionRecordSchema>;

/**
 * The saved states of the settings, one file each: `settings-history/000012.json`. While a state is being saved its file is called
 * `000012.pending.json`; the rename that makes it a revision comes after the settings themselves were replaced.
 */
export interface SettingsHistory {
  /** The highest number that was ever given, also to a file that can't be read any more; 0 at first. */
  lastNumber(): number;
  /** What a crash left between a save's first and last step. */
  pending(): Promise<RevisionRecord | undefined>;
  prepare(record: RevisionRecord): Promise<void>;
  commit(revision: number): Promise<void>;
  discard(revision: number): Promise<void>;
  /** `undefined` where there is none, or it is damaged. */
  read(revision: number): Promise<RevisionRecord | undefined>;
  /** The newest that can be read. */
  newest(): Promise<RevisionRecord | undefined>;
  /** Newest first. */
  list(): Promise<readonly SettingsRevision[]>;
}

/**
 * Every call of the history and this throw the file system's error; a history whose folder isn't there yet is empty.
 */
export async function openSettingsHistory(folder: string): Promise<SettingsHistory> {
  const historyFolder = join(folder, 'settings-history');
  const pathOf = (revision: number, stage = '') =>
    join(historyFolder, `${String(revision).padStart(6, '0')}${stage}.json`);
  const names = await readdir(historyFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const numbersLike = (pattern: RegExp) => names.flatMap((name) => Number(pattern.exec(name)?.[1] ?? []));
  const pendingStage = '.pending';
  const revisions = new Set(numbersLike(/^(\d{6,15})\.json$/));
  const pendingNumber = numbersLike(/^(\d{6,15})\.pending\.json$/)
    .toSorted((a, b) => a - b)
    .at(-1);
  let lastNumber = Math.max(0, pendingNumber ?? 0, ...revisions);
  /** Revisions don't change, so that each is read once. */
  const told = new Map<number, SettingsRevision>();

  const newestFirst = () => [...revisions].toSorted((left, right) => right - left);

  async function prune(): Promise<void> {
    for (const revision of newestFirst().slice(keptRevisions)) {
      await rm(pathOf(revision), { force: true });
      revisions.delete(revision);
      told.delete(revision);
    }
  }

  async function read(revision: number): Promise<RevisionRecord | undefined> {
    const record = revisionRecordSchema.safeParse(await readJson(pathOf(revision))).data;
    return record?.revision === revision ? record : undefined;
  }

  return {
    lastNumber: () => lastNumber,
    async pending() {
      if (pendingNumber === undefined) return undefined;
      return revisionRecordSchema.safeParse(await readJson(pathOf(pendingNumber, pendingStage))).data;
    },
    async prepare(record) {
      await mkdir(historyFolder, { recursive: true, mode: privateFolderMode });
      await replaceFile(pathOf(record.revision, pendingStage), `${JSON.stringify(record)}\n`);
    },
    async commit(revision) {
      await rename(pathOf(revision, pendingStage), pathOf(revision));
      await syncFolder(historyFolder);
      revisions.add(revision);
      lastNumber = Math.max(lastNumber, revision);
      await prune().catch(() => undefined);
    },
    async discard(revision) {
      await rm(pathOf(revision, pendingStage), { force: true });
      await rm(pathOf(revision), { force: true });
      revisions.delete(revision);
    },
    read,
    async newest() {
      for (const revision of newestFirst()) {
        const record = await read(revision);
        if (record) return record;
      }
      return undefined;
    },
    async list() {
      const listed: SettingsRevision[] = [];
      for await (const revision of inSlices(newestFirst().slice(0, keptRevisions))) {
        const known =
          told.get(revision) ?? settingsRevisionSchema.safeParse(await readJson(pathOf(revision))).data;
        if (known === undefined) continue;
        told.set(revision, known);
        listed.push(known);
      }
      return listed;
    },
  };
}

/** `undefined` where there is no such file, or it isn't JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
