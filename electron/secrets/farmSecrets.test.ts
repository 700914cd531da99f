import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { valueOf } from '../collections/collection.conformance.ts';
import { createTestFarm, type TestNode } from '../collections/testFarm.ts';
import { keyDocumentSchema, openFarmSecrets } from './farmSecrets.ts';
import { secretStoreConformance } from './secretStore.conformance.ts';

const key = 'the key file of the farm';
const open = async (node: TestNode, ownKey = key) =>
  openFarmSecrets({
    keys: await node.open('keys', keyDocumentSchema),
    entries: await node.open('secrets', z.unknown()),
    key: ownKey,
  });

secretStoreConformance('a farm', async () => {
  const farm = createTestFarm();
  return () => open(farm.join());
});

it('gives every node the same, also those that start at once', async () => {
  const farm = createTestFarm();
  const nodes = (await Promise.all([open(farm.join()), open(farm.join()), open(farm.join())])).map(valueOf);
  const hostId = randomUUID();
  await nodes[0]!.write(hostId, { password: 'geheim', passphrase: 'ü' });
  const others = nodes.slice(1);
  for (const node of others) {
    await expect
      .poll(() => node.read(hostId))
      .toEqual({ ok: true, value: { password: 'geheim', passphrase: 'ü' } });
  }
});

it('keeps nothing readable in etcd', async () => {
  const farm = createTestFarm();
  const secrets = valueOf(await open(farm.join()));
  await secrets.writeAll(new Map([[randomUUID(), { password: 'hunter2hunter2' }]]));
  const text = JSON.stringify([...(await farm.list('keys')), ...(await farm.list('secrets'))]);
  expect(text).toContain('nonce');
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain(Buffer.from('hunter2').toString('base64').slice(0, 8));
  expect(text).not.toContain(key);
});

it('refuses a node with another key, or one that is too short, and changes nothing', async () => {
  const farm = createTestFarm();
  valueOf(await open(farm.join()));
  const before = await farm.list('keys');
  expect(await open(farm.join(), 'another key file, alas')).toMatchObject({
    failure: { code: 'secrets_unreadable' },
  });
  expect(await open(farm.join(), 'short')).toMatchObject({ failure: { code: 'secrets_unavailable' } });
  expect(await farm.list('keys')).toEqual(before);
});

it('does not open an entry that was put in the place of another, or was changed; nor do the others suffer', async () => {
  const farm = createTestFarm();
  const [one, two, three] = [randomUUID(), randomUUID(), randomUUID()];
  const secrets = valueOf(await open(farm.join()));
  for (const id of [one, two, three]) await secrets.write(id, { password: id });
  const [sealed] = await farm.list(`secrets/${one}`);
  await farm.meddle(`secrets/${two}`, sealed!.value);
  await farm.meddle(`secrets/${three}`, '"nothing"');
  for (const id of [two, three])
    await expect.poll(() => secrets.read(id)).toMatchObject({ failure: { code: 'secrets_unreadable' } });
  expect(valueOf(await secrets.read(one))).toEqual({ password: one });
  expect(await secrets.write(two, { password: 'again' })).toEqual({ ok: true, value: undefined });
  expect(valueOf(await secrets.read(two))).toEqual({ password: 'again' });
});

it('refuses what a newer version made, and what is damaged', async () => {
  const farm = createTestFarm();
  await farm.meddle('keys/derivation', JSON.stringify({ format: 'proxima-secrets', version: 2 }));
  expect(await open(farm.join())).toMatchObject({ failure: { code: 'document_too_new' } });
  await farm.meddle('keys/derivation', JSON.stringify({ format: 'proxima-secrets', version: 1 }));
  expect(await open(farm.join())).toMatchObject({ failure: { code: 'secrets_unreadable' } });
  await farm.meddle('keys/derivation', '{}');
  expect(await open(farm.join())).toMatchObject({ failure: { code: 'registry_newer' } });
});

it('reads what another node has just written, though it was not heard of yet', async () => {
  const farm = createTestFarm();
  const [first, other] = [farm.join(), farm.join()];
  const [writer, reader] = [valueOf(await open(first)), valueOf(await open(other))];
  other.faults.pauseWatches();
  const hostId = randomUUID();
  await writer.write(hostId, { password: 'new' });
  expect(valueOf(await reader.read(hostId))).toEqual({ password: 'new' });
});

it('reads on while etcd is away', async () => {
  const node = createTestFarm().join();
  const secrets = valueOf(await open(node));
  const hostId = randomUUID();
  await secrets.write(hostId, { password: 'x' });
  node.faults.setAvailable(false);
  expect(await secrets.read(hostId)).toEqual({ ok: true, value: { password: 'x' } });
  expect(await secrets.read(randomUUID())).toEqual({ ok: true, value: {} });
  expect(await secrets.write(hostId, { password: 'y' })).toMatchObject({
    failure: { code: 'registry_unavailable' },
  });
  expect(await secrets.read(hostId)).toEqual({ ok: true, value: { password: 'x' } });
});
