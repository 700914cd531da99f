import { afterAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { CertificateOrder } from '../../shared/model/certificate.ts';
import { eventually } from '../collections/collection.conformance.ts';
import { createTestFarm, type TestFarm } from '../collections/testFarm.ts';
import { certificateDocumentSchema, createFarmCertificates } from './farmCertificates.ts';
import { keyDocumentSchema, openFarmSecrets } from './farmSecrets.ts';
import { openTestStore, removeFolders, unwrap } from './testCertificates.ts';

afterAll(removeFolders);

const clientOrder: CertificateOrder = {
  kind: 'client',
  name: 'The farm',
  dnsNames: [],
  ipAddresses: [],
  lifetimeDays: 30,
};

async function join(farm: TestFarm) {
  const node = farm.join();
  const documents = await node.open('certificates', certificateDocumentSchema);
  const secrets = unwrap(
    await openFarmSecrets({
      keys: await node.open('keys', keyDocumentSchema),
      entries: await node.open('secrets', z.unknown()),
      key: 'the key file of the farm',
    }),
  );
  const opened = await openTestStore({ document: createFarmCertificates(documents), secrets });
  return { ...node, ...opened, documents };
}

it('lets one node issue by the authority that another one made, and all show the same certificate', async () => {
  const farm = createTestFarm();
  const [first, second] = [await join(farm), await join(farm)];
  const authority = unwrap(await first.store.createAuthority({ name: 'Ours', lifetimeDays: 90 }, 'Ada'));
  await eventually(() => second.store.list().length === 1);
  const client = unwrap(await second.store.issue(authority.serial, clientOrder, 'Grace'));
  await eventually(() => first.store.list().length === 2);
  expect(first.store.list()).toEqual(second.store.list());
  unwrap(await first.store.chooseClient(client.serial, 'Ada'));
  await eventually(() => second.store.clientCertificate() !== undefined);
  expect(second.store.clientCertificate()).toEqual(first.store.clientCertificate());
  const third = await join(farm);
  expect(third.store.clientCertificate()).toEqual(first.store.clientCertificate());
  expect(third.noticeTitles).toEqual([]);
});

it('is revoked everywhere, and nobody who writes at once undoes that', async () => {
  const farm = createTestFarm();
  const [first, second] = [await join(farm), await join(farm)];
  const authority = unwrap(await first.store.createAuthority({ name: 'Ours', lifetimeDays: 90 }, 'Ada'));
  const client = unwrap(await first.store.issue(authority.serial, clientOrder, 'Ada'));
  unwrap(await first.store.chooseClient(client.serial, 'Ada'));
  await eventually(() => second.store.clientCertificate() !== undefined);
  second.faults.pauseWatches();
  unwrap(await first.store.revoke(client.serial, 'Ada'));
  // It hasn't heard, and writes the whole record as it knows it.
  const stale = second.documents.all().get(client.serial);
  if (!stale || !('certificate' in stale)) throw new Error('it is there');
  const { records } = createFarmCertificates(second.documents);
  const renamed = records.certificates.map((each) =>
    each.serial === client.serial ? { ...each, name: 'Other' } : each,
  );
  unwrap(await createFarmCertificates(second.documents).write({ ...records, certificates: renamed }));
  second.faults.resumeWatches();
  for (const { store } of [first, second]) {
    await eventually(() => store.isRevoked(client.serial) && store.clientCertificate() === undefined);
    expect(store.list().find(({ serial }) => serial === client.serial)).toMatchObject({ name: 'Other' });
  }
});

it('changes nothing where etcd is away: neither the list nor the keys', async () => {
  const { store, faults, secrets } = await join(createTestFarm());
  unwrap(await store.createAuthority({ name: 'Ours', lifetimeDays: 90 }, 'Ada'));
  faults.setAvailable(false);
  expect(await store.createAuthority({ name: 'Second', lifetimeDays: 90 }, 'Ada')).toMatchObject({
    failure: { code: 'registry_unavailable' },
  });
  expect(store.list()).toHaveLength(1);
  expect(secrets.kind).toBe('encrypted-file');
  faults.setAvailable(true);
  unwrap(await store.createAuthority({ name: 'Second', lifetimeDays: 90 }, 'Ada'));
  expect(store.list()).toHaveLength(2);
});
