import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fail, succeed } from '../../shared/contract/failure.ts';
import { generalVault, type Host, type HostDraft, type Secret, type Vault } from '../../shared/model/host.ts';
import { createHostEditor } from './hostEditor.ts';
import type { HostStore, SecretStore } from './ports.ts';

const draft: HostDraft = {
  name: 'Files',
  address: 'files.corp.example',
  port: 22,
  protocol: 'ssh',
  vaultId: generalVault.id,
  tags: [],
  favourite: false,
  username: 'ada',
  domain: '',
  settings: { 'x-later': 'kept' },
};

const permit = () => succeed(undefined);

function setUp() {
  const stored = new Map<string, Host>();
  const vaults = new Map<string, Vault>([[generalVault.id, generalVault]]);
  const secretOf = new Map<string, Secret>();
  let secretsFail = false;
  const hosts: HostStore = {
    vaults: () => [...vaults.values()],
    hosts: () => stored,
    putHosts: async (list) => succeed(list.forEach((host) => stored.set(host.id, host))),
    removeHosts: async (ids) => succeed(ids.forEach((id) => stored.delete(id))),
    putVault: async (vault) => succeed(void vaults.set(vault.id, vault)),
    removeVault: async (id) => succeed(void vaults.delete(id)),
    onChange: () => () => undefined,
  };
  const secrets = {
    kind: 'encrypted-file',
    read: async (id) => succeed(secretOf.get(id) ?? {}),
    write: async (id, secret) =>
      secretsFail ? fail('secrets_unavailable') : succeed(void secretOf.set(id, secret)),
    remove: async (ids) => succeed(ids.forEach((id) => secretOf.delete(id))),
    describe: async (id) => {
      const secret = secretOf.get(id) ?? {};
      return succeed({
        password: 'password' in secret,
        privateKey: 'privateKey' in secret,
        passphrase: 'passphrase' in secret,
      });
    },
  } satisfies Partial<SecretStore> as unknown as SecretStore;
  const editor = createHostEditor({ hosts, secrets, now: () => Date.now() });
  const create = async (secret: Secret = {}) => {
    const saved = await editor.save(undefined, draft, secret);
    if (!saved.ok) throw new Error(saved.failure.code);
    return saved.value.hostId;
  };
  return { editor, stored, secretOf, create, failSecrets: () => (secretsFail = true), vaults };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('saving', () => {
  test('keeps the secret out of the document, and keeps unknown settings in it', async () => {
    const { create, stored, secretOf } = setUp();
    const id = await create({ password: 'hunter2' });
    expect(JSON.stringify(stored.get(id))).not.toContain('hunter2');
    expect(stored.get(id)?.settings).toEqual({ 'x-later': 'kept' });
    expect(secretOf.get(id)).toEqual({ password: 'hunter2' });
  });

  test('absent parts of a secret are kept, empty ones deleted', async () => {
    const { create, editor, secretOf } = setUp();
    const id = await create({ password: 'one', privateKey: 'PEM' });
    await editor.save(id, draft, { password: '' });
    expect(secretOf.get(id)).toEqual({ privateKey: 'PEM' });
    await editor.save(id, draft, {});
    expect(secretOf.get(id)).toEqual({ privateKey: 'PEM' });
  });

  test('where the secret can not be stored, the host is not changed either', async () => {
    const { editor, stored, failSecrets } = setUp();
    failSecrets();
    expect(await editor.save(undefined, draft, { password: 'x' })).toEqual(fail('secrets_unavailable'));
    expect(stored.size).toBe(0);
  });

  test('an unknown host or vault is told', async () => {
    const { editor } = setUp();
    expect(await editor.save('gone', draft, {})).toEqual(fail('host_unknown'));
    expect(await editor.save(undefined, { ...draft, vaultId: 'gone' }, {})).toEqual(fail('vault_unknown'));
  });

  test('a copy has the secret too, and an identity of its own', async () => {
    const { create, editor, stored, secretOf } = setUp();
    const id = await create({ password: 'x' });
    const copy = await editor.duplicate(id);
    if (!copy.ok) throw new Error('not copied');
    expect(stored.get(copy.value.hostId)).toMatchObject({ name: 'Files (copy)' });
    expect(secretOf.get(copy.value.hostId)).toEqual({ password: 'x' });
  });
});

describe('removing', () => {
  test('can be undone with secret and all for a minute', async () => {
    const { create, editor, stored, secretOf } = setUp();
    const id = await create({ password: 'x' });
    const removal = await editor.remove([id], 'ada');
    if (!removal.ok) throw new Error('not removed');
    expect(stored.has(id)).toBe(false);
    await vi.advanceTimersByTimeAsync(59_000);
    await editor.undoRemove(removal.value.removalId, 'ada', permit);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(stored.has(id)).toBe(true);
    expect(secretOf.get(id)).toEqual({ password: 'x' });
  });

  test('is undone by nobody else, and not where the right to it was taken away', async () => {
    const { create, editor, stored } = setUp();
    const id = await create();
    const removal = await editor.remove([id], 'ada');
    if (!removal.ok) throw new Error('not removed');
    const { removalId } = removal.value;
    expect(await editor.undoRemove(removalId, 'bob', permit)).toEqual(fail('host_unknown'));
    const asked: string[] = [];
    const refuse = (vaultId: string) => {
      asked.push(vaultId);
      return fail('not_permitted');
    };
    expect(await editor.undoRemove(removalId, 'ada', refuse)).toEqual(fail('not_permitted'));
    expect(asked).toEqual([generalVault.id]);
    expect(stored.has(id)).toBe(false);
    expect(await editor.undoRemove(removalId, 'ada', permit)).toEqual(succeed(undefined));
    expect(stored.has(id)).toBe(true);
  });

  test('deletes the secret after that', async () => {
    const { create, editor, secretOf } = setUp();
    const id = await create({ password: 'x' });
    const removal = await editor.remove([id], 'ada');
    await vi.advanceTimersByTimeAsync(60_001);
    expect(secretOf.has(id)).toBe(false);
    const removalId = removal.ok ? removal.value.removalId : '';
    expect(await editor.undoRemove(removalId, 'ada', permit)).toEqual(fail('host_unknown'));
  });

  test('closing carries out what was still open to undo', async () => {
    const { create, editor, secretOf } = setUp();
    const id = await create({ password: 'x' });
    await editor.remove([id], 'ada');
    await editor.close();
    expect(secretOf.has(id)).toBe(false);
  });

  test('a vault that holds hosts, and the general one, stay', async () => {
    const { create, editor, vaults } = setUp();
    const saved = await editor.saveVault(undefined, 'Lab');
    const vaultId = saved.ok ? saved.value.vaultId : '';
    const id = await create();
    await editor.save(id, { ...draft, vaultId }, {});
    expect(await editor.removeVault(vaultId)).toEqual(fail('vault_in_use'));
    expect(await editor.removeVault(generalVault.id)).toEqual(fail('vault_in_use'));
    await editor.save(id, draft, {});
    await editor.removeVault(vaultId);
    expect(vaults.has(vaultId)).toBe(false);
  });
});
