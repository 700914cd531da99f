import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDesktopSecrets, openKeyedSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';
import type { Keytar } from './secrets/keychain.ts';

const key = 'a key that is long enough';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-keyed-'));
});
afterEach(async () => {
  delete process.env['PROXIMA_KEY'];
  await rm(folder, { recursive: true, force: true });
});

it('takes the key out of the environment, also for processes that are started from here', () => {
  process.env['PROXIMA_KEY'] = key;
  expect(takeKeyFromEnvironment()).toBe(key);
  expect(takeKeyFromEnvironment()).toBeUndefined();
  const inherited = execFileSync(process.execPath, ['-p', 'process.env.PROXIMA_KEY'], { encoding: 'utf8' });
  expect(inherited.trim()).toBe('undefined');
  process.env['PROXIMA_KEY'] = '';
  expect(takeKeyFromEnvironment()).toBeUndefined();
});

it('opens what was stored under the same key, and says what is wrong with another', async () => {
  const hostId = '00000000-0000-4000-8000-000000000009';
  const { store: first } = await openKeyedSecrets(folder, key);
  expect(first.kind).toBe('encrypted-file');
  await first.write(hostId, { password: 'x' });
  const { store: again } = await openKeyedSecrets(folder, key);
  expect(await again.read(hostId)).toEqual({ ok: true, value: { password: 'x' } });
  await expect(openKeyedSecrets(folder, `another ${key}`)).rejects.toThrow(/can't be opened: the key is not/);
  await expect(openKeyedSecrets(folder, 'short')).rejects.toThrow(/shorter than 16 bytes/);
});

it('uses the keychain on a desktop, the file with a key, and says so where the other one holds something', async () => {
  const accounts = new Map<string, string>();
  const keytar: Keytar = {
    getPassword: (_, account) => Promise.resolve(accounts.get(account) ?? null),
    setPassword: (_, account, password) => Promise.resolve(void accounts.set(account, password)),
    deletePassword: (_, account) => Promise.resolve(accounts.delete(account)),
    findCredentials: () => Promise.resolve([]),
  };
  const log = { warn: () => undefined };
  const open = (given?: string) =>
    openDesktopSecrets({ folder, key: given, log, loadKeytar: () => Promise.resolve(keytar) });
  expect(await open()).toMatchObject({ store: { kind: 'keychain' }, notices: [] });
  expect(accounts.size).toBe(0);
  const { store } = await open(key);
  expect(store.kind).toBe('encrypted-file');
  await store.write('00000000-0000-4000-8000-000000000009', { password: 'x' });
  const { notices } = await open();
  expect(notices).toMatchObject([{ id: 'secrets-in-file' }]);
  expect(notices[0]?.text).toContain('--move-secrets=keychain');
});
