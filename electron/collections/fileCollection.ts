import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import {
  type DocumentPlace,
  generationPathsOf,
  moveDamagedBeside,
  pathOf,
  shiftGenerations,
} from '../disk/generations.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { describeWriteError } from '../disk/writeError.ts';
import type { Collection } from './collection.ts';
import { type CollectionContents, readCollection, writeCollection } from './collectionDocument.ts';

export interface FileCollectionOptions<T> {
  readonly folder: string;
  /** Of the file, without its end. */
  readonly name: string;
  /** What it holds, as people call it: “accounts”. */
  readonly title: string;
  readonly schema: z.ZodType<T>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

export interface OpenedFileCollection<T> {
  readonly collection: Collection<T>;
  readonly notices: readonly Notice[];
}

/** Makes one change in what is to be written; tells the documents that it touched. */
interface Change<T> {
  apply(documents: Map<string, T>): Result<readonly string[]>;
  settle(result: Result<void>): void;
}

/**
 * Opens the documents in `<name>.json`, all of them in memory. Changes that wait together are written together, as a whole new file, and
 * resolve once that is on disk; memory follows the disk. Nothing is written before the first change.
 *
 * A damaged or missing file is replaced by the last good generation, with a notice. A document that isn't understood stays in the file as
 * it is, and can't be changed. Fails with `document_too_new` where a newer version wrote the file, and with `store_failed` where it can't
 * be read. Nobody else may write in the folder meanwhile.
 */
export async function openFileCollection<T>(
  options: FileCollectionOptions<T>,
): Promise<Result<OpenedFileCollection<T>>> {
  const { folder, name, schema, title, log } = options;
  const place: DocumentPlace = { folder, name, extension: 'json' };
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const found = await readCollection(pathOf(place), name, schema);
    if (found.kind === 'newer') return refuseNewer(pathOf(place));
    if (found.kind === 'good') {
      if (found.contents.strange.size > 0)
        log.warn({ name, count: found.contents.strange.size }, 'Some stored documents are not understood');
      return succeed({ collection: serveFile(place, found.contents, log), notices: [] });
    }
    const recovered = await recover(place, found.kind, { schema, title });
    if (!recovered.ok) return recovered;
    const { contents, notices } = recovered.value;
    for (const notice of notices)
      log.warn({ title: notice.title, text: notice.text }, 'Documents were restored');
    return succeed({ collection: serveFile(place, contents, log), notices });
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
}

const refuseNewer = (path: string) =>
  fail('document_too_new', `${path} was written by a newer version; it was not changed`);

function serveFile<T>(
  place: DocumentPlace,
  { documents, strange }: CollectionContents<T>,
  log: Pick<Logger, 'warn' | 'error'>,
): Collection<T> {
  const listeners = new Set<(ids: readonly string[]) => void>();
  let waiting: Change<T>[] = [];
  let turn: Promise<void> = Promise.resolve();

  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const next = new Map(documents);
    const touched = new Set<string>();
    const done: Change<T>[] = [];
    for (const change of batch) {
      const applied = change.apply(next);
      if (!applied.ok) {
        change.settle(applied);
        continue;
      }
      for (const id of applied.value) touched.add(id);
      done.push(change);
    }
    const changed = [...touched].filter((id) => documents.get(id) !== next.get(id));
    const written =
      changed.length > 0 ? await write(place, { documents: next, strange }, log) : succeed(undefined);
    if (written.ok) {
      for (const id of changed) {
        const document = next.get(id);
        if (document === undefined) documents.delete(id);
        else documents.set(id, document);
      }
    }
    if (written.ok && changed.length > 0) for (const listener of [...listeners]) listener(changed);
    for (const { settle } of done) settle(written);
  }

  const request = (apply: Change<T>['apply']): Promise<Result<void>> =>
    new Promise((settle) => {
      waiting.push({ apply, settle });
      if (waiting.length === 1) turn = turn.then(writeWaiting);
    });

  const refuse = (id: string) => fail('document_too_new', `the document ${id} in ${pathOf(place)}`);
  const findStrange = (ids: Iterable<string>) => [...ids].find((id) => strange.has(id));

  return {
    all: () => documents,
    fetch: (id) => Promise.resolve(strange.has(id) ? refuse(id) : succeed(documents.get(id))),
    async change(id, decide) {
      let next: T | undefined;
      const changed = await request((draft) => {
        if (strange.has(id)) return refuse(id);
        next = decide(draft.get(id));
        if (next === undefined) draft.delete(id);
        else draft.set(id, next);
        return succeed([id]);
      });
      return changed.ok ? succeed(next) : changed;
    },
    putAll: (put) =>
      request((draft) => {
        const strangeId = findStrange(put.keys());
        if (strangeId !== undefined) return refuse(strangeId);
        for (const [id, document] of put) draft.set(id, document);
        return succeed([...put.keys()]);
      }),
    removeAll: (ids) =>
      request((draft) => {
        const strangeId = findStrange(ids);
        if (strangeId !== undefined) return refuse(strangeId);
        for (const id of ids) draft.delete(id);
        return succeed(ids);
      }),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      await turn;
      listeners.clear();
    },
  };
}

/** The first generation is a copy of the file itself: a damage to it alone loses nothing. */
async function write(
  place: DocumentPlace,
  contents: CollectionContents<unknown>,
  log: Pick<Logger, 'warn' | 'error'>,
): Promise<Result<void>> {
  try {
    await replaceFile(pathOf(place), writeCollection(place.name, contents));
  } catch (error) {
    log.error({ err: error, name: place.name }, 'A change could not be written');
    return { ok: false, failure: describeWriteError(error) };
  }
  try {
    await shiftGenerations(place);
    await replaceFile(generationPathsOf(place)[0]!, writeCollection(place.name, contents));
  } catch (error) {
    log.warn({ err: error, name: place.name }, 'No generation could be kept of what was written');
  }
  return succeed(undefined);
}

async function recover<T>(
  place: DocumentPlace,
  found: 'missing' | 'damaged',
  { schema, title }: { readonly schema: z.ZodType<T>; readonly title: string },
): Promise<Result<{ readonly contents: CollectionContents<T>; readonly notices: readonly Notice[] }>> {
  const path = pathOf(place);
  const notice = (text: string): Notice => ({
    id: `${place.name}-${Date.now()}`,
    title: `The stored ${title} could not be used as they are`,
    text,
  });
  const putBeside = async () =>
    found === 'missing'
      ? `${path} is missing.`
      : `${path} is damaged; it was kept as ${await moveDamagedBeside(place, path, new Date())}.`;
  let isFirstStart = found === 'missing';
  for (const generationPath of generationPathsOf(place)) {
    const generation = await readCollection(generationPath, place.name, schema);
    if (generation.kind === 'newer') return refuseNewer(generationPath);
    isFirstStart &&= generation.kind === 'missing';
    if (generation.kind !== 'good') continue;
    const beside = await putBeside();
    await replaceFile(path, generation.text);
    const text = `${beside} Proxima goes on with the last good version, ${generationPath}. Check what you changed last.`;
    return succeed({ contents: generation.contents, notices: [notice(text)] });
  }
  const contents = { documents: new Map(), strange: new Map() };
  if (isFirstStart) return succeed({ contents, notices: [] });
  const text = `${await putBeside()} No earlier version could be read either, so that there are none now.`;
  return succeed({ contents, notices: [notice(text)] });
}
