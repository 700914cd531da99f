import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { lockFolder } from '../disk/folderLock.ts';
import { privateFolderMode, syncFolder, writeDurably } from '../disk/replaceFile.ts';
import { generationPathsOf, moveDamagedBeside, pathOf, type DocumentPlace } from '../disk/generations.ts';
import {
  documentVersion,
  emptyContents,
  readHostDocument,
  writeHostDocument,
  type HostContents,
  type HostDocument,
} from './hostDocument.ts';
import { continueHostLog, type HostLog, type OpenedDocument } from './hostLog.ts';
import { describeWriteError } from '../disk/writeError.ts';

type GoodDocument = Extract<HostDocument, { kind: 'good' }>;

export interface OpenedHostStore {
  readonly store: HostLog;
  readonly notices: readonly Notice[];
  /**
   * Hosts that were removed lately and are not there any more. Secrets of theirs that are still stored were left by a crash; no
   * others may be deleted, because the keychain also serves other data folders, and lost hosts may be restored.
   */
  readonly removedHostIds: readonly string[];
}

interface Opened {
  readonly document: OpenedDocument;
  readonly removedHostIds: readonly string[];
  readonly notices: Notice[];
}

/**
 * Opens the hosts and vaults stored in `folder` (made where it isn't there), and keeps every other process out of it until
 * `close`. A damaged document is moved beside and opened from its last good generation; a notice then says so. Fails with
 * `data_folder_in_use`, with `document_too_new` where a newer version wrote it, and with `store_failed` where the folder can't
 * be written; nothing is changed then.
 */
export async function openHostStore(options: {
  readonly folder: string;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** For tests: when a running store is compacted, see `continueHostLog`. */
  readonly garbageLines?: number;
}): Promise<Result<OpenedHostStore>> {
  const { folder, log, garbageLines } = options;
  const place: DocumentPlace = { folder, name: 'hosts', extension: 'ndjson' };
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const lock = await lockFolder(folder);
    if (!lock.ok) return lock;
    try {
      const opened = await openDocument(place);
      if (!opened.ok) {
        await lock.value.release();
        return opened;
      }
      for (const { title, text } of opened.value.notices)
        log.warn({ title, text }, 'The host list was repaired');
      const store = continueHostLog(place, opened.value.document, log, garbageLines);
      const close = async () => {
        await store.close();
        await lock.value.release();
      };
      const { notices, removedHostIds } = opened.value;
      return succeed({ store: { ...store, close }, notices, removedHostIds });
    } catch (error) {
      await lock.value.release();
      throw error;
    }
  } catch (error) {
    log.error({ err: error }, 'The host list could not be opened');
    return { ok: false, failure: describeWriteError(error) };
  }
}

async function openDocument(place: DocumentPlace): Promise<Result<Opened>> {
  const path = pathOf(place);
  await rm(`${path}.new`, { force: true });
  const document = await readHostDocument(path);
  switch (document.kind) {
    case 'good':
      await repairEnd(path, document);
      return succeed({ document, removedHostIds: [...document.removedHostIds], notices: [] });
    case 'newer':
      return refuseNewer(path, document.version);
    case 'missing':
    case 'damaged':
      return recover(place, document);
  }
}

function refuseNewer(path: string, version: number): Result<never> {
  return fail(
    'document_too_new',
    `${path} has format ${version}; this version reads formats up to ${documentVersion}`,
  );
}

/** Cuts off what a crash left of an append that was never acknowledged. */
async function repairEnd(path: string, { length, lacksLineFeed }: GoodDocument): Promise<void> {
  const { size } = await stat(path);
  if (size === length && !lacksLineFeed) return;
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(length);
    if (lacksLineFeed) await handle.write('\n', length - 1);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Opens the newest good generation in place of a document that is damaged or gone, or starts empty where there is none. */
async function recover(
  place: DocumentPlace,
  found: Extract<HostDocument, { kind: 'missing' | 'damaged' }>,
): Promise<Result<Opened>> {
  const path = pathOf(place);
  const damaged = found.kind === 'damaged' ? [path] : [];
  for (const generationPath of generationPathsOf(place)) {
    const generation = await readHostDocument(generationPath);
    if (generation.kind === 'newer') return refuseNewer(generationPath, generation.version);
    if (generation.kind === 'damaged') damaged.push(generationPath);
    if (generation.kind !== 'good') continue;
    const { mtime } = await stat(generationPath);
    const document = await startAnew(place, generation.contents, damaged);
    return succeed({
      document: document.opened,
      removedHostIds: [],
      notices: [describeRecovery(path, found, { generationPath, mtime }, document.movedTo)],
    });
  }
  const document = await startAnew(place, emptyContents(), damaged);
  const isFirstStart = damaged.length === 0;
  return succeed({
    document: document.opened,
    removedHostIds: [],
    notices: isFirstStart ? [] : [describeRecovery(path, found, undefined, document.movedTo)],
  });
}

/** Writes a whole new document, and only then moves the damaged files out of its way. */
async function startAnew(
  place: DocumentPlace,
  contents: HostContents,
  damaged: readonly string[],
): Promise<{ opened: OpenedDocument; movedTo: readonly string[] }> {
  const path = pathOf(place);
  const temporary = `${path}.new`;
  const hosts = [...contents.hosts.values()];
  const vaults = [...contents.vaults.values()];
  await writeDurably(temporary, writeHostDocument(hosts, vaults));
  const now = new Date();
  const movedTo: string[] = [];
  for (const file of damaged) movedTo.push(await moveDamagedBeside(place, file, now));
  await rename(temporary, path);
  await syncFolder(place.folder);
  const { size } = await stat(path);
  const entries = hosts.length + vaults.length;
  return { opened: { contents, entries, changes: 0, length: size }, movedTo };
}

function describeRecovery(
  path: string,
  found: { readonly kind: 'missing' } | { readonly kind: 'damaged'; readonly reason: string },
  generation: { readonly generationPath: string; readonly mtime: Date } | undefined,
  movedTo: readonly string[],
): Notice {
  const name = basename(path);
  const what =
    found.kind === 'missing'
      ? `${name} was not there any more`
      : `${name} was damaged (${found.reason}) and could not be opened`;
  const outcome =
    generation === undefined
      ? 'No earlier copy could be read either, so the list starts empty.'
      : `The list was opened as it was on ${formatTime(generation.mtime)}; changes made after that are missing.`;
  const kept =
    movedTo.length === 0
      ? ''
      : ` Nothing was deleted: what could not be read was kept as ${movedTo.join(' and ')}.`;
  return {
    id: `hosts-${Date.now()}`,
    title:
      generation === undefined
        ? 'The list of hosts could not be read'
        : 'The list of hosts had to be restored',
    text: `${what}. ${outcome} Stored passwords were not touched.${kept}`,
  };
}

const formatTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
