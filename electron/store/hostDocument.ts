import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  generalVault,
  hostIdSchema,
  hostSchema,
  vaultIdSchema,
  vaultSchema,
  type Host,
  type Vault,
} from '../../shared/model/host.ts';
import { inSlices } from '../disk/slices.ts';
import { judgeTail, openLine, sealLine } from './sealedLine.ts';

/** The version of the document that this program writes, and the newest that it reads. */
export const documentVersion = 1;

/** Fields that a later version or another tool added are kept. */
export const storedHostSchema = hostSchema.loose();
export const storedVaultSchema = vaultSchema.loose();

const entrySchema = z.union([
  z.strictObject({ put: storedHostSchema }),
  z.strictObject({ remove: hostIdSchema }),
  z.strictObject({ vault: storedVaultSchema }),
  z.strictObject({ removeVault: vaultIdSchema }),
]);

/** One change, as a line of the document holds it. */
export type HostEntry =
  | { readonly put: Host }
  | { readonly remove: string }
  | { readonly vault: Vault }
  | { readonly removeVault: string };

/** The first line. A later version keeps it sealed and so far alike that an older program can tell that it is newer. */
const headerSchema = z.looseObject({
  format: z.literal('proxima-hosts'),
  version: z.int().positive(),
});
const headerOfThisVersionSchema = headerSchema.extend({
  /** How many lines were written with the header; those after them are changes. */
  entries: z.int().nonnegative(),
});

/** All hosts and vaults, by id. */
export interface HostContents {
  readonly hosts: Map<string, Host>;
  readonly vaults: Map<string, Vault>;
}

export const emptyContents = (): HostContents => ({
  hosts: new Map(),
  vaults: new Map([[generalVault.id, generalVault]]),
});

export function applyEntry({ hosts, vaults }: HostContents, entry: HostEntry): void {
  if ('put' in entry) hosts.set(entry.put.id, entry.put);
  else if ('remove' in entry) hosts.delete(entry.remove);
  else if ('vault' in entry) vaults.set(entry.vault.id, entry.vault);
  else vaults.delete(entry.removeVault);
}

/** What lies at a path. Offsets and lengths are in bytes. */
export type HostDocument =
  | { readonly kind: 'missing' }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged'; readonly reason: string }
  | {
      readonly kind: 'good';
      readonly contents: HostContents;
      /** Hosts that were removed since the document was last written as a whole. */
      readonly removedHostIds: ReadonlySet<string>;
      /** Lines after the header. */
      readonly entries: number;
      /** Those of them that came after the document was last written as a whole. */
      readonly changes: number;
      /** Where the next append belongs; whatever lies beyond was never acknowledged. */
      readonly length: number;
      /** The last line lacks its line feed at `length` − 1. */
      readonly lacksLineFeed: boolean;
    };

const lineFeed = 0x0a;

/** The whole lines with their line feeds, then, where there is one, the part without. */
function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(lineFeed, start) + 1 || bytes.length;
    yield bytes.subarray(start, end);
    start = end;
  }
}

function readHeader(line: Buffer): { entries: number } | { newer: number } | undefined {
  const opened = openLine(line);
  const header = headerSchema.safeParse(opened);
  if (header.success && header.data.version > documentVersion) return { newer: header.data.version };
  return headerOfThisVersionSchema.safeParse(opened).data;
}

/**
 * Reads a document, in slices that let the event loop turn. Only an append that a crash cut short is forgiven.
 *
 * @throws the file system's error where the file is there and can't be read.
 */
export async function readHostDocument(path: string): Promise<HostDocument> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  return parseHostDocument(bytes);
}

/** {@link readHostDocument} for bytes in memory. */
export async function parseHostDocument(bytes: Buffer): Promise<HostDocument> {
  const contents = emptyContents();
  const removedHostIds = new Set<string>();
  let header: { entries: number } | undefined;
  let entries = 0;
  let length = 0;
  let lacksLineFeed = false;
  for await (let line of inSlices(linesOf(bytes))) {
    if (header === undefined) {
      const read = readHeader(line);
      if (read === undefined) return { kind: 'damaged', reason: 'its first line is not that of a host list' };
      if ('newer' in read) return { kind: 'newer', version: read.newer };
      header = read;
      length = line.length;
      continue;
    }
    if (line.at(-1) !== lineFeed) {
      const tail = judgeTail(line);
      if (tail.kind === 'torn') break;
      if (tail.kind === 'damaged') return { kind: 'damaged', reason: 'its last line is not readable' };
      line = tail.line;
      lacksLineFeed = true;
    }
    const entry = entrySchema.safeParse(openLine(line));
    if (!entry.success) return { kind: 'damaged', reason: `line ${entries + 2} is not readable` };
    applyEntry(contents, entry.data);
    if ('remove' in entry.data) removedHostIds.add(entry.data.remove);
    if ('put' in entry.data) removedHostIds.delete(entry.data.put.id);
    entries += 1;
    length += line.length;
  }
  if (header === undefined) return { kind: 'damaged', reason: 'it is empty' };
  if (entries < header.entries) return { kind: 'damaged', reason: 'its end is missing' };
  const changes = entries - header.entries;
  return { kind: 'good', contents, removedHostIds, entries, changes, length, lacksLineFeed };
}

const pieceLength = 65_536;

/** The lines of these entries, in pieces of text worth handing to the file system. */
export async function* sealInPieces(entries: readonly HostEntry[]): AsyncGenerator<string> {
  let piece = '';
  for await (const entry of inSlices(entries)) {
    piece += sealLine(entry);
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** A whole document that holds these and nothing else, in pieces of text. */
export async function* writeHostDocument(
  hosts: readonly Host[],
  vaults: readonly Vault[],
): AsyncGenerator<string> {
  yield sealLine({
    format: 'proxima-hosts',
    version: documentVersion,
    entries: hosts.length + vaults.length,
    writtenAt: new Date().toISOString(),
  });
  yield* sealInPieces([...vaults.map((vault) => ({ vault })), ...hosts.map((put) => ({ put }))]);
}
