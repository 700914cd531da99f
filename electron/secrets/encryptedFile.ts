import { mkdir, readFile, rm } from 'node:fs/promises';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { hostIdSchema, type Secret } from '../../shared/model/host.ts';
import type { SecretStore } from '../broker/ports.ts';
import { type DocumentPlace, generationPathsOf, moveDamagedBeside, pathOf } from '../disk/generations.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import {
  createDocument,
  openDocument,
  openEntry,
  sealEntry,
  type SecretDocument,
  writeDocument,
} from './secretDocument.ts';
import { describeSecret, dropEmptyParts, parseSecret } from './secretEntry.ts';

/** Of what an administrator gives as the key. */
export const minimumKeyBytes = 16;

/** What is asked of either store to move everything to the other. */
export interface EncryptedFile extends SecretStore {
  /** Of hosts and of certificates' keys. */
  listEntryIds(): readonly string[];
  /** What a person has to know about how it was found. */
  readonly notices: readonly Notice[];
}

interface FileKey {
  readonly folder: string;
  /** What the administrator gave at the start, at least 16 bytes. */
  readonly key: string | Uint8Array;
}

interface Change {
  /** Makes the change and says whether there was anything to change. */
  apply(next: Map<string, unknown>): boolean;
  settle(result: Result<void>): void;
}

const placeIn = (folder: string): DocumentPlace => ({ folder, name: 'secrets', extension: 'json' });

/** A copy of the document itself, and only of its newest state: what was deleted must not live on in older ones. */
const copyPathOf = (place: DocumentPlace): string => generationPathsOf(place)[0]!;

/**
 * Opens, or prepares to create, `secrets.json` in `folder`; a damaged or missing one is replaced by its copy, with a notice. Fails
 * with `secrets_unreadable` where the key is another one or there is no good copy, with `document_too_new` where a newer Proxima
 * wrote it, and leaves the files as they are. Later, an entry that was tampered with fails with `secrets_unreadable` and no other
 * does; a change that can't be written with `store_failed`. Nobody else may write in the folder meanwhile.
 */
export async function openEncryptedFile(options: FileKey): Promise<Result<EncryptedFile>> {
  const place = placeIn(options.folder);
  const found = await findDocument(options);
  if (!found.ok) return found;
  const { document, notices } = found.value ?? { document: await createDocument(options.key), notices: [] };
  return succeed(createFileStore(place, document, notices));
}

/**
 * Seals every entry anew with another key: from one moment to the next, and after a crash there is the file under the old key or
 * the one under the new key as a whole. Fails as opening does, with `input_invalid` where there is nothing to rotate, and with
 * `secrets_unreadable` where an entry can't be opened and would be lost.
 */
export async function rotateKey(
  options: FileKey & { readonly newKey: string | Uint8Array },
): Promise<Result<{ readonly entries: number; readonly notices: readonly Notice[] }>> {
  const { newKey } = options;
  if (Buffer.compare(Buffer.from(options.key), Buffer.from(newKey)) === 0)
    return fail('input_invalid', 'the new key is the old one');
  if (Buffer.byteLength(newKey) < minimumKeyBytes)
    return fail('input_invalid', `the new key is shorter than ${minimumKeyBytes} bytes`);
  const found = await findDocument(options);
  if (!found.ok) return found;
  if (found.value === undefined)
    return fail('input_invalid', `there is no encrypted file in ${options.folder}`);
  const { document, notices } = found.value;
  const next = await createDocument(newKey);
  for (const [entryId, entry] of document.entries) {
    const text = openEntry(document.key, entryId, entry);
    if (text === undefined)
      return fail(
        'secrets_unreadable',
        `the entry ${entryId} is damaged and would be lost: replace it first`,
      );
    next.entries.set(entryId, sealEntry(next.key, entryId, text));
  }
  try {
    await writeBoth(placeIn(options.folder), next);
    return succeed({ entries: next.entries.size, notices });
  } catch (error) {
    return fail('store_failed', messageOf(error));
  }
}

interface FoundDocument {
  readonly document: SecretDocument;
  readonly notices: readonly Notice[];
}

/** Succeeds with nothing where there is no file yet. */
async function findDocument({ folder, key }: FileKey): Promise<Result<FoundDocument | undefined>> {
  if (Buffer.byteLength(key) < minimumKeyBytes)
    return fail('secrets_unavailable', `the key is shorter than ${minimumKeyBytes} bytes`);
  const place = placeIn(folder);
  const path = pathOf(place);
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const text = await readIfThere(path);
    const copyText = await readIfThere(copyPathOf(place));
    const opened = text === undefined ? undefined : await openDocument(text, key);
    if (opened?.kind === 'newer') return fail('document_too_new', `${path} was not changed`);
    if (opened?.kind === 'other-key') return refuseKey(path);
    if (opened?.kind === 'good') {
      // A crash may have come between the two writes, also of a rotation: the old key must open nothing then.
      if (copyText !== text && isIntact(opened.document)) await writeCopy(place, opened.document);
      return succeed({ document: opened.document, notices: [] });
    }
    if (copyText === undefined) {
      if (text === undefined) return succeed(undefined);
      return fail(
        'secrets_unreadable',
        `${path} is damaged; it was not changed. Restore it, or move it away`,
      );
    }
    return await recover(place, copyText, { key, isDamaged: text !== undefined });
  } catch (error) {
    return fail('secrets_unreadable', messageOf(error));
  }
}

