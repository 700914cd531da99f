import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SecretStore } from '../broker/ports.ts';
import { openEncryptedFile } from './encryptedFile.ts';
import { type Keytar, openKeychain } from './keychain.ts';
import { createKeyVault, pinOf } from './keyVault.ts';
import { openNoSecrets } from './noSecrets.ts';

let folders: string[] = [];
afterEach(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  folders = [];
});

function createKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 4096 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, pin: pinOf(createPublicKey(privateKey)) };
}
const [key, other] = [createKey(), createKey()];

/** keytar with the limit of Windows, and what lies in it. */
function createKeytar(): Keytar & { readonly accounts: Map<string, string> } {
  const accounts = new Map<string, string>();
  return {
    accounts,
    getPassword: (_service, account) => Promise.resolve(accounts.get(account) ?? null),
    setPassword: (_service, account, password) => {
      if (Buffer.byteLength(password) > 2560) return Promise.reject(new Error('too long'));
      accounts.set(account, password);
      return Promise.resolve();
    },
    deletePassword: (_service, account) => Promise.resolve(accounts.delete(account)),
    findCredentials: () =>
      Promise.resolve([...accounts].map(([account, password]) => ({ account, password }))),
  };
}

async function open(opening: ReturnType<typeof openKeychain>): Promise<SecretStore> {
  const opened = await opening;
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

const places = {
  async keychain() {
    const keytar = createKeytar();
    return {
      secrets: await open(openKeychain(() => Promise.resolve(keytar))),
      readRaw: () => Promise.resolve(JSON.stringify([...keytar.accounts.keys()])),
    };
  },
  async 'encrypted file'() {
    const folder = await mkdtemp(join(tmpdir(), 'proxima-keys-'));
    folders.push(folder);
    return {
      secrets: await open(openEncryptedFile({ folder, key: 'the key of these tests' })),
      readRaw: () => readFile(join(folder, 'secrets.json'), 'utf8'),
    };
  },
};

describe.each(Object.entries(places))('private keys in the %s', (_name, createPlace) => {
  it('come back by the pin of their public half, and go', async () => {
    const { secrets, readRaw } = await createPlace();
    const vault = createKeyVault(secrets);
    expect(vault.isProtected).toBe(true);
    expect(await vault.read(key.pin)).toEqual({ ok: true, value: undefined });
    expect(await vault.write(key.pin, key.pem)).toEqual({ ok: true, value: undefined });
    expect(await vault.write(other.pin, other.pem)).toEqual({ ok: true, value: undefined });
    expect(await vault.read(key.pin)).toEqual({ ok: true, value: key.pem });
    expect(await readRaw()).toContain(Buffer.from(key.pin, 'base64').toString('hex'));
    expect(await readRaw()).not.toContain(key.pem.split('\n')[1]);
    expect(await vault.remove([key.pin])).toEqual({ ok: true, value: undefined });
    expect(await vault.read(key.pin)).toEqual({ ok: true, value: undefined });
    expect(await vault.read(other.pin)).toEqual({ ok: true, value: other.pem });
  });

  it('are not taken for the secrets of hosts', async () => {
    const { secrets } = await createPlace();
    await createKeyVault(secrets).write(key.pin, key.pem);
    expect(await secrets.listHostIds()).toEqual({ ok: true, value: [] });
  });

  it('are refused where another key was put in their place', async () => {
    const { secrets } = await createPlace();
    const vault = createKeyVault(secrets);
    await vault.write(key.pin, other.pem);
    expect(await vault.read(key.pin)).toMatchObject({ failure: { code: 'secrets_unreadable' } });
  });

  it('are refused where they are longer than an entry', async () => {
    const vault = createKeyVault((await createPlace()).secrets);
    expect(await vault.write(key.pin, 'x'.repeat(9000))).toMatchObject({
      failure: { code: 'input_invalid' },
    });
  });
});

it('nothing keeps private keys where nothing protects them', async () => {
  const vault = createKeyVault(openNoSecrets());
  expect(vault.isProtected).toBe(false);
  expect(await vault.write(key.pin, key.pem)).toMatchObject({ failure: { code: 'secrets_unavailable' } });
});
