import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { hostIdSchema, type Secret } from '../../shared/model/host.ts';
import type { SecretStore } from '../broker/ports.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { inSlices } from '../disk/slices.ts';
import { describeSecret, dropEmptyParts, parseSecret } from './secretEntry.ts';

const fileName = 'secrets.json';
const documentVersion = 1;
const minimumKeyBytes = 16;
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

interface Change {
  /** Makes the change and says whether there was anything to change. */
  apply(next: Map<string, unknown>): boolean;
  settle(result: Result<void>): void;
}

interface OpenedFile {
  readonly key: Buffer;
  readonly header: Readonly<Record<string, unknown>>;
  readonly entries: Map<string, unknown>;
}

/**
 * Opens, or prepares to create, `secrets.json` in `folder`. `key` is what the administrator gave at the start, at least 16
 * bytes. Fails with `secrets_unreadable` where the key is another one or the file is damaged, and leaves the file as it is.
 * Later, an entry that was tampered with fails with `secrets_unreadable` and no other does; a change that can't be written
 * with `store_failed`.
 */
export async function openEncryptedFile(options: {
  readonly folder: string;
  readonly key: string | Uint8Array;
}): Promise<Result<SecretStore>> {
  const { folder, key } = options;
  const path = join(folder, fileName);
  if (Buffer.byteLength(key) < minimumKeyBytes)
    return fail('secrets_unavailable', `the key is shorter than ${minimumKeyBytes} bytes`);
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const text = await readIfThere(path);
    const opened = text === undefined ? await createFile(key) : await openFile(text, path, key);
    return opened.ok ? succeed(createFileStore(path, opened.value)) : opened;
  } catch (error) {
    return fail('secrets_unreadable', messageOf(error));
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function createFile(key: string | Uint8Array): Promise<Result<OpenedFile>> {
  const derivation: Derivation = { ...defaultCost, salt: randomBytes(32).toString('base64') };
  const derived = await deriveKey(key, derivation);
  const header = { format: 'proxima-secrets', version: documentVersion, scrypt: derivation };
  const check = seal(derived, headerData(derivation), '');
  return succeed({ key: derived, header: { ...header, check }, entries: new Map() });
}

async function openFile(text: string, path: string, key: string | Uint8Array): Promise<Result<OpenedFile>> {
  const content = parseJson(text);
  const newer = z
    .object({ format: z.literal('proxima-secrets'), version: z.int().min(2) })
    .safeParse(content);
  if (newer.success)
    return fail(
      'secrets_unreadable',
      `${path} was written by a newer version of Proxima; it was not changed`,
    );
  const document = documentSchema.safeParse(content);
  if (!document.success)
    return fail('secrets_unreadable', `${path} is damaged; it was not changed. Restore it, or move it away`);
  const { entries, ...header } = document.data;
  const derived = await deriveKey(key, header.scrypt);
  if (open(derived, headerData(header.scrypt), header.check) === undefined)
    return fail(
      'secrets_unreadable',
      `the key is not the one that ${path} was made with; it was not changed`,
    );
  return succeed({ key: derived, header, entries: new Map(Object.entries(entries)) });
}

function createFileStore(path: string, { key, header, entries }: OpenedFile): SecretStore {
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
      if (hasChanged) await replaceFile(path, writeDocument(header, next));
      entries.clear();
      for (const [hostId, entry] of next) entries.set(hostId, entry);
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

  function read(hostId: string): Result<Secret> {
    if (!entries.has(hostId)) return succeed({});
    const sealed = sealedSchema.safeParse(entries.get(hostId));
    const text = sealed.success ? open(key, entryData(hostId), sealed.data) : undefined;
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
    read: (hostId) => Promise.resolve(read(hostId)),
    write: (hostId, secret) => {
      const parts = dropEmptyParts(secret);
      return change((next) => {
        if (parts === undefined) return next.delete(hostId);
        next.set(hostId, seal(key, entryData(hostId), JSON.stringify(parts)));
        return true;
      });
    },
    remove: (hostIds) => change((next) => hostIds.filter((hostId) => next.delete(hostId)).length > 0),
    describe: (hostId) => {
      const secret = read(hostId);
      return Promise.resolve(secret.ok ? succeed(describeSecret(secret.value)) : secret);
    },
    // The keys of certificates lie here, too.
    listHostIds: () =>
      Promise.resolve(succeed([...entries.keys()].filter((entry) => hostIdSchema.safeParse(entry).success))),
  };
}

/** One line for each entry. In slices, because there may be many. */
async function* writeDocument(
  header: Readonly<Record<string, unknown>>,
  entries: ReadonlyMap<string, unknown>,
): AsyncGenerator<string> {
  let chunk = `${JSON.stringify(header).slice(0, -1)},\n"entries":{`;
  let separator = '\n';
  for await (const [hostId, entry] of inSlices(entries)) {
    chunk += `${separator}${JSON.stringify(hostId)}:${JSON.stringify(entry)}`;
    separator = ',\n';
    if (chunk.length < 65_536) continue;
    yield chunk;
    chunk = '';
  }
  yield `${chunk}}}\n`;
}

const headerData = ({ N, r, p, salt }: Derivation): string =>
  JSON.stringify(['proxima-secrets', documentVersion, N, r, p, salt]);

/** Binds an entry to its host, so that entries can't be exchanged. */
const entryData = (hostId: string): string => JSON.stringify(['entry', hostId]);

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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