const isIntact = ({ key, entries }: SecretDocument): boolean =>
  [...entries].every(([entryId, entry]) => openEntry(key, entryId, entry) !== undefined);

const refuseKey = (path: string) =>
  fail('secrets_unreadable', `the key is not the one that ${path} was made with; it was not changed`);

async function recover(
  place: DocumentPlace,
  copyText: string,
  { key, isDamaged }: { readonly key: string | Uint8Array; readonly isDamaged: boolean },
): Promise<Result<FoundDocument>> {
  const [path, copyPath] = [pathOf(place), copyPathOf(place)];
  const copy = await openDocument(copyText, key);
  if (copy.kind !== 'good') {
    if (copy.kind === 'newer') return fail('document_too_new', `${copyPath} was not changed`);
    if (copy.kind === 'other-key') return refuseKey(copyPath);
    const state = isDamaged ? 'damaged, and so is' : 'missing, and damaged is';
    return fail('secrets_unreadable', `${path} is ${state} its copy ${copyPath}; nothing was changed`);
  }
  const what = isDamaged
    ? `${path} was damaged; it was kept as ${await moveDamagedBeside(place, path, new Date())}.`
    : `${path} was missing.`;
  await replaceFile(path, copyText);
  return succeed({
    document: copy.document,
    notices: [
      {
        id: `secrets-${Date.now()}`,
        title: 'The encrypted file of passwords was restored',
        text: `${what} Proxima goes on with its copy, ${copyPath}. Check the password that you changed last.`,
      },
    ],
  });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeBoth(
  place: DocumentPlace,
  document: Pick<SecretDocument, 'header' | 'entries'>,
): Promise<void> {
  await replaceFile(pathOf(place), writeDocument(document));
  await writeCopy(place, document);
}

/** Without a copy the file is good all the same; a copy of an earlier state is worse than none. */
async function writeCopy(
  place: DocumentPlace,
  document: Pick<SecretDocument, 'header' | 'entries'>,
): Promise<void> {
  const path = copyPathOf(place);
  await replaceFile(path, writeDocument(document)).catch(() => rm(path, { force: true }));
}

function createFileStore(
  place: DocumentPlace,
  { key, header, entries }: SecretDocument,
  notices: readonly Notice[],
): EncryptedFile {
  let waiting: Change[] = [];
  let turn: Promise<void> = Promise.resolve();

  /** Changes that wait together are written together; memory follows the disk. */
  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const next = new Map(entries);
    const hasChanged = batch.filter(({ apply }) => apply(next)).length > 0;
    let result: Result<void> = succeed(undefined);
    try {
      if (hasChanged) await writeBoth(place, { header, entries: next });
      entries.clear();
      for (const [entryId, entry] of next) entries.set(entryId, entry);
    } catch (error) {
      result = fail('store_failed', messageOf(error));
    }
    for (const { settle } of batch) settle(result);
  }

  const change = (apply: Change['apply']): Promise<Result<void>> =>
    new Promise((settle) => {
      waiting.push({ apply, settle });
      if (waiting.length === 1) turn = turn.then(writeWaiting);
    });

  function read(entryId: string): Result<Secret> {
    if (!entries.has(entryId)) return succeed({});
    const text = openEntry(key, entryId, entries.get(entryId));
    const secret = text === undefined ? undefined : parseSecret(text);
    return secret === undefined
      ? fail(
          'secrets_unreadable',
          'its entry in the encrypted file was changed by somebody else, or is damaged',
        )
      : succeed(secret);
  }

  return {
    kind: 'encrypted-file',
    notices,
    read: (entryId) => Promise.resolve(read(entryId)),
    write: (entryId, secret) => {
      const parts = dropEmptyParts(secret);
      return change((next) => {
        if (parts === undefined) return next.delete(entryId);
        next.set(entryId, sealEntry(key, entryId, JSON.stringify(parts)));
        return true;
      });
    },
    remove: (entryIds) => change((next) => entryIds.filter((entryId) => next.delete(entryId)).length > 0),
    describe: (entryId) => {
      const secret = read(entryId);
      return Promise.resolve(secret.ok ? succeed(describeSecret(secret.value)) : secret);
    },
    // The keys of certificates lie here, too.
    listHostIds: () =>
      Promise.resolve(succeed([...entries.keys()].filter((entry) => hostIdSchema.safeParse(entry).success))),
    listEntryIds: () => [...entries.keys()],
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
