import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { Logger } from 'pino';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { generalVault, vaultSchema, type Host } from '../../shared/model/host.ts';
import type { HostChange, HostStore } from '../broker/ports.ts';
import { syncFolder, writeDurably } from '../disk/replaceFile.ts';
import { inSlices } from '../disk/slices.ts';
import { generationPathsOf, pathOf, shiftGenerations, type DocumentPlace } from './generations.ts';
import {
  applyEntry,
  storedHostSchema,
  writeHostDocument,
  type HostContents,
  type HostEntry,
} from './hostDocument.ts';
import { sealLine } from './sealedLine.ts';
import { describeWriteError } from './writeError.ts';

/** A running store is compacted when more lines than this, and more than half of all, are of no use any more. */
const defaultGarbageLines = 10_000;

type Log = Pick<Logger, 'info' | 'warn' | 'error'>;

/** The document that a log goes on with: it lies at its place, whole up to `length` bytes. */
export interface OpenedDocument {
  readonly contents: HostContents;
  readonly entries: number;
  readonly changes: number;
  readonly length: number;
}

export interface HostLog extends HostStore {
  /** Resolves when everything asked for before is on disk and no file is open any more. */
  close(): Promise<void>;
}

interface Change {
  prepare(): Promise<Result<readonly HostEntry[]>>;
  readonly event: (entries: readonly HostEntry[]) => HostChange;
  readonly settle: (result: Result<void>) => void;
}

/**
 * The hosts in memory, and every change appended to their document and flushed before it is acknowledged. Changes that wait
 * together are flushed together. A change that can't be written fails with `store_failed` and leaves no trace; the next one
 * is tried anew.
 */
