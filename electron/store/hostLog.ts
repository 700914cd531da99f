import { open, rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { generalVault } from '../../shared/model/host.ts';
import type { HostChange, HostStore } from '../broker/ports.ts';
import { writeDurably } from '../disk/replaceFile.ts';
import { continueFile } from './appendedFile.ts';
import { generationPathsOf, pathOf, shiftGenerations, type DocumentPlace } from '../disk/generations.ts';
import { composeStoredHosts, composeStoredVault } from './hostCheck.ts';
import {
  applyEntry,
  sealInPieces,
  writeHostDocument,
  type HostContents,
  type HostEntry,
} from './hostDocument.ts';
import { describeWriteError } from '../disk/writeError.ts';

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
  const file = continueFile(path, document.length);
  let { entries } = document;
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

  async function writeWaiting(): Promise<void> {
    const batch = waiting;
    waiting = [];
    const accepted: { change: Change; changed: readonly HostEntry[] }[] = [];
    const pieces: string[] = [];
    try {
      for (const change of batch) {
        const prepared = await change.prepare();
        if (prepared.ok) accepted.push({ change, changed: prepared.value });
        else change.settle(prepared);
      }
      const lines = accepted.flatMap(({ changed }) => changed);
      for await (const piece of sealInPieces(lines)) pieces.push(piece);
      if (lines.length > 0) await file.append(pieces);
      entries += lines.length;
    } catch (error) {
      log.error({ err: error }, 'A change of the host list could not be written');
      for (const { settle } of batch) settle({ ok: false, failure: describeWriteError(error) });
      return;
    }
    sinceSnapshot?.push(...pieces);
    for (const { change, changed } of accepted) {
      for (const entry of changed) applyEntry(contents, entry);
      change.settle(succeed(undefined));
      if (changed.length > 0) publish(change.event(changed));
    }
    const live = contents.hosts.size + contents.vaults.size;
    if (entries - live > Math.max(garbageLines, live) && entries > compactAtLines) startCompaction();
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
      await writeDurably(temporary, writeHostDocument(hosts, vaults));
      await inTurn(async () => {
        const added = (sinceSnapshot ?? []).join('');
        const nextLength = await appendTo(temporary, added);
        await shiftGenerations(place);
        await file.replace({ kept: generationPathsOf(place)[0]!, next: temporary }, nextLength);
        entries = hosts.length + vaults.length + added.split('\n').length - 1;
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

  if (document.changes > 0) startCompaction();

  return {
    vaults: () => [...contents.vaults.values()],
    hosts: () => contents.hosts,
    putHosts: (hosts) =>
      request(
        async () => {
          const composed = await composeStoredHosts(hosts, contents.hosts);
          return composed.ok ? succeed(composed.value.map((put) => ({ put }))) : composed;
        },
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
        async () => {
          const composed = composeStoredVault(vault, contents.vaults.get(vault.id));
          return composed.ok ? succeed([{ vault: composed.value }]) : composed;
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
      await file.close();
    },
  };
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
