import { expect, it } from 'vitest';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import type { Secret } from '../../shared/model/host.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { type AccessKeyDocument, accessKeyDocumentSchema, openAccessKey } from './accessKey.ts';

function createSecrets(kind: 'encrypted-file' | 'none' = 'encrypted-file') {
  const stored = new Map<string, Secret>();
  return {
    stored,
    kind,
    read: (id: string): Promise<Result<Secret>> => Promise.resolve(succeed(stored.get(id) ?? {})),
    write: (id: string, secret: Secret): Promise<Result<void>> => {
      stored.set(id, secret);
      return Promise.resolve(succeed(undefined));
    },
    remove: (ids: readonly string[]): Promise<Result<void>> => {
      for (const id of ids) stored.delete(id);
      return Promise.resolve(succeed(undefined));
    },
  };
}

it('is made once, by nodes that start at the same time as well, and lies with the passwords', async () => {
  const collection = createMemoryCollection<AccessKeyDocument>();
  const secrets = createSecrets();
  const [one, other] = await Promise.all([
    openAccessKey(collection, secrets),
    openAccessKey(collection, secrets),
  ]);
  expect(one).toMatchObject({ ok: true, value: expect.stringMatching(/^[\w-]{43}$/) });
  expect(other).toEqual(one);
  expect(await openAccessKey(collection, secrets)).toEqual(one);
  expect(secrets.stored.size).toBe(1);
  const documents = [...collection.all().values()];
  expect(JSON.stringify(documents)).not.toContain(one.ok ? one.value : '');
  expect(documents.map((document) => accessKeyDocumentSchema.parse(document))).toEqual(documents);
});

it('lies in the collection where nothing protects passwords', async () => {
  const collection = createMemoryCollection<AccessKeyDocument>();
  const key = await openAccessKey(collection, createSecrets('none'));
  expect(key).toMatchObject({ ok: true });
  expect(await openAccessKey(collection, createSecrets('none'))).toEqual(key);
});

it('is not made anew where it was lost: nobody could sign in who has a second factor, and nobody would know why', async () => {
  const collection = createMemoryCollection<AccessKeyDocument>();
  const secrets = createSecrets();
  await openAccessKey(collection, secrets);
  secrets.stored.clear();
  expect(await openAccessKey(collection, secrets)).toMatchObject({ failure: { code: 'secrets_unreadable' } });
});
