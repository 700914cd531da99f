import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { inSlices } from '../disk/slices.ts';

const format = 'proxima-collection';
const documentVersion = 1;

const documentSchema = z.object({
  format: z.literal(format),
  version: z.literal(documentVersion),
  name: z.string(),
  documents: z.record(z.string(), z.unknown()),
});
const newerSchema = z.object({ format: z.literal(format), version: z.int().min(documentVersion + 1) });

/** What is in a file, as far as this version understands it. */
export interface CollectionContents<T> {
  readonly documents: Map<string, T>;
  /** The others, as they are. */
  readonly strange: Map<string, unknown>;
}

export type ReadCollection<T> =
  | { readonly kind: 'missing' | 'newer' | 'damaged' }
  | { readonly kind: 'good'; readonly contents: CollectionContents<T>; readonly text: string };

/** @throws the file system's error where the file is there and can't be read. */
export async function readCollection<T>(
  path: string,
  name: string,
  schema: z.ZodType<T>,
): Promise<ReadCollection<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  const content = parseJson(text);
  if (newerSchema.safeParse(content).success) return { kind: 'newer' };
  const parsed = documentSchema.safeParse(content).data;
  if (parsed?.name !== name) return { kind: 'damaged' };
  const contents: CollectionContents<T> = { documents: new Map(), strange: new Map() };
  for await (const [id, value] of inSlices(Object.entries(parsed.documents))) {
    const document = schema.safeParse(value);
    if (document.success) contents.documents.set(id, document.data);
    else contents.strange.set(id, value);
  }
  return { kind: 'good', contents, text };
}

const pieceLength = 65_536;

/** A line for each document, in pieces of text. */
export async function* writeCollection(
  name: string,
  { documents, strange }: CollectionContents<unknown>,
): AsyncGenerator<string> {
  const header = JSON.stringify({ format, version: documentVersion, name });
  let piece = `${header.slice(0, -1)},\n"documents":{`;
  let separator = '\n';
  for (const part of [strange, documents]) {
    for await (const [id, document] of inSlices(part)) {
      piece += `${separator}${JSON.stringify(id)}:${JSON.stringify(document)}`;
      separator = ',\n';
      if (piece.length < pieceLength) continue;
      yield piece;
      piece = '';
    }
  }
  yield `${piece}}}\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