export function continueHostLog(
  place: DocumentPlace,
  document: OpenedDocument,
  log: Log,
  garbageLines = defaultGarbageLines,
): HostLog {
  const path = pathOf(place);
  const { contents } = document;
  const listeners = new Set<(change: HostChange) => void>();
  let { entries, length } = document;
  let handle: FileHandle | undefined;
  /** Bytes may lie beyond `length`: what a failed append left. */
  let hasTail = false;
  /** The document was replaced, and the folder doesn't surely say so after a power cut. */
  let folderIsBehind = false;
  let waiting: Change[] = [];
  let closing = false;
  /** Everything that touches the file, one after the other. */
  let turn: Promise<void> = Promise.resolve();
  /** Lines appended since the snapshot that a compaction writes. */
  let sinceSnapshot: string[] | undefined;
  let compacting: Promise<void> = Promise.resolve();
  let compactAtLines = 0;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  };

  async function append(text: string): Promise<void> {
    handle ??= await open(path, 'r+');
    if (folderIsBehind) await flushFolder();
    if (hasTail) {
      await handle.truncate(length);
      hasTail = false;
    }
    const bytes = Buffer.from(text);
    hasTail = true;
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, length + written);
      written += bytesWritten;
    }
    await handle.datasync();
    hasTail = false;
    length += bytes.length;
  }

  async function flushFolder(): Promise<void> {
    await syncFolder(place.folder);
    folderIsBehind = false;
  }

  /** So that a refused change doesn't come back after a crash. Where even that fails, the next append does it. */
  async function cutTail(): Promise<void> {
    try {
      await handle?.truncate(length);
      await handle?.datasync();
      hasTail = false;
    } catch (error) {
      log.warn({ err: error }, 'The end of the host list could not be cut off');
    }
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const prepared: { change: Change; changed: readonly HostEntry[] }[] = [];
    let text = '';
    let lines = 0;
    for (const change of batch) {
      const result = await change.prepare();
      if (!result.ok) {
        change.settle(result);
        continue;
      }
      prepared.push({ change, changed: result.value });
      for await (const entry of inSlices(result.value)) text += sealLine(entry);
      lines += result.value.length;
    }
    if (text !== '') {
      try {
        await append(text);
      } catch (error) {
        log.error({ err: error }, 'A change of the host list could not be written');
        await cutTail();
        const result = { ok: false, failure: describeWriteError(error) } as const;
        for (const { change } of prepared) change.settle(result);
        return;
      }
    }
    entries += lines;
    sinceSnapshot?.push(text);
    for (const { change, changed } of prepared) {
      for (const entry of changed) applyEntry(contents, entry);
      change.settle(succeed(undefined));
      if (changed.length > 0) publish(change.event(changed));
    }
    const live = contents.hosts.size + contents.vaults.size;
    const garbage = entries - live;
    if (garbage > Math.max(garbageLines, live) && entries > compactAtLines) startCompaction();
  }

  function publish(change: HostChange): void {
    for (const listener of [...listeners]) {
      try {
        listener(change);
      } catch (error) {
        log.error({ err: error }, 'A listener of the host list failed');
      }
    }
  }

  function request(prepare: Change['prepare'], event: Change['event']): Promise<Result<void>> {
    if (closing) return Promise.resolve(fail('store_failed', 'Proxima is closing'));
    return new Promise((settle) => {
      waiting.push({ prepare, event, settle });
      if (waiting.length === 1) void inTurn(writeWaiting);
    });
  }

  function startCompaction(): void {
    if (sinceSnapshot !== undefined || closing) return;
    sinceSnapshot = [];
    compacting = compact();
  }

  async function compact(): Promise<void> {
    const temporary = `${path}.new`;
    try {
      const hosts = [...contents.hosts.values()];
      const vaults = [...contents.vaults.values()];
      await writeDurably(temporary, writeHostDocument({ hosts, vaults }));
      await inTurn(async () => {
        const added = (sinceSnapshot ?? []).join('');
        const size = await appendTo(temporary, added);
        await swap(temporary);
        // From here on the new document is the one in place, whatever fails.
        folderIsBehind = true;
        hasTail = false;
        length = size;
        entries = hosts.length + vaults.length + added.split('\n').length - 1;
        await flushFolder();
      });
      log.info({ entries }, 'The host list was written anew');
    } catch (error) {
      log.warn({ err: error }, 'The host list could not be written anew; it goes on as it was');
      compactAtLines = entries * 2;
      await rm(temporary, { force: true }).catch(() => undefined);
    } finally {
      sinceSnapshot = undefined;
    }
  }

  /** Puts the new document in place of the old one, which becomes the first generation. */
  async function swap(temporary: string): Promise<void> {
    // Windows doesn't replace open files.
    await handle?.close();
    handle = undefined;
    await shiftGenerations(place);
    const [firstGeneration] = generationPathsOf(place);
    await rename(path, firstGeneration!);
    try {
      await rename(temporary, path);
    } catch (error) {
      await rename(firstGeneration!, path);
      throw error;
    }
  }

  if (document.changes > 0) startCompaction();

  return {
    vaults: () => [...contents.vaults.values()],
    hosts: () => contents.hosts,
    putHosts: (hosts) =>
      request(
        () => prepareHosts(hosts, contents),
        (changed) => ({
          kind: 'put',
          hosts: changed.flatMap((entry) => ('put' in entry ? [entry.put] : [])),
        }),
      ),
    removeHosts: (hostIds) =>
      request(
        () => Promise.resolve(succeed(hostIds.map((remove) => ({ remove })))),
        () => ({ kind: 'removed', hostIds }),
      ),
    putVault: (vault) =>
      request(
        () => {
          const parsed = vaultSchema.safeParse(vault);
          const unknown = contents.vaults.get(vault.id);
          return Promise.resolve(
            parsed.success
              ? succeed([{ vault: { ...unknown, ...parsed.data } }])
              : fail('input_invalid', parsed.error.issues[0]?.message),
          );
        },
        () => ({ kind: 'vaults', vaults: [...contents.vaults.values()] }),
      ),
    removeVault: (vaultId) =>
      request(
        () =>
          Promise.resolve(
            vaultId === generalVault.id
              ? fail('input_invalid', 'the general vault is always there')
              : succeed([{ removeVault: vaultId }]),
          ),
        () => ({ kind: 'vaults', vaults: [...contents.vaults.values()] }),
      ),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      closing = true;
      await turn;
      await compacting;
      await handle?.close();
      handle = undefined;
    },
  };
}

/** Checks hosts as they will be checked when they are read again, and keeps the fields that only their stored form has. */
async function prepareHosts(
  hosts: readonly Host[],
  contents: HostContents,
): Promise<Result<readonly HostEntry[]>> {
  const changed: HostEntry[] = [];
  for await (const host of inSlices(hosts)) {
    const parsed = storedHostSchema.safeParse(host);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return fail('input_invalid', issue && `${issue.path.join('.')}: ${issue.message}`);
    }
    const stored = contents.hosts.get(host.id) ?? {};
    const unknown = Object.entries(stored).filter(([name]) => !Object.hasOwn(storedHostSchema.shape, name));
    changed.push({ put: { ...Object.fromEntries(unknown), ...parsed.data } });
  }
  return succeed(changed);
}

/** Appends to a file that nobody reads yet, and returns its whole length in bytes. */
async function appendTo(path: string, text: string): Promise<number> {
  const handle = await open(path, 'a');
  try {
    if (text !== '') await handle.appendFile(text);
    await handle.sync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
