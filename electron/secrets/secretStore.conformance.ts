import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../shared/contract/failure.ts';
import type { SecretStore } from '../broker/ports.ts';

/** Opens what lies in one place; called again, it opens what was stored there before. */
type Reopen = () => Promise<Result<SecretStore>>;

/** The promises of {@link SecretStore}, for any adapter. `createPlace` makes a new empty place for each test. */
export function secretStoreConformance(name: string, createPlace: () => Promise<Reopen>): void {
  const none = { password: false, privateKey: false, passphrase: false };
  const long = `-----BEGIN PRIVATE KEY-----\n${'kéy 🔑\\"'.repeat(900)}\n`;

  async function open(reopen: Reopen): Promise<SecretStore> {
    const opened = await reopen();
    if (!opened.ok) throw new Error(opened.failure.detail);
    return opened.value;
  }

  const done = { ok: true, value: undefined };
  const readOut = async (store: SecretStore, hostId: string) => {
    const result = await store.read(hostId);
    return result.ok ? result.value : result.failure;
  };
  const listed = async (store: SecretStore) => {
    const result = await store.listHostIds();
    return result.ok ? result.value.toSorted() : result.failure;
  };

  describe(`${name} as a secret store`, () => {
    it('has nothing of a host that it was never given', async () => {
      const store = await open(await createPlace());
      const hostId = randomUUID();
      expect(await store.read(hostId)).toEqual({ ok: true, value: {} });
      expect(await store.describe(hostId)).toEqual({ ok: true, value: none });
      expect(await store.remove([hostId])).toEqual(done);
      expect(await store.write(hostId, {})).toEqual(done);
      expect(await listed(store)).toEqual([]);
    });

    it('gives back what it was given, also to the next process', async () => {
      const reopen = await createPlace();
      const store = await open(reopen);
      const [first, second] = [randomUUID(), randomUUID()];
      const secret = { password: 'pässwörd "1" 🔒\n', privateKey: long, passphrase: 'p' };
      expect(await store.write(first, secret)).toEqual(done);
      expect(await store.write(second, { password: 'other' })).toEqual(done);
      for (const each of [store, await open(reopen)]) {
        expect(await readOut(each, first)).toEqual(secret);
        expect(await readOut(each, second)).toEqual({ password: 'other' });
        expect(await each.describe(first)).toEqual({
          ok: true,
          value: { password: true, privateKey: true, passphrase: true },
        });
        expect(await each.describe(second)).toEqual({ ok: true, value: { ...none, password: true } });
        expect(await listed(each)).toEqual([first, second].toSorted());
      }
    });

    it('replaces the whole entry, long by short and short by long', async () => {
      const store = await open(await createPlace());
      const hostId = randomUUID();
      for (const secret of [
        { privateKey: long },
        { password: 'b' },
        { privateKey: `${long}2` },
        { privateKey: long },
      ]) {
        expect(await store.write(hostId, secret)).toEqual(done);
        expect(await readOut(store, hostId)).toEqual(secret);
      }
      expect(await listed(store)).toEqual([hostId]);
    });

    it('takes empty parts for none, and an entry of none for its removal', async () => {
      const reopen = await createPlace();
      const store = await open(reopen);
      const hostId = randomUUID();
      await store.write(hostId, { password: 'a', passphrase: '' });
      expect(await readOut(store, hostId)).toEqual({ password: 'a' });
      expect(await store.write(hostId, { password: '' })).toEqual(done);
      expect(await readOut(await open(reopen), hostId)).toEqual({});
      expect(await listed(store)).toEqual([]);
    });

    it('removes what it is told to, and nothing else', async () => {
      const reopen = await createPlace();
      const store = await open(reopen);
      const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
      for (const hostId of ids) await store.write(hostId, { privateKey: long });
      expect(await store.remove([ids[0], randomUUID(), ids[2]])).toEqual(done);
      expect(await listed(await open(reopen))).toEqual([ids[1]]);
      expect(await readOut(store, ids[0])).toEqual({});
      expect(await readOut(store, ids[1])).toEqual({ privateKey: long });
    });

    it('takes changes made at once in their order', async () => {
      const reopen = await createPlace();
      const store = await open(reopen);
      const hostId = randomUUID();
      const others = Array.from({ length: 20 }, () => randomUUID());
      const results = await Promise.all([
        store.write(hostId, { privateKey: long }),
        store.remove([hostId]),
        store.write(hostId, { password: 'x' }),
        store.write(hostId, {}),
        ...others.map((other) => store.write(other, { password: other })),
        store.write(hostId, { password: 'last' }),
      ]);
      expect(results).toEqual(results.map(() => done));
      const again = await open(reopen);
      expect(await readOut(again, hostId)).toEqual({ password: 'last' });
      for (const other of others) expect(await readOut(again, other)).toEqual({ password: other });
    });
  });
}
