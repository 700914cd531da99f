import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { openEncryptedFile, rotateKey } from './encryptedFile.ts';
import { secretStoreConformance } from './secretStore.conformance.ts';

const key = 'the key of the administrator';
const places: string[] = [];

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-secrets-'));
  places.push(folder);
  return folder;
}

afterEach(async () => {
  for (const folder of places.splice(0)) await rm(folder, { recursive: true, force: true });
});

secretStoreConformance('the encrypted file', async () => {
  const folder = join(await createFolder(), 'data');
  return () => openEncryptedFile({ folder, key });
});

async function openIn(folder: string) {
  const opened = await openEncryptedFile({ folder, key });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

/** A file with two entries, and a way to change its content. */
async function prepare() {
  const folder = await createFolder();
  const store = await openIn(folder);
  const ids = [randomUUID(), randomUUID()] as const;
  await store.write(ids[0], { password: 'canary-1' });
  await store.write(ids[1], { password: 'canary-2' });
  const path = join(folder, 'secrets.json');
  const change = async (edit: (content: Content) => void) => {
    const content = JSON.parse(await readFile(path, 'utf8')) as Content;
    edit(content);
    await writeFile(path, JSON.stringify(content));
  };
  return { folder, path, copyPath: join(folder, 'secrets.1.json'), ids, change };
}

interface Sealed {
  nonce: string;
  data: string;
  tag: string;
}
interface Content {
  version: number;
  scrypt: { N: number; r: number; p: number; salt: string };
  check: Sealed;
  entries: Record<string, Sealed>;
}

describe('the encrypted file', () => {
  it('shows no secret, and is ours only', async () => {
    const { path } = await prepare();
    expect(await readFile(path, 'utf8')).not.toContain('canary');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const folder = join(await createFolder(), 'new');
    await openIn(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('never uses a nonce twice', async () => {
    const folder = await createFolder();
    const store = await openIn(folder);
    const nonces = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const hostId = randomUUID();
      await store.write(hostId, { password: 'same' });
      const content = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as Content;
      nonces.add(content.entries[hostId]!.nonce);
    }
    expect(nonces.size).toBe(20);
  });

  it('tells a wrong key, and leaves the file as it is', async () => {
    const { folder, path } = await prepare();
    const before = await readFile(path);
    const opened = await openEncryptedFile({ folder, key: 'another key, just as long' });
    expect(opened).toMatchObject({ failure: { code: 'secrets_unreadable' } });
    expect(!opened.ok && opened.failure.detail).toContain('key is not the one');
    expect(await readFile(path)).toEqual(before);
  });

  it('takes the same key as text and as bytes, and refuses a short one', async () => {
    const { folder, ids } = await prepare();
    const opened = await openEncryptedFile({ folder, key: Buffer.from(key) });
    expect(opened.ok && (await opened.value.read(ids[0]))).toEqual({
      ok: true,
      value: { password: 'canary-1' },
    });
    expect(await openEncryptedFile({ folder: await createFolder(), key: 'short' })).toMatchObject({
      failure: { code: 'secrets_unavailable' },
    });
  });

  it.each<[string, (content: Content) => void]>([
    ['its cost', ({ scrypt }) => void (scrypt.N *= 2)],
    ['its salt', ({ scrypt }) => void (scrypt.salt = Buffer.alloc(32).toString('base64'))],
    ['a cost that takes all memory', ({ scrypt }) => void (scrypt.N = 2 ** 30)],
    ['its check', ({ check }) => void (check.tag = Buffer.alloc(16).toString('base64'))],
    ['a shortened tag', ({ check }) => void (check.tag = check.tag.slice(0, 8))],
  ])('is not opened with a changed header: %s', async (_name, edit) => {
    const { folder, path, copyPath, change } = await prepare();
    await change(edit);
    await rm(copyPath);
    const before = await readFile(path);
    expect(await openEncryptedFile({ folder, key })).toMatchObject({
      failure: { code: 'secrets_unreadable' },
    });
    expect(await readFile(path)).toEqual(before);
  });

  it.each(['', 'garbage', '{"format":"proxima-secrets"', '[]'])(
    'that holds %j is not opened and not overwritten',
    async (text) => {
      const folder = await createFolder();
      await writeFile(join(folder, 'secrets.json'), text);
      expect(await openEncryptedFile({ folder, key })).toMatchObject({
        failure: { code: 'secrets_unreadable' },
      });
      expect(await readFile(join(folder, 'secrets.json'), 'utf8')).toBe(text);
    },
  );

  it.each<[string, (entries: Record<string, Sealed>, first: string, second: string) => void]>([
    ['of another host', (entries, first, second) => void (entries[first] = entries[second]!)],
    [
      'with another nonce',
      (entries, first) => void (entries[first]!.nonce = Buffer.alloc(12).toString('base64')),
    ],
    ['with a cut tag', (entries, first) => void (entries[first]!.tag = entries[first]!.tag.slice(0, 8))],
    ['with other data', (entries, first) => void (entries[first]!.data = 'AAAA')],
    ['that is none', (entries, first) => void (entries[first] = 5 as never)],
  ])('says of an entry %s that it can not be read, and reads the others', async (_name, edit) => {
    const { folder, ids, change } = await prepare();
    await change(({ entries }) => edit(entries, ids[0], ids[1]));
    const store = await openIn(folder);
    expect(await store.read(ids[0])).toMatchObject({ failure: { code: 'secrets_unreadable' } });
    expect(await store.describe(ids[0])).toMatchObject({ failure: { code: 'secrets_unreadable' } });
    expect(await store.read(ids[1])).toEqual({ ok: true, value: { password: 'canary-2' } });
    // A change of another host keeps it as it is; a new secret replaces it.
    await store.write(ids[1], { password: 'changed' });
    expect(await (await openIn(folder)).read(ids[0])).toMatchObject({
      failure: { code: 'secrets_unreadable' },
    });
    await store.write(ids[0], { password: 'new' });
    expect(await (await openIn(folder)).read(ids[0])).toEqual({ ok: true, value: { password: 'new' } });
  });

  it('keeps what it had where a change can not be written, and takes the next', async () => {
    const { folder, path, ids } = await prepare();
    const store = await openIn(folder);
    await mkdir(`${path}.new`);
    expect(await store.write(ids[0], { password: 'lost' })).toMatchObject({
      failure: { code: 'store_failed' },
    });
    expect(await store.remove([ids[1]])).toMatchObject({ failure: { code: 'store_failed' } });
    expect(await store.read(ids[0])).toEqual({ ok: true, value: { password: 'canary-1' } });
    await rm(`${path}.new`, { recursive: true });
    expect(await store.write(ids[0], { password: 'next' })).toEqual({ ok: true, value: undefined });
    expect(await (await openIn(folder)).read(ids[0])).toEqual({ ok: true, value: { password: 'next' } });
  });

  it('does not write where there is nothing to remove', async () => {
    const folder = await createFolder();
    const store = await openIn(folder);
    await store.write(randomUUID(), {});
    await store.remove([randomUUID()]);
    expect(await stat(join(folder, 'secrets.json')).catch(() => 'none')).toBe('none');
  });
});

describe('a lost or newer encrypted file', () => {
  it.each<[string, (path: string) => Promise<void>]>([
    ['damaged', (path) => writeFile(path, '{"format":"proxima-se')],
    ['missing', (path) => rm(path)],
  ])('that is %s is replaced by its copy, and told', async (_name, spoil) => {
    const { folder, path, ids } = await prepare();
    const good = await readFile(path, 'utf8');
    await spoil(path);
    const store = await openIn(folder);
    expect(store.notices).toMatchObject([{ title: 'The encrypted file of passwords was restored' }]);
    expect(await store.read(ids[1])).toEqual({ ok: true, value: { password: 'canary-2' } });
    expect(await readFile(path, 'utf8')).toBe(good);
    const kept = (await readdir(folder)).filter((name) => name.startsWith('secrets.damaged-'));
    expect(kept).toHaveLength(_name === 'damaged' ? 1 : 0);
    expect((await openIn(folder)).notices).toEqual([]);
  });

  it('is not replaced under another key, nor by a damaged copy', async () => {
    const { folder, path, copyPath } = await prepare();
    await rm(path);
    const other = await openEncryptedFile({ folder, key: 'another key, just as long' });
    expect(other).toMatchObject({ failure: { code: 'secrets_unreadable' } });
    await writeFile(copyPath, 'x');
    expect(await openEncryptedFile({ folder, key })).toMatchObject({
      failure: {
        code: 'secrets_unreadable',
        detail: expect.stringContaining('is missing, and damaged is its copy') as string,
      },
    });
    expect(await stat(path).catch(() => 'none')).toBe('none');
  });

  it('keeps what was deleted nowhere', async () => {
    const { folder, path, copyPath, ids } = await prepare();
    await (await openIn(folder)).remove([ids[0]]);
    for (const each of [path, copyPath]) {
      const { entries } = JSON.parse(await readFile(each, 'utf8')) as Content;
      expect(Object.keys(entries)).toEqual([ids[1]]);
    }
  });

  it('does not spread a damaged entry to the copy', async () => {
    const { folder, copyPath, ids, change } = await prepare();
    const good = await readFile(copyPath, 'utf8');
    await change(({ entries }) => void (entries[ids[0]]!.data = 'AAAA'));
    await openIn(folder);
    expect(await readFile(copyPath, 'utf8')).toBe(good);
  });

  it('that a newer Proxima wrote is left alone', async () => {
    const { folder, path, change } = await prepare();
    await change((content) => void (content.version = 2));
    const before = await readFile(path);
    expect(await openEncryptedFile({ folder, key })).toMatchObject({ failure: { code: 'document_too_new' } });
    expect(await readFile(path)).toEqual(before);
  });
});

describe('a rotation of the key', () => {
  const newKey = 'the next key of the administrator';

  it('leaves everything to the new key, and nothing to the old one', async () => {
    const { folder, path, copyPath, ids } = await prepare();
    expect(await rotateKey({ folder, key, newKey })).toMatchObject({ ok: true, value: { entries: 2 } });
    const opened = await openEncryptedFile({ folder, key: newKey });
    expect(opened.ok && (await opened.value.read(ids[0]))).toEqual({
      ok: true,
      value: { password: 'canary-1' },
    });
    expect(await readFile(copyPath, 'utf8')).toBe(await readFile(path, 'utf8'));
    expect(await openEncryptedFile({ folder, key })).toMatchObject({
      failure: { code: 'secrets_unreadable' },
    });
    await rm(path);
    expect(await openEncryptedFile({ folder, key })).toMatchObject({ ok: false });
  });

  it('is refused with another key, a short or the same one, and where there is nothing', async () => {
    const { folder, path } = await prepare();
    const before = await readFile(path);
    const attempts = [
      [{ folder, key: newKey, newKey: key }, 'secrets_unreadable'],
      [{ folder, key, newKey: 'short' }, 'input_invalid'],
      [{ folder, key, newKey: key }, 'input_invalid'],
      [{ folder: await createFolder(), key, newKey }, 'input_invalid'],
    ] as const;
    for (const [options, code] of attempts)
      expect(await rotateKey(options)).toMatchObject({ failure: { code } });
    expect(await readFile(path)).toEqual(before);
  });

  it('does not lose an entry that it can not open', async () => {
    const { folder, path, ids, change } = await prepare();
    await change(({ entries }) => void (entries[ids[0]]!.data = 'AAAA'));
    const before = await readFile(path);
    expect(await rotateKey({ folder, key, newKey })).toMatchObject({
      failure: { code: 'secrets_unreadable', detail: expect.stringContaining(ids[0]) as string },
    });
    expect(await readFile(path)).toEqual(before);
  });

  it('that is killed at any moment leaves all of it to one of the keys', async () => {
    const folder = await createFolder();
    const store = await openIn(folder);
    const ids = Array.from({ length: 200 }, () => randomUUID());
    await Promise.all(ids.map((id) => store.write(id, { privateKey: `${id}${'k'.repeat(2000)}` })));
    let current = key;
    for (let round = 0; round < 4; round += 1) {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', endlessRotation],
        {
          env: {
            ...process.env,
            FILE: new URL('./encryptedFile.ts', import.meta.url).href,
            FOLDER: folder,
            KEYS: JSON.stringify([current, current === key ? newKey : key]),
          },
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      await once(child.stdout, 'data');
      await sleep(80 + round * 37);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const opened = await Promise.all(
        [key, newKey].map(async (each) => ({ each, store: await openEncryptedFile({ folder, key: each }) })),
      );
      const good = opened.filter(({ store: { ok } }) => ok);
      expect(good).toHaveLength(1);
      current = good[0]!.each;
      const left = good[0]!.store;
      for (const id of ids) {
        expect(left.ok && (await left.value.read(id))).toEqual({
          ok: true,
          value: { privateKey: `${id}${'k'.repeat(2000)}` },
        });
      }
    }
  }, 30_000);
});

/** Rotates between two keys until it is killed. */
const endlessRotation = `
  const { rotateKey } = await import(process.env.FILE);
  const { FOLDER: folder } = process.env;
  let [key, newKey] = JSON.parse(process.env.KEYS);
  process.stdout.write('rotating');
  for (;;) {
    const rotated = await rotateKey({ folder, key, newKey });
    if (!rotated.ok) throw new Error(JSON.stringify(rotated.failure));
    [key, newKey] = [newKey, key];
  }
`;
