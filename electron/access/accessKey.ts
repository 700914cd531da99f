import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { SecretStore } from '../broker/ports.ts';
import type { Collection } from '../collections/collection.ts';
import { createToken } from './token.ts';

/** Where the key is; or the key itself, where nothing here protects secrets. */
export const accessKeyDocumentSchema = z.object({
  version: z.literal(1),
  secretId: z.uuid().optional(),
  key: z.string().length(43).optional(),
});
export type AccessKeyDocument = z.infer<typeof accessKeyDocumentSchema>;

const documentId = 'access';

/**
 * The key that seals second factors and the steps of signing in: made once, by whichever node starts first, and the same for all from then
 * on. It lies with the stored passwords; without a place for those (`none`), in the collection itself, which only gateways may read.
 * Failures: those of both, and `secrets_unreadable` where the key was stored and isn't there any more.
 */
export async function openAccessKey(
  collection: Collection<AccessKeyDocument>,
  secrets: Pick<SecretStore, 'kind' | 'read' | 'write' | 'remove'>,
): Promise<Result<string>> {
  const existing = await collection.fetch(documentId);
  if (!existing.ok) return existing;
  if (existing.value) return readKey(existing.value, secrets);

  const key = createToken();
  const secretId = secrets.kind === 'none' ? undefined : randomUUID();
  if (secretId !== undefined) {
    const written = await secrets.write(secretId, { password: key });
    if (!written.ok) return written;
  }
  const own: AccessKeyDocument = secretId === undefined ? { version: 1, key } : { version: 1, secretId };
  const chosen = await collection.change(documentId, (current) => current ?? own);
  const isOwn = chosen.ok && chosen.value?.secretId === secretId && chosen.value?.key === own.key;
  if (!isOwn && secretId !== undefined) await secrets.remove([secretId]);
  if (!chosen.ok) return chosen;
  return chosen.value
    ? readKey(chosen.value, secrets)
    : fail('internal', 'the key of second factors went away');
}

async function readKey(
  { secretId, key }: AccessKeyDocument,
  secrets: Pick<SecretStore, 'read'>,
): Promise<Result<string>> {
  if (key !== undefined) return succeed(key);
  const read = secretId === undefined ? undefined : await secrets.read(secretId);
  if (read?.ok === false) return read;
  const { password } = read?.value ?? {};
  return password === undefined
    ? fail('secrets_unreadable', 'the key that opens second factors is not there any more')
    : succeed(password);
}
