import { z } from 'zod';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { hostIdSchema, type Secret } from '../../shared/model/host.ts';
import type { SecretStore } from '../broker/ports.ts';
import type { Collection } from '../collections/collection.ts';
import { minimumKeyBytes } from './encryptedFile.ts';
import { createDocument, openDocument, openEntry, sealEntry, writeDocument } from './secretDocument.ts';
import { describeSecret, dropEmptyParts, parseSecret } from './secretEntry.ts';

/** Hosts without a password open this much later while etcd is away. */
const lookPatienceMs = 500;

/** In the collection of keys: how the farm's key is derived, and a proof that it is the right one. */
const derivationId = 'derivation';

/** `secrets.json` of a data folder without an entry. */
export const keyDocumentSchema = z.looseObject({ format: z.literal('proxima-secrets'), version: z.int() });
export type KeyDocument = z.infer<typeof keyDocumentSchema>;

export interface FarmSecrets extends SecretStore {
  /** {@link SecretStore.write} for many. */
  writeAll(secrets: ReadonlyMap<string, Secret>): Promise<Result<void>>;
}

export interface FarmSecretsOptions {
  readonly keys: Collection<KeyDocument>;
  /** Sealed; nothing else may be read out of them. */
  readonly entries: Collection<unknown>;
  /** The content of the farm's key file, at least 16 bytes; the same on every node. It stays in this process. */
  readonly key: string | Uint8Array;
}

/**
 * The secrets of a farm, sealed as in the encrypted file of one machine: AES-256-GCM under a key that scrypt derives, each bound to its
 * entry. The first node to start makes the salt; all others have to have the same key.
 *
 * Fails with `secrets_unreadable` where this node's key is another one, with `document_too_new` where a newer Proxima made it, and with
 * the registry's failures. Later, an entry that was tampered with fails with `secrets_unreadable` and no other does.
 */
export async function openFarmSecrets({
  keys,
  entries,
  key,
}: FarmSecretsOptions): Promise<Result<FarmSecrets>> {
  if (Buffer.byteLength(key) < minimumKeyBytes)
    return fail('secrets_unavailable', `the key is shorter than ${minimumKeyBytes} bytes`);
  const derived = await deriveFarmKey(keys, key);
  if (!derived.ok) return derived;
  const farmKey = derived.value;

  function open(entryId: string, entry: unknown): Result<Secret> {
    if (entry === undefined) return succeed({});
    const text = openEntry(farmKey, entryId, entry);
    const secret = text === undefined ? undefined : parseSecret(text);
    return secret === undefined
      ? fail('secrets_unreadable', 'its sealed entry was changed by somebody else, or is damaged')
      : succeed(secret);
  }

  /** Another node may have written it this instant. Where etcd is away, what has been heard counts. */
  async function lookFor(entryId: string): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const outOfPatience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), lookPatienceMs);
    });
    const fetched = await Promise.race([entries.fetch(entryId), outOfPatience]);
    clearTimeout(timer);
    return fetched?.ok ? fetched.value : undefined;
  }

  const seal = (entryId: string, parts: Secret) => sealEntry(farmKey, entryId, JSON.stringify(parts));

  return succeed({
    kind: 'encrypted-file',
    read: async (entryId) => open(entryId, entries.all().get(entryId) ?? (await lookFor(entryId))),
    write(entryId, secret) {
      const parts = dropEmptyParts(secret);
      return parts === undefined
        ? entries.removeAll([entryId])
        : entries.putAll(new Map([[entryId, seal(entryId, parts)]]));
    },
    writeAll(secrets) {
      const sealed = [...secrets].flatMap(([entryId, secret]) => {
        const parts = dropEmptyParts(secret);
        return parts === undefined ? [] : [[entryId, seal(entryId, parts)] as const];
      });
      return entries.putAll(new Map(sealed));
    },
    remove: (entryIds) => entries.removeAll(entryIds),
    describe(entryId) {
      const secret = open(entryId, entries.all().get(entryId));
      return Promise.resolve(secret.ok ? succeed(describeSecret(secret.value)) : secret);
    },
    listHostIds: () =>
      Promise.resolve(succeed([...entries.all().keys()].filter((id) => hostIdSchema.safeParse(id).success))),
  });
}

async function deriveFarmKey(
  keys: Collection<KeyDocument>,
  key: string | Uint8Array,
): Promise<Result<Buffer>> {
  const known = await keys.fetch(derivationId);
  if (!known.ok) return known;
  const document = known.value ? succeed(known.value) : await makeDerivation(keys, key);
  if (!document.ok) return document;
  const opened = await openDocument(JSON.stringify(document.value), key);
  switch (opened.kind) {
    case 'good':
      return succeed(opened.document.key);
    case 'newer':
      return fail('document_too_new', 'the key of the farm’s secrets');
    case 'other-key':
      return fail(
        'secrets_unreadable',
        'this node’s key is not the one that the farm’s secrets were sealed with',
      );
    case 'damaged':
      return fail('secrets_unreadable', 'what the farm’s key is derived by is damaged');
  }
}

/** Of several nodes that start at once, the first one's counts. */
async function makeDerivation(
  keys: Collection<KeyDocument>,
  key: string | Uint8Array,
): Promise<Result<KeyDocument>> {
  const { header } = await createDocument(key);
  let text = '';
  for await (const piece of writeDocument({ header, entries: new Map() })) text += piece;
  const made = keyDocumentSchema.parse(JSON.parse(text));
  const kept = await keys.change(derivationId, (there) => there ?? made);
  return kept.ok ? succeed(kept.value ?? made) : kept;
}
