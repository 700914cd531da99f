import { isDeepStrictEqual } from 'node:util';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { SecretStore } from '../broker/ports.ts';

/**
 * Moves entries from one place to another. Nothing is removed before everything is there and was read back, so that after a failure
 * or a crash all of it is still where it was, and the move can be repeated. Resolves to how many there were.
 */
export async function moveSecrets(
  entryIds: readonly string[],
  from: SecretStore,
  to: SecretStore,
): Promise<Result<number>> {
  const moved: string[] = [];
  for (const entryId of entryIds) {
    const secret = await from.read(entryId);
    if (!secret.ok) return secret;
    if (Object.keys(secret.value).length === 0) continue;
    const written = await to.write(entryId, secret.value);
    if (!written.ok) return written;
    const back = await to.read(entryId);
    if (!back.ok) return back;
    if (!isDeepStrictEqual(back.value, secret.value))
      return fail('secrets_unreadable', 'an entry came back otherwise than it was written');
    moved.push(entryId);
  }
  const removed = await from.remove(moved);
  return removed.ok ? succeed(moved.length) : removed;
}
