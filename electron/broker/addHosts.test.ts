import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { generalVault, type Secret } from '../../shared/model/host.ts';
// A test sets up the real neighbours of what it tests.
import { openEncryptedFile } from '../secrets/encryptedFile.ts';
import { openNoSecrets } from '../secrets/noSecrets.ts';
import { openHostStore } from '../store/hostStore.ts';
import { addHosts } from './addHosts.ts';
import { createHostEditor } from './hostEditor.ts';
import type { SecretStore } from './ports.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const firstId = randomUUID();
const secondId = randomUUID();
let folder: string;
let ending: (() => Promise<void>)[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-add-hosts-'));
  ending = [];
});
afterEach(async () => {
  for (const end of ending.toReversed()) await end();
  await rm(folder, { recursive: true, force: true });
});

async function setUp(given?: SecretStore) {
  const hosts = await openHostStore({ folder, log });
  const kept = await openEncryptedFile({ folder, key: 'a key that is long enough' });
  if (!hosts.ok || !kept.ok) throw new Error('the stores do not open');
  const { store } = hosts.value;
  const secrets = given ?? kept.value;
  const editor = createHostEditor({ hosts: store, secrets, now: () => 7 });
  ending = [() => store.close(), () => editor.close()];
  return {
    store,
    secrets,
    add: (text: string) => addHosts(text, { hosts: store, secrets, editor, now: () => 7 }),
  };
}

const entry = (id: string, name: string, secret: Secret = {}) => ({
  id,
  draft: {
    name,
    address: 'files.corp.example',
    port: 22,
    protocol: 'ssh',
    tags: ['sample'],
    favourite: false,
    username: 'ada',
    domain: '',
    settings: { 'x-later': 'kept' },
  },
  secret,
});
const fileOf = (vault: string, ...hosts: unknown[]) => JSON.stringify({ vault, hosts });

it('saves the hosts in a vault of their own, and their secrets', async () => {
  const { store, secrets, add } = await setUp();
  const text = fileOf('Demo', entry(firstId, 'One', { password: 'pässwörd' }), entry(secondId, 'Two'));
  expect(await add(text)).toEqual({ ok: true, value: 2 });
  const [vault, other] = store.vaults().filter(({ id }) => id !== generalVault.id);
  expect(vault?.name).toBe('Demo');
  expect(other).toBeUndefined();
  expect(store.hosts().get(firstId)).toEqual({
    ...entry(firstId, 'One').draft,
    id: firstId,
    vaultId: vault?.id,
    updatedAt: 7,
  });
  expect(await secrets.read(firstId)).toEqual({ ok: true, value: { password: 'pässwörd' } });
  expect(await secrets.read(secondId)).toEqual({ ok: true, value: {} });
});

it('replaces those that are there by id, secret and all, and makes no second vault', async () => {
  const { store, secrets, add } = await setUp();
  await add(fileOf('Demo', entry(firstId, 'One', { password: 'old' }), entry(secondId, 'Two')));
  expect(await add(fileOf('Demo', entry(firstId, 'Renamed', { passphrase: 'new' })))).toEqual({
    ok: true,
    value: 1,
  });
  expect([...store.hosts().values()].map(({ name }) => name).toSorted()).toEqual(['Renamed', 'Two']);
  expect(store.vaults().filter(({ name }) => name === 'Demo')).toHaveLength(1);
  expect(await secrets.read(firstId)).toEqual({ ok: true, value: { passphrase: 'new' } });
});

it('finds the general vault by its name', async () => {
  const { store, add } = await setUp();
  await add(fileOf(generalVault.name, entry(firstId, 'One')));
  expect(store.hosts().get(firstId)?.vaultId).toBe(generalVault.id);
  expect(store.vaults()).toHaveLength(1);
});

it.each([
  ['no JSON', '{"vault":', 'not JSON'],
  ['no hosts', '{"vault":"Demo"}', 'hosts'],
  ['no name of a vault', fileOf(' ', entry(firstId, 'One')), 'vault'],
  ['an id that is none', fileOf('Demo', entry('1', 'One')), 'hosts.0.id'],
  [
    'one bad host among good ones',
    fileOf('Demo', entry(firstId, 'One'), entry(secondId, '')),
    'hosts.1.draft.name',
  ],
  [
    'a password among the settings',
    fileOf('Demo', {
      ...entry(firstId, 'One'),
      draft: { ...entry(firstId, 'One').draft, settings: { password: 'x' } },
    }),
    'hosts.0.draft.settings',
  ],
])('refuses a file with %s, tells where, and saves nothing', async (_, text, where) => {
  const { store, secrets, add } = await setUp();
  const added = await add(text);
  expect(added).toMatchObject({ ok: false, failure: { code: 'input_invalid' } });
  expect(!added.ok && added.failure.detail).toContain(where);
  expect(store.hosts().size).toBe(0);
  expect(store.vaults()).toHaveLength(1);
  expect(await secrets.listHostIds()).toEqual({ ok: true, value: [] });
});

it('saves no host whose password has no protected place', async () => {
  const { store, add } = await setUp(openNoSecrets());
  expect(await add(fileOf('Demo', entry(firstId, 'One', { password: 'x' })))).toMatchObject({
    failure: { code: 'secrets_unavailable' },
  });
  expect(store.hosts().size).toBe(0);
  expect(await add(fileOf('Demo', entry(firstId, 'One')))).toEqual({ ok: true, value: 1 });
});
