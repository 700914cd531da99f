import { expect, test } from 'vitest';
import { createPoolKey, openConnectionId, sealConnectionId } from './seal.ts';

const sessionId = '6f3c2a10-3c58-4b7e-9d7e-0a5b8f7d1c11';
const connectionId = '$260d01da-779b-4ee9-afc1-c16bae885cc7';

async function seal(publicKey: string): Promise<string> {
  const sealed = await sealConnectionId(publicKey, sessionId, connectionId);
  if (!sealed.ok) throw new Error(sealed.failure.code);
  return sealed.value;
}

test('a connection id is opened with the key of its pool, and with no other', async () => {
  const [pool, other] = [await createPoolKey(), await createPoolKey()];
  const sealed = await seal(pool.publicKey);
  expect(Buffer.from(sealed, 'base64').includes(connectionId)).toBe(false);
  expect(sealed.length).toBeLessThan(200);
  expect(await openConnectionId(pool.privateKeyPem, sessionId, sealed)).toEqual({
    ok: true,
    value: connectionId,
  });
  for (const [key, session, text] of [
    [other.privateKeyPem, sessionId, sealed],
    [pool.privateKeyPem, '00000000-0000-4000-8000-000000000001', sealed],
    [pool.privateKeyPem, sessionId, sealed.slice(0, -8)],
    [pool.privateKeyPem, sessionId, ''],
    ['no key', sessionId, sealed],
  ] as const)
    expect(await openConnectionId(key, session, text)).toMatchObject({
      failure: { code: 'registry_denied' },
    });
});

test('two seals of the same id tell nothing of each other', async () => {
  const { publicKey } = await createPoolKey();
  expect(await seal(publicKey)).not.toBe(await seal(publicKey));
});

test.each(['', 'AAAA', 'not base64 at all', Buffer.alloc(65, 4).toString('base64')])(
  'a key that is none is told: %j',
  async (publicKey) => {
    expect(await sealConnectionId(publicKey, sessionId, connectionId)).toMatchObject({
      failure: { code: 'registry_newer' },
    });
  },
);
