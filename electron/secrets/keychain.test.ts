import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Keytar, openKeychain } from './keychain.ts';
import { openNoSecrets } from './noSecrets.ts';
import { secretStoreConformance } from './secretStore.conformance.ts';
import { findMissingKeyring, runInKeyring } from './testKeyring.ts';

/** keytar with the limits of the strictest system, Windows. */
function createKeytar(accounts = new Map<string, string>()): Keytar {
  return {
    getPassword: (_service, account) => Promise.resolve(accounts.get(account) ?? null),
    setPassword: (_service, account, password) => {
      if (password === '' || Buffer.byteLength(password) > 2560)
        return Promise.reject(new Error('The stub received bad data.'));
      accounts.set(account, password);
      return Promise.resolve();
    },
    deletePassword: (_service, account) => Promise.resolve(accounts.delete(account)),
    findCredentials: () =>
      Promise.resolve([...accounts].map(([account, password]) => ({ account, password }))),
  };
}

secretStoreConformance('the keychain', () => {
  const keytar = createKeytar();
  return Promise.resolve(() => openKeychain(() => Promise.resolve(keytar)));
});

async function openWith(keytar: Keytar) {
  const opened = await openKeychain(() => Promise.resolve(keytar));
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

describe('the keychain', () => {
  it('says so where keytar can not be loaded, or nobody answers it', async () => {
    const missing = await openKeychain(() => Promise.reject(new Error('libsecret-1.so.0: cannot open')));
    expect(missing).toMatchObject({
      failure: { code: 'secrets_unavailable', detail: 'libsecret-1.so.0: cannot open' },
    });
    const silent = {
      ...createKeytar(),
      getPassword: () => Promise.reject(new Error('Cannot autolaunch D-Bus')),
    };
    expect(await openKeychain(() => Promise.resolve(silent))).toMatchObject({
      failure: { code: 'secrets_unavailable' },
    });
  });

  it('says so where it forgets, and where nobody unlocks it', async () => {
    const forgetful = { ...createKeytar(), setPassword: () => Promise.resolve() };
    expect(await openKeychain(() => Promise.resolve(forgetful))).toMatchObject({
      failure: { code: 'secrets_unavailable', detail: 'the keychain does not keep what it is given' },
    });
    const asking = { ...createKeytar(), setPassword: () => new Promise<void>(() => undefined) };
    expect(await openKeychain(() => Promise.resolve(asking), 20)).toMatchObject({
      failure: { code: 'secrets_unavailable', detail: 'the keychain was not unlocked in time' },
    });
  });

  it('says so when it can not be read later, and keeps the entry', async () => {
    const accounts = new Map<string, string>();
    const keytar = createKeytar(accounts);
    const store = await openWith(keytar);
    const hostId = randomUUID();
    await store.write(hostId, { password: 'a' });
    keytar.getPassword = () => Promise.reject(new Error('locked'));
    keytar.findCredentials = keytar.getPassword as never;
    for (const result of [await store.read(hostId), await store.describe(hostId), await store.listHostIds()])
      expect(result).toEqual({ ok: false, failure: { code: 'secrets_unreadable', detail: 'locked' } });
    expect(await store.write(hostId, { password: 'b' })).toMatchObject({
      failure: { code: 'secrets_unavailable' },
    });
    expect([...accounts.values()]).toEqual(['{"password":"a"}']);
  });

  it.each(['not json', '{"password":5}', '"text"', '{"pieces":["gone"]}'])(
    'does not take %s for a secret',
    async (value) => {
      const hostId = randomUUID();
      const store = await openWith(createKeytar(new Map([[hostId, value]])));
      expect(await store.read(hostId)).toMatchObject({ failure: { code: 'secrets_unreadable' } });
      // It can be replaced and removed all the same.
      expect(await store.write(hostId, { password: 'new' })).toMatchObject({ ok: true });
      expect(await store.read(hostId)).toEqual({ ok: true, value: { password: 'new' } });
    },
  );

  it('keeps the old secret where a long new one fails halfway, and leaves no piece behind at its removal', async () => {
    const accounts = new Map<string, string>();
    const keytar = createKeytar(accounts);
    const store = await openWith(keytar);
    const hostId = randomUUID();
    await store.write(hostId, { privateKey: 'k'.repeat(8000) });
    const set = keytar.setPassword;
    let calls = 0;
    keytar.setPassword = (...call) => (++calls === 2 ? Promise.reject(new Error('full')) : set(...call));
    expect(await store.write(hostId, { privateKey: 'n'.repeat(8000) })).toMatchObject({
      failure: { code: 'secrets_unavailable' },
    });
    expect(await store.read(hostId)).toEqual({ ok: true, value: { privateKey: 'k'.repeat(8000) } });
    await store.remove([hostId]);
    expect([...accounts.keys()]).toEqual([]);
  });
});

describe('no secrets', () => {
  it('has nothing, and refuses to store', async () => {
    const store = openNoSecrets();
    const hostId = randomUUID();
    expect(await store.read(hostId)).toEqual({ ok: true, value: {} });
    expect(await store.write(hostId, { password: 'a' })).toMatchObject({
      failure: { code: 'secrets_unavailable' },
    });
    expect(await store.write(hostId, { password: '' })).toMatchObject({ ok: true });
    expect(await store.remove([hostId])).toMatchObject({ ok: true });
    expect(await store.listHostIds()).toEqual({ ok: true, value: [] });
  });
});

/** In front of each of the programs that run in a process of their own. */
const imports = `
  const show = (result) => (result.ok ? (result.value ?? 'done') : result.failure);
  const print = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
  const { openKeychain } = await import(process.env.KEYCHAIN);
  const { openDesktopSecrets } = await import(process.env.DESKTOP);
  const { createHostEditor } = await import(process.env.EDITOR);
  const id = '00000000-0000-4000-8000-000000000009';
  const open = async () => {
    const opened = await openKeychain();
    if (!opened.ok) throw new Error(opened.failure.detail);
    return opened.value;
  };
`;
const variables = {
  KEYCHAIN: new URL('./keychain.ts', import.meta.url).href,
  DESKTOP: new URL('../keyedSecrets.ts', import.meta.url).href,
  EDITOR: new URL('../broker/hostEditor.ts', import.meta.url).href,
};
const id = '00000000-0000-4000-8000-000000000009';
const linesOf = (output: string): unknown[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

/** What the desktop app does where it starts. */
const startDesktop = `${imports}
  const log = { warn: () => undefined };
  const { store, notices } = await openDesktopSecrets({ folder: '/nowhere', key: undefined, log });
  print([store.kind, notices.map(({ title, text }) => title + ': ' + text)]);
  print(show(await store.write(id, { password: 'x' })));
`;
const saysSo = [
  [
    'none',
    [expect.stringMatching(/^Passwords are not stored: Nothing on this system protects them \(.+\)\./)],
  ],
  { code: 'secrets_unavailable' },
];

const lacks = findMissingKeyring();

describe.skipIf(lacks !== undefined)(
  `a real keyring${lacks === undefined ? '' : ` (${lacks})`}`,
  { timeout: 40_000 },
  () => {
    it('stores, reads, lists and removes, also from one process to the next', () => {
      const secret = { password: 'pä 🔒', privateKey: `${'k'.repeat(8000)}ü`, passphrase: 'p'.repeat(1024) };
      const output = runInKeyring('unlock; run WRITE; run READ', {
        ...variables,
        SECRET: JSON.stringify(secret),
        WRITE: `${imports}
        const store = await open();
        print(show(await store.write(id, JSON.parse(process.env.SECRET))));`,
        READ: `${imports}
        const store = await open();
        print([store.kind, show(await store.read(id)), show(await store.describe(id)), show(await store.listHostIds())]);
        print([show(await store.remove([id])), show(await store.read(id)), show(await store.listHostIds())]);`,
      });
      expect(linesOf(output)).toEqual([
        'done',
        ['keychain', secret, { password: true, privateKey: true, passphrase: true }, [id]],
        ['done', {}, []],
      ]);
    });

    it('loses the secret of a host that is deleted, once that can not be undone any more', () => {
      const output = runInKeyring('unlock; run DELETE', {
        ...variables,
        DELETE: `${imports}
        const secrets = await open();
        const held = new Map([[id, { id, vaultId: 'v' }]]);
        const done = { ok: true, value: undefined };
        const hosts = {
          hosts: () => held,
          vaults: () => [],
          removeHosts: async (ids) => (ids.forEach((each) => held.delete(each)), done),
        };
        await secrets.write(id, { privateKey: 'k'.repeat(8000) });
        const editor = createHostEditor({ hosts, secrets, now: Date.now });
        await editor.remove([id]);
        print(show(await secrets.listHostIds()));
        await editor.close();
        print(show(await secrets.listHostIds()));
        print((await (await import('keytar')).default.findCredentials('Proxima')).length);`,
      });
      expect(linesOf(output)).toEqual([[id], [], 0]);
    });

    it('that is locked, and nobody unlocks, is none: the app says so, and what was stored stays', () => {
      const output = runInKeyring('unlock; run WRITE; lock; run LOCKED; run START; stop; unlock; run READ', {
        ...variables,
        WRITE: `${imports} await (await open()).write(id, { password: 'x' });`,
        START: startDesktop,
        READ: `${imports}
        print(show(await (await open()).read(id)));`,
        LOCKED: `${imports} print(await (await import('keytar')).default.getPassword('Proxima', id));`,
      });
      // It answers as if it had nothing, which is why a question alone doesn't tell.
      expect(linesOf(output)).toEqual([null, ...saysSo, { password: 'x' }]);
    });

    it('that nobody ever signed in to is none: the app says so', () => {
      expect(linesOf(runInKeyring('start; run START', { ...variables, START: startDesktop }))).toEqual(
        saysSo,
      );
    });

    it('that nobody runs is none: the app says so without D-Bus', () => {
      const environment = { ...process.env, ...variables };
      for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'XDG_RUNTIME_DIR'])
        delete (environment as Record<string, unknown>)[name];
      expect(linesOf(runAlone(startDesktop, environment))).toEqual(saysSo);
    });
  },
);

describe.skipIf(process.platform !== 'linux')('without libsecret', () => {
  it('the app starts, and says so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'proxima-keytar-'));
    try {
      const source = dirname(createRequire(import.meta.url).resolve('keytar/package.json'));
      await cp(source, folder, { recursive: true, dereference: true });
      // The same binary, that wants a library of a name that no machine has.
      for (const file of await readdir(folder, { recursive: true })) {
        if (!file.endsWith('keytar.node')) continue;
        const binary = await readFile(join(folder, file), 'latin1');
        await writeFile(join(folder, file), binary.replaceAll('libsecret-1.so', 'libsecret-0.so'), 'latin1');
      }
      const start = startDesktop.replace(
        'key: undefined, log',
        'key: undefined, log, loadKeytar: () => import(process.env.KEYTAR)',
      );
      const keytar = pathToFileURL(join(folder, 'lib', 'keytar.js')).href;
      expect(linesOf(runAlone(start, { ...process.env, ...variables, KEYTAR: keytar }))).toEqual(saysSo);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const runAlone = (program: string, environment: NodeJS.ProcessEnv): string =>
  execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    env: environment,
    encoding: 'utf8',
    timeout: 15_000,
  });
