import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Keytar, openKeychain } from './keychain.ts';
import { openNoSecrets } from './noSecrets.ts';
import { secretStoreConformance } from './secretStore.conformance.ts';

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

/** A real keyring: a session bus of its own, an unlocked gnome-keyring in an empty home. */
const realKeyring = `
  set -e
  HOME=$(mktemp -d); export HOME XDG_DATA_HOME=$HOME XDG_RUNTIME_DIR=$HOME
  trap 'kill $(cat $HOME/pid 2>/dev/null) 2>/dev/null; rm -rf "$HOME"' EXIT
  printf secret | gnome-keyring-daemon --unlock --components=secrets --foreground >/dev/null 2>&1 &
  echo $! > $HOME/pid
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \\
      --method org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1 && break
    sleep 0.2
  done
  "$0" --import tsx --input-type=module -e "$1"
`;
const exercise = `
  const { openKeychain } = await import(process.env.KEYCHAIN);
  const show = (result) => (result.ok ? result.value : result.failure);
  const opened = await openKeychain();
  if (!opened.ok) throw new Error(opened.failure.detail);
  const store = opened.value;
  const id = '00000000-0000-4000-8000-000000000009';
  const secret = { password: 'pä 🔒', privateKey: 'k'.repeat(8000) };
  const seen = [show(await store.write(id, secret)), show(await store.read(id)), show(await store.listHostIds())];
  seen.push(show(await store.remove([id])), show(await store.read(id)), show(await store.listHostIds()));
  process.stdout.write(JSON.stringify(seen));
`;

const sessionBus = 'dbus-run-session';
const lacks = findWhatIsMissing();

describe.skipIf(lacks !== undefined)(`a real keyring${lacks === undefined ? '' : ` (${lacks})`}`, () => {
  it('stores, reads, lists and removes', () => {
    const output = execFileSync(sessionBus, ['--', 'bash', '-c', realKeyring, process.execPath, exercise], {
      env: { ...process.env, KEYCHAIN: new URL('./keychain.ts', import.meta.url).href },
      encoding: 'utf8',
      timeout: 15_000,
    });
    const id = '00000000-0000-4000-8000-000000000009';
    expect(JSON.parse(output)).toEqual([
      null,
      { password: 'pä 🔒', privateKey: 'k'.repeat(8000) },
      [id],
      null,
      {},
      [],
    ]);
  });
});

function findWhatIsMissing(): string | undefined {
  for (const program of [sessionBus, 'gnome-keyring-daemon', 'gdbus', 'bash']) {
    if (spawnSync('which', [program]).status !== 0) return `${program} is not installed`;
  }
  const loaded = spawnSync(process.execPath, ['-e', "require('keytar')"], { encoding: 'utf8' });
  return loaded.status === 0 ? undefined : 'libsecret-1-0 is not installed';
}
