import { succeed, type Result } from '../../shared/contract/failure.ts';
import type { Engine } from './engine.ts';
import { keysOf } from './keys.ts';
import { createPoolKey } from './seal.ts';

/**
 * Gives a pool the public key that connection ids are sealed to, where it has none. `keep` is given the private one before
 * anybody can seal to it, and `discard` is called where another was quicker.
 */
export async function publishPoolKey(
  engine: Pick<Engine, 'transact'>,
  poolId: string,
  privateKey: { keep(pem: string): Promise<void>; discard(): Promise<void> },
): Promise<Result<'made' | 'unchanged'>> {
  const key = keysOf(poolId).sealing;
  const isAbsent = { key, target: 'create', is: '=', value: 0 } as const;
  const found = await engine.transact({ compare: [isAbsent], then: [] });
  if (!found.ok) return found;
  if (!found.value.succeeded) return succeed('unchanged');
  const { publicKey, privateKeyPem } = await createPoolKey();
  await privateKey.keep(privateKeyPem);
  const published = await engine.transact({
    compare: [isAbsent],
    then: [{ kind: 'put', key, value: publicKey }],
    otherwise: [{ kind: 'get', key }],
  });
  // Whose fate is unknown may have been published: the private key stays.
  if (!published.ok) return published;
  const isOurs = published.value.succeeded || published.value.read[0]?.[0]?.value === publicKey;
  if (isOurs) return succeed('made');
  await privateKey.discard();
  return succeed('unchanged');
}
