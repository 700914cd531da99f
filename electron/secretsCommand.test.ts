import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generalVault, type Host } from '../shared/model/host.ts';
import { lockFolder } from './disk/folderLock.ts';
import { openEncryptedFile } from './secrets/encryptedFile.ts';
import type { Keytar } from './secrets/keychain.ts';
import { findMissingKeyring, runInKeyring } from './secrets/testKeyring.ts';
import { moveStoredSecrets, rotateSecrets } from './secretsCommand.ts';
import { openHostStore } from './store/hostStore.ts';

const key = 'the key of the administrator';
const newKey = 'the next key of the administrator';
const log = pino({ level: 'silent' });
const headless = fileURLToPath(new URL('./headless.ts', import.meta.url));
const secret = { password: 'pä 🔒', privateKey: 'k'.repeat(8000) };
let folder: string;
let ids: readonly string[];

/** A data folder with two hosts and their secrets in the encrypted file. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-command-'));
  ids = [randomUUID(), randomUUID()];
  const hosts = await openHostStore({ folder, log });
  if (!hosts.ok) throw new Error(hosts.failure.detail);
  await hosts.value.store.putHosts(
    ids.map((id): Host => ({
      id,
      name: 'Host',
      address: '10.0.0.9',
      port: 22,
      protocol: 'ssh',
      vaultId: generalVault.id,
      tags: [],
      favourite: false,
      username: 'ada',
      domain: '',
      settings: {},
      updatedAt: 0,
    })),
  );
  await hosts.value.store.close();
  const file = await openFile(key);
  for (const id of ids) await file.write(id, { ...secret, passphrase: id });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function openFile(under: string) {
  const opened = await openEncryptedFile({ folder, key: under });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

async function expectInFile(under: string): Promise<void> {
  const file = await openFile(under);
  for (const id of ids)
    expect(await file.read(id)).toEqual({ ok: true, value: { ...secret, passphrase: id } });
}

/** The command line, in a process of its own. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', headless, 'secrets', ...args, '--data', folder],
      { env: { ...process.env, ...environment } },
    );
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('secrets rotate', () => {
  it('takes both keys from files or from the environment', async () => {
    const [keyFile, newKeyFile] = [join(folder, 'old.key'), join(folder, 'new.key')];
    await writeFile(keyFile, `${key}\n`);
    await writeFile(newKeyFile, `${newKey}\n`);
    const rotated = await run(['rotate', '--key-file', keyFile, '--new-key-file', newKeyFile]);
    expect(rotated).toEqual({
      code: 0,
      output: expect.stringMatching(/^The new key opens 2 entries in /) as string,
    });
    await expectInFile(newKey);
    expect(await run(['rotate'], { PROXIMA_KEY: newKey, PROXIMA_NEW_KEY: key })).toMatchObject({ code: 0 });
    await expectInFile(key);
  });

  it('is refused while somebody holds the folder, and says who', async () => {
    const before = await readFile(join(folder, 'secrets.json'));
    const lock = await lockFolder(folder);
    try {
      expect(await rotateSecrets({ folder, key, newKey })).toEqual({
        exitCode: 1,
        sentence: expect.stringMatching(
          new RegExp(`^Another Proxima is using this data folder \\(process ${process.pid} holds `),
        ) as string,
      });
    } finally {
      if (lock.ok) await lock.value.release();
    }
    expect(await readFile(join(folder, 'secrets.json'))).toEqual(before);
  });

  it.each([
    [{ key: undefined, newKey }, 'PROXIMA_KEY'],
    [{ key, newKey: undefined }, 'PROXIMA_NEW_KEY'],
    [{ key: newKey, newKey: key }, 'the key is not the one'],
    [{ key, newKey: 'short' }, 'shorter than 16 bytes'],
    [{ key, newKey, folder: '/nowhere/at/all' }, 'There is no data folder /nowhere/at/all'],
  ])('says what is wrong: %j', async (options, told) => {
    const { sentence, exitCode } = await rotateSecrets({ folder, ...options });
    expect(sentence).toContain(told);
    expect(exitCode).toBe(1);
    await expectInFile(key);
    // The lock is given back.
    expect(await rotateSecrets({ folder, key, newKey })).toMatchObject({ exitCode: 0 });
  });
});

describe('secrets move', () => {
  function createKeytar(accounts: Map<string, string>): Keytar {
    return {
      getPassword: (_, account) => Promise.resolve(accounts.get(account) ?? null),
      setPassword: (_, account, password) => Promise.resolve(void accounts.set(account, password)),
      deletePassword: (_, account) => Promise.resolve(accounts.delete(account)),
      findCredentials: () => Promise.resolve([]),
    };
  }
  const move = (keytar: Keytar, to: string | undefined, given: string | undefined = key) =>
    moveStoredSecrets({ folder, key: given, to, log, loadKeytar: () => Promise.resolve(keytar) });

  it('brings everything to the keychain and back, and leaves what is not of this folder', async () => {
    const certificateKey = `certificate-key/${'ab'.repeat(32)}`;
    await (await openFile(key)).write(certificateKey, { privateKey: 'pem' });
    const foreign = randomUUID();
    const accounts = new Map([[foreign, '{"password":"of another folder"}']]);
    const there = await move(createKeytar(accounts), 'keychain');
    expect(there).toMatchObject({
      exitCode: 0,
      sentence: expect.stringContaining('Moved 3 entries') as string,
    });
    expect((await openFile(key)).listEntryIds()).toEqual([]);
    expect([...accounts.keys()]).toEqual(expect.arrayContaining([foreign, certificateKey, ...ids]));
    // That certificate isn't in the list of certificates, so that nobody knows whose its key is.
    expect(await move(createKeytar(accounts), 'file')).toMatchObject({
      exitCode: 0,
      sentence: expect.stringContaining('Moved 2 entries') as string,
    });
    await expectInFile(key);
    expect([...accounts.keys()].toSorted()).toEqual([certificateKey, foreign].toSorted());
  });

  it('leaves everything where it was when it fails halfway', async () => {
    const accounts = new Map<string, string>();
    const keytar = createKeytar(accounts);
    let calls = 0;
    const failing: Keytar = {
      ...keytar,
      setPassword: (...call) =>
        (calls += 1) > 6 ? Promise.reject(new Error('full')) : keytar.setPassword(...call),
    };
    expect(await move(failing, 'keychain')).toMatchObject({
      exitCode: 1,
      sentence: expect.stringContaining('(full)') as string,
    });
    await expectInFile(key);
    expect(await move(keytar, 'keychain')).toMatchObject({ exitCode: 0 });
    expect(await move(keytar, 'file')).toMatchObject({ exitCode: 0 });
    await expectInFile(key);
  });

  it('says what is wrong', async () => {
    const keytar = createKeytar(new Map());
    expect((await move(keytar, undefined)).sentence).toContain('“keychain” or “file”');
    expect((await move(keytar, 'keychain', newKey)).sentence).toContain('the key is not the one');
    const silent = { ...keytar, setPassword: () => Promise.reject(new Error('Cannot autolaunch D-Bus')) };
    expect(await move(silent, 'keychain')).toEqual({
      exitCode: 1,
      sentence: expect.stringContaining('(Cannot autolaunch D-Bus)') as string,
    });
    await expectInFile(key);
  });

  const lacks = findMissingKeyring();
  it.skipIf(lacks !== undefined)(
    `uses the keyring of this account${lacks === undefined ? '' : ` (${lacks})`}`,
    async () => {
      const command = `"$NODE" --import tsx "$HEADLESS" secrets move --data "$FOLDER" --to`;
      const output = runInKeyring(
        `unlock; ${command} keychain; cat "$FOLDER/secrets.json"; run LIST; ${command} file; run LIST`,
        {
          HEADLESS: headless,
          FOLDER: folder,
          PROXIMA_KEY: key,
          LIST: `
            const { default: keytar } = await import('keytar');
            const found = await keytar.findCredentials('Proxima');
            console.log('accounts: ' + found.filter(({ account }) => !account.includes('/')).length);`,
        },
      );
      expect(output).toMatch(
        /^Moved 2 entries to the keychain\..*\n\{.*\n"entries":\{\}\}\naccounts: 2\nMoved 2 entries to .*secrets\.json\..*\naccounts: 0\n$/,
      );
      await expectInFile(key);
    },
    40_000,
  );
});
