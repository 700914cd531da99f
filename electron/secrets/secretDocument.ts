import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { inSlices } from '../disk/slices.ts';

const documentVersion = 1;
/** About 60 ms and 32 MiB, once at the start. */
const defaultCost = { N: 2 ** 15, r: 8, p: 1 } as const;
/** NIST SP 800-38D §8.2.2: random nonces of 96 bits; one key stays far below its 2^32 invocations. */
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM: nonce, ciphertext, tag. */
const sealedSchema = z.object({
  nonce: base64Of(nonceBytes),
  data: z.base64(),
  tag: base64Of(tagBytes),
});
type Sealed = z.infer<typeof sealedSchema>;

/** RFC 7914. Bounded, so that a changed file can't ask for all memory. */
const derivationSchema = z.object({
  N: z.int().refine((cost) => cost >= 2 ** 14 && cost <= 2 ** 20 && Number.isInteger(Math.log2(cost))),
  r: z.int().min(1).max(16),
  p: z.int().min(1).max(4),
  salt: z.base64().min(24),
});
type Derivation = z.infer<typeof derivationSchema>;

const documentSchema = z.object({
  format: z.literal('proxima-secrets'),
  version: z.literal(documentVersion),
  scrypt: derivationSchema,
  /** Nothing, sealed with the header as associated data: only the right key and an unchanged header open it. */
  check: sealedSchema,
  /** By host id. An entry that is damaged doesn't take the others with it. */
  entries: z.record(z.string(), z.unknown()),
});
const newerSchema = z.object({ format: z.literal('proxima-secrets'), version: z.int().min(2) });

/** The content of `secrets.json`, with the derived key that opens it. */
export interface SecretDocument {
  readonly key: Buffer;
  readonly header: Readonly<Record<string, unknown>>;
  /** Sealed, by entry. */
  readonly entries: Map<string, unknown>;
}

/** An empty one with a salt of its own. */
export async function createDocument(key: string | Uint8Array): Promise<SecretDocument> {
  const derivation: Derivation = { ...defaultCost, salt: randomBytes(32).toString('base64') };
  const derived = await deriveKey(key, derivation);
  const header = { format: 'proxima-secrets', version: documentVersion, scrypt: derivation };
  const check = seal(derived, headerData(derivation), '');
  return { key: derived, header: { ...header, check }, entries: new Map() };
}

export async function openDocument(
  text: string,
  key: string | Uint8Array,
): Promise<
  | { readonly kind: 'good'; readonly document: SecretDocument }
  | { readonly kind: 'newer' | 'damaged' | 'other-key' }
> {
  const content = parseJson(text);
  if (newerSchema.safeParse(content).success) return { kind: 'newer' };
  const parsed = documentSchema.safeParse(content);
  if (!parsed.success) return { kind: 'damaged' };
  const { entries, ...header } = parsed.data;
  const derived = await deriveKey(key, header.scrypt);
  if (open(derived, headerData(header.scrypt), header.check) === undefined) return { kind: 'other-key' };
  return { kind: 'good', document: { key: derived, header, entries: new Map(Object.entries(entries)) } };
}

/** One line for each entry. In slices, because there may be many. */
export async function* writeDocument({
  header,
  entries,
}: Pick<SecretDocument, 'header' | 'entries'>): AsyncGenerator<string> {
  let chunk = `${JSON.stringify(header).slice(0, -1)},\n"entries":{`;
  let separator = '\n';
  for await (const [entryId, entry] of inSlices(entries)) {
    chunk += `${separator}${JSON.stringify(entryId)}:${JSON.stringify(entry)}`;
    separator = ',\n';
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}}}\n`;
}

export const sealEntry = (key: Buffer, entryId: string, text: string): unknown =>
  seal(key, entryData(entryId), text);

/** `undefined` where it was changed, or isn't that entry's. */
export function openEntry(key: Buffer, entryId: string, entry: unknown): string | undefined {
  const sealed = sealedSchema.safeParse(entry);
  return sealed.success ? open(key, entryData(entryId), sealed.data) : undefined;
}

const headerData = ({ N, r, p, salt }: Derivation): string =>
  JSON.stringify(['proxima-secrets', documentVersion, N, r, p, salt]);

/** Binds an entry to its host, so that entries can't be exchanged. */
const entryData = (entryId: string): string => JSON.stringify(['entry', entryId]);

function seal(key: Buffer, associated: string, text: string): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(associated));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    nonce: nonce.toString('base64'),
    data: data.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

function open(key: Buffer, associated: string, { nonce, data, tag }: Sealed): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(associated));
  decipher.setAuthTag(Buffer.from(tag, 'base64'));
  try {
    return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const deriveKey = (key: string | Uint8Array, { N, r, p, salt }: Derivation): Promise<Buffer> =>
  promisify<string | Uint8Array, Buffer, number, object, Buffer>(scrypt)(
    key,
    Buffer.from(salt, 'base64'),
    32,
    {
      N,
      r,
      p,
      maxmem: 256 * N * r,
    },
  );

function base64Of(bytes: number) {
  return z.base64().refine((text) => Buffer.from(text, 'base64').length === bytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
