import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { generalVault, type Host } from '../../shared/model/host.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { eventually, valueOf } from '../collections/collection.conformance.ts';
import { createTestFarm } from '../collections/testFarm.ts';
import { openFarmSecrets } from '../secrets/farmSecrets.ts';
import type { HostChange } from '../broker/ports.ts';
import { createFarmHostStore, removeForgottenSecrets } from './farmHostStore.ts';
import { storedHostSchema, storedVaultSchema } from './hostDocument.ts';

const hostOf = (change: Partial<Host> = {}): Host => ({
  id: randomUUID(),
  name: 'Database',
  address: 'db.test',
  port: 22,
  protocol: 'ssh',
  vaultId: generalVault.id,
  tags: [],
  favourite: false,
  username: '',
  domain: '',
  settings: {},
  updatedAt: 1,
  ...change,
});

async function createFarm() {
  const farm = createTestFarm();
  let time = 1_000_000;
  const now = () => time;
  const join = async () => {
    const node = farm.join();
    const collections = {
      hosts: await node.open('hosts', storedHostSchema),
      vaults: await node.open('vaults', storedVaultSchema),
      removedHosts: await node.open('removed-hosts', z.object({ at: z.int() })),
    };
    const store = createFarmHostStore(collections, now);
    const heard: HostChange[] = [];
    store.onChange((change) => void heard.push(change));
    return { ...node, collections, store, heard };
  };
  return { farm, join, now, pass: (ms: number) => (time += ms) };
}
const done = { ok: true, value: undefined };

it('shows every node what one of them changed', async () => {
  const { join } = await createFarm();
  const [first, second] = [await join(), await join()];
  const vault = { id: randomUUID(), name: 'Berlin' };
  const [one, two] = [hostOf({ vaultId: vault.id }), hostOf({ name: 'Second' })];
  expect(await first.store.putVault(vault)).toEqual(done);
  expect(await first.store.putHosts([one, two])).toEqual(done);
  expect(first.store.hosts().get(one.id)).toEqual(one);
  await eventually(() => second.store.hosts().size === 2);
  expect(second.store.hosts()).toEqual(first.store.hosts());
  expect(second.store.vaults()).toEqual([generalVault, vault]);
  await second.store.removeHosts([one.id]);
  await eventually(() => !first.store.hosts().has(one.id));
  expect(first.heard).toEqual([
    { kind: 'vaults', vaults: [generalVault, vault] },
    { kind: 'put', hosts: [one, two] },
    { kind: 'removed', hostIds: [one.id] },
  ]);
});

it('has the general vault always, which can be renamed and not removed', async () => {
  const { store } = await (await createFarm()).join();
  expect(store.vaults()).toEqual([generalVault]);
  expect(await store.removeVault(generalVault.id)).toMatchObject({ failure: { code: 'input_invalid' } });
  await store.putVault({ ...generalVault, name: 'Everything' });
  expect(store.vaults()).toEqual([{ ...generalVault, name: 'Everything' }]);
});

it('refuses what could not be read again, and keeps fields of a later version', async () => {
  const { join } = await createFarm();
  const { store, collections } = await join();
  expect(await store.putHosts([hostOf(), hostOf({ name: '' })])).toMatchObject({
    failure: { code: 'input_invalid' },
  });
  expect(await store.putVault({ id: 'x', name: 'y' })).toMatchObject({ failure: { code: 'input_invalid' } });
  expect(store.hosts().size).toBe(0);
  const later = { ...hostOf(), colour: 'blue' };
  await collections.hosts.putAll(new Map([[later.id, later]]));
  const { colour: _, ...known } = later;
  await store.putHosts([{ ...known, name: 'Renamed' }]);
  expect(store.hosts().get(later.id)).toEqual({ ...later, name: 'Renamed' });
});

it('takes a hundred thousand hosts', { timeout: 120_000 }, async () => {
  const { join } = await createFarm();
  const { store } = await join();
  const hosts = Array.from({ length: 100_000 }, (_, index) => hostOf({ name: `host ${index}` }));
  const startedAt = performance.now();
  const usedBefore = process.cpuUsage();
  expect(await store.putHosts(hosts)).toEqual(done);
  const putMs = performance.now() - startedAt;
  const again = await join();
  const openMs = performance.now() - startedAt - putMs;
  expect(again.store.hosts().size).toBe(100_000);
  console.log(`100,000 hosts put in ${Math.round(putMs)} ms, opened in ${Math.round(openMs)} ms`);
  // What a machine that does other things beside takes longer for isn't ours.
  const { user, system } = process.cpuUsage(usedBefore);
  expect((user + system) / 1000).toBeLessThan(30_000);
});

it('takes secrets away that a dead node left, and no others', async () => {
  const { join, now, pass } = await createFarm();
  const { store, collections } = await join();
  const secrets = valueOf(
    await openFarmSecrets({
      keys: createMemoryCollection(),
      entries: createMemoryCollection(),
      key: 'k'.repeat(16),
    }),
  );
  const hosts = [hostOf(), hostOf(), hostOf()] as const;
  const [gone, undone, kept] = hosts;
  await store.putHosts(hosts);
  for (const { id } of hosts) await secrets.write(id, { password: id });
  await store.removeHosts([gone.id, undone.id]);
  await store.putHosts([undone]);
  const log = { warn: () => undefined };
  await removeForgottenSecrets(collections, secrets, { now, log });
  expect(valueOf(await secrets.listHostIds())).toHaveLength(3);
  pass(3_600_000);
  await removeForgottenSecrets(collections, secrets, { now, log });
  expect(valueOf(await secrets.listHostIds()).toSorted()).toEqual([undone.id, kept.id].toSorted());
  expect(collections.removedHosts.all().size).toBe(0);
});
