import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openNoSecrets } from './noSecrets.ts';
import {
  clientOrder,
  createTrio,
  findProgram,
  openTestStore,
  removeFolders,
  serverOrder,
  skipReason,
  unpackBundle,
  unwrap,
} from './testCertificates.ts';

const dayMs = 86_400_000;
const unknownSerial = 'abcdef';
const openssl = findProgram('openssl');

afterEach(removeFolders);

const failed = (code: string, detail?: string) => ({
  ok: false,
  failure: { code, ...(detail !== undefined && { detail: expect.stringContaining(detail) as string }) },
});

describe('the certificate store', () => {
  it('makes an authority and what it issues, and has them after a restart', async () => {
    const first = await openTestStore();
    const serials = await createTrio(first.store, { managerId: 'berlin-1' });
    const listed = first.store.list();
    expect(listed.map(({ serial }) => serial)).toEqual(Object.values(serials));
    expect(listed[0]).toMatchObject({ kind: 'authority', name: 'Farm', origin: 'made', hasPrivateKey: true });
    expect(listed[0]?.issuedBy).toBeUndefined();
    expect(listed[1]).toMatchObject({
      kind: 'server',
      name: 'Berlin 1',
      dnsNames: ['manager.test'],
      ipAddresses: ['127.0.0.1', '::1'],
      issuedBy: serials.authority,
      managerId: 'berlin-1',
    });
    expect(listed[2]).toMatchObject({ kind: 'client', issuedBy: serials.authority });
    for (const { serial, certificatePem, notAfter, notBefore } of listed) {
      const certificate = new X509Certificate(certificatePem);
      expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
      expect(certificate.serialNumber.toLowerCase()).toBe(serial);
      expect(Date.parse(certificate.validTo)).toBe(notAfter);
      expect(Date.parse(certificate.validFrom)).toBe(notBefore);
    }
    const lifetimeMs = (listed[1]?.notAfter ?? 0) - Date.now();
    expect(Math.abs(lifetimeMs - 30 * dayMs)).toBeLessThan(10_000);
    expect((await first.reopen()).store.list()).toEqual(listed);
  });

  it('keeps private keys out of its documents, its list, the log and the audit log', async () => {
    const { folder, store, told, logged } = await openTestStore();
    const { server } = await createTrio(store);
    const key = await readFile(join(await unpackBundle(store, server), 'key.pem'), 'utf8');
    const [, line = ''] = key.split('\n');
    expect(line.length).toBeGreaterThan(40);
    const texts = await Promise.all(
      (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')),
    );
    expect(texts.length).toBeGreaterThan(1);
    for (const text of [...texts, JSON.stringify([store.list(), told, logged])]) {
      expect(text).not.toContain('PRIVATE KEY');
      expect(text).not.toContain(line);
    }
  });

  it('tells the audit log of each change before it is done, and does none where that fails', async () => {
    const { store, told, folder, breakAudit, secrets } = await openTestStore();
    const { authority, server, client } = await createTrio(store);
    expect(told.map(({ who, what }) => `${who}: ${what}`)).toEqual([
      'anna: Created the authority “Farm”',
      'anna: Issued the server certificate “Berlin 1”',
      'anna: Issued the client certificate “Broker A”',
    ]);
    expect(told[1]?.details).toContain('name manager.test');
    unwrap(await store.chooseClient(client, 'ben'));
    const before = store.list();
    const documents = await readFile(join(folder, 'certificates.json'), 'utf8');
    const keys = await readFile(join(folder, 'secrets.json'), 'utf8');
    breakAudit(true);
    for (const refused of [
      await store.createAuthority({ name: 'B', lifetimeDays: 30 }, 'anna'),
      await store.issue(authority, serverOrder, 'anna'),
      await store.renew(server, 30, 'anna'),
      await store.revoke(server, 'anna'),
      await store.exportBundle(server, 'anna'),
      await store.chooseClient(null, 'anna'),
      await store.importFile({ format: 'pem', text: foreignCertificate }, 'anna'),
    ])
      expect(refused).toEqual(failed('audit_unwritable'));
    expect(store.list()).toEqual(before);
    expect(store.isRevoked(server)).toBe(false);
    expect(store.clientCertificate()).toBeDefined();
    expect(await readFile(join(folder, 'certificates.json'), 'utf8')).toBe(documents);
    expect(await readFile(join(folder, 'secrets.json'), 'utf8')).toBe(keys);
    expect(unwrap(await secrets.listHostIds())).toEqual([]);
  });

  it('makes no keys where nothing protects them', async () => {
    const protectedStore = await openTestStore();
    const { authority, server } = await createTrio(protectedStore.store);
    const key = await readFile(join(await unpackBundle(protectedStore.store, server), 'key.pem'), 'utf8');
    const { store, told } = await protectedStore.reopen({ secrets: openNoSecrets() });
    expect(await store.createAuthority({ name: 'B', lifetimeDays: 30 }, 'anna')).toEqual(
      failed('secrets_unavailable', 'keychain'),
    );
    expect(await store.issue(authority, serverOrder, 'anna')).toEqual(failed('secrets_unavailable', ''));
    expect(await store.renew(server, 30, 'anna')).toEqual(failed('secrets_unavailable', ''));
    expect(await store.importFile({ format: 'pem', text: key }, 'anna')).toEqual(
      failed('secrets_unavailable', ''),
    );
    expect(await store.exportBundle(server, 'anna')).toEqual(failed('private_key_missing', 'Berlin 1'));
    expect(told).toEqual([]);
    expect(unwrap(await store.revoke(server, 'anna'))).toBeUndefined();
    expect(store.isRevoked(server)).toBe(true);
  });

  it('renews with the same names and a new key', async () => {
    const { store, told } = await openTestStore();
    const { server } = await createTrio(store, { managerId: 'm1', ipAddresses: ['10.0.0.5', 'fd00::1'] });
    const { serial } = unwrap(await store.renew(server, 90, 'anna'));
    const [old, renewed] = [server, serial].map((each) => store.list().find((one) => one.serial === each));
    expect(renewed).toMatchObject({
      kind: 'server',
      name: old?.name,
      dnsNames: old?.dnsNames,
      ipAddresses: old?.ipAddresses,
      managerId: 'm1',
      issuedBy: old?.issuedBy,
    });
    expect(renewed?.pin).not.toBe(old?.pin);
    expect(store.isRevoked(server)).toBe(false);
    expect(told.at(-1)).toMatchObject({ what: 'Renewed the server certificate “Berlin 1”' });
    expect(told.at(-1)?.details).toContain(`in place of serial ${server}`);
  });

  it('never issues beyond its authority, nor with one that is over or revoked', async () => {
    const { store, reopen } = await openTestStore();
    const { authority } = await createTrio(store);
    const { serial } = unwrap(await store.issue(authority, { ...serverOrder, lifetimeDays: 3650 }, 'anna'));
    const [root, leaf] = [authority, serial].map((each) => store.list().find((one) => one.serial === each));
    expect(leaf?.notAfter).toBe(root?.notAfter);
    const later = await reopen({ now: () => Date.now() + 400 * dayMs });
    expect(await later.store.issue(authority, serverOrder, 'anna')).toEqual(
      failed('input_invalid', 'expired'),
    );
    unwrap(await store.revoke(authority, 'anna'));
    expect(await store.issue(authority, serverOrder, 'anna')).toEqual(failed('input_invalid', 'revoked'));
  });

  it.each([
    [{ dnsNames: ['a/b'] }, '"a/b" is not a DNS name'],
    [{ dnsNames: ['a..b'] }, '"a..b" is not a DNS name'],
    [{ dnsNames: ['10.1.2'] }, '"10.1.2" is not a DNS name'],
    [{ dnsNames: ['*'] }, '"*" is not a DNS name'],
    [{ ipAddresses: ['fe80::1%eth0'] }, '"fe80::1%eth0" is not an IP address'],
    [{ ipAddresses: ['manager.test'] }, '"manager.test" is not an IP address'],
    [{ dnsNames: [], ipAddresses: [] }, 'needs a name or an address'],
  ])('refuses names that no certificate carries: %j', async (names, detail) => {
    const { store } = await openTestStore();
    const { serial } = unwrap(await store.createAuthority({ name: 'Farm', lifetimeDays: 30 }, 'anna'));
    expect(await store.issue(serial, { ...serverOrder, ...names }, 'anna')).toEqual(
      failed('input_invalid', detail),
    );
    expect(store.list()).toHaveLength(1);
  });

  it('takes names as people write them', async () => {
    const { store } = await openTestStore();
    const { authority } = await createTrio(store);
    const order = { ...serverOrder, dnsNames: ['Bücher.example', '*.farm.test'], ipAddresses: ['[::1]'] };
    const { serial } = unwrap(await store.issue(authority, order, 'anna'));
    const made = store.list().find((each) => each.serial === serial);
    expect(made?.dnsNames).toEqual(['xn--bcher-kva.example', '*.farm.test']);
    expect(new X509Certificate(made?.certificatePem ?? '').checkIP('::1')).toBeDefined();
  });

  it('revokes by serial however it is written, once, and for good', async () => {
    const { store, reopen, told } = await openTestStore();
    const { server } = await createTrio(store);
    const shown = server.toUpperCase().replace(/..(?=.)/g, '$&:');
    unwrap(await store.revoke(shown, 'ben'));
    const revokedAt = store.list().find(({ serial }) => serial === server)?.revokedAt;
    expect(Math.abs((revokedAt ?? 0) - Date.now())).toBeLessThan(10_000);
    unwrap(await store.revoke(server, 'ben'));
    expect(told.filter(({ what }) => what.startsWith('Revoked'))).toHaveLength(1);
    for (const each of [store, (await reopen()).store]) {
      expect([server, shown, `00${server}`, `0x${server}`].map((serial) => each.isRevoked(serial))).toEqual(
        Array(4).fill(true),
      );
      expect(each.isRevoked(unknownSerial)).toBe(false);
    }
  });

  it('knows nothing of serials that are not here', async () => {
    const { store } = await openTestStore();
    await createTrio(store);
    for (const refused of [
      await store.issue(unknownSerial, serverOrder, 'anna'),
      await store.renew(unknownSerial, 30, 'anna'),
      await store.revoke(unknownSerial, 'anna'),
      await store.exportBundle(unknownSerial, 'anna'),
      await store.chooseClient(unknownSerial, 'anna'),
    ])
      expect(refused).toEqual(failed('certificate_unknown', unknownSerial));
  });

  it('shows the chosen client certificate, and none that is of no use', async () => {
    const first = await openTestStore();
    const { store } = first;
    const { authority, server, client } = await createTrio(store);
    expect(store.clientCertificate()).toBeUndefined();
    expect(await store.chooseClient(server, 'anna')).toEqual(failed('input_invalid', 'client'));
    expect(await store.chooseClient(authority, 'anna')).toEqual(failed('input_invalid', 'client'));
    unwrap(await store.chooseClient(client, 'anna'));
    const shown = store.clientCertificate();
    const certificate = new X509Certificate(shown?.certificatePem ?? '');
    expect(certificate.serialNumber.toLowerCase()).toBe(client);
    expect(shown?.privateKeyPem).toContain('BEGIN PRIVATE KEY');
    expect((await first.reopen()).store.clientCertificate()).toEqual(shown);
    unwrap(await store.chooseClient(null, 'anna'));
    expect(store.clientCertificate()).toBeUndefined();
    unwrap(await store.chooseClient(client, 'anna'));
    unwrap(await store.revoke(authority, 'anna'));
    expect(store.clientCertificate()).toBeUndefined();
    expect(await store.chooseClient(client, 'anna')).toEqual(failed('input_invalid', 'Farm was revoked'));
    expect((await first.reopen()).noticeTitles).toEqual([]);
  });

  it('says at the start where the chosen client certificate can not be shown', async () => {
    const first = await openTestStore();
    const { client } = await createTrio(first.store);
    unwrap(await first.store.chooseClient(client, 'anna'));
    const second = await first.reopen({ secrets: openNoSecrets() });
    expect(second.store.clientCertificate()).toBeUndefined();
    expect(second.noticeTitles).toEqual(['No client certificate is shown to session managers']);
    expect(second.store.list()).toHaveLength(3);
  });

  it('takes its key back where the list can not be written, and says so to the audit log', async () => {
    const { folder, store, told } = await openTestStore();
    const { authority } = await createTrio(store);
    const keys = async () =>
      Object.keys(
        (JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8')) as { entries: object }).entries,
      );
    const before = await keys();
    // A folder in its place can't be replaced by a file.
    await rm(join(folder, 'certificates.json'));
    execFileSync('mkdir', ['-p', join(folder, 'certificates.json', 'in-the-way')]);
    expect(await store.issue(authority, serverOrder, 'anna')).toMatchObject(failed('store_failed'));
    expect(store.list()).toHaveLength(3);
    expect(await keys()).toEqual(before);
    expect(told.at(-1)).toMatchObject({
      what: 'Not done: Issued the server certificate “Berlin 1”',
      details: ['store_failed'],
    });
  });

  it('makes changes at once one after the other', async () => {
    const { store, reopen } = await openTestStore();
    const { authority } = await createTrio(store);
    const issued = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.issue(authority, { ...clientOrder, name: `B${index}` }, 'anna'),
      ),
    );
    expect(new Set(issued.map((each) => unwrap(each).serial)).size).toBe(10);
    expect((await reopen()).store.list()).toHaveLength(13);
  });
});

describe('a damaged list of certificates', () => {
  const contents = ['', '{"format":"proxima-certificates"', '[]', '\0\0\0\0'];

  it.each(contents)('is replaced by the last good version, revocations and all (%j)', async (content) => {
    const first = await openTestStore();
    const { server } = await createTrio(first.store);
    unwrap(await first.store.revoke(server, 'anna'));
    await writeFile(join(first.folder, 'certificates.json'), content);
    const second = await first.reopen();
    expect(second.store.list()).toEqual(first.store.list());
    expect(second.store.isRevoked(server)).toBe(true);
    expect(second.noticeTitles).toEqual(['The list of certificates could not be used']);
    const kept = (await readdir(first.folder)).find((name) => name.startsWith('certificates.damaged-'));
    expect(await readFile(join(first.folder, kept ?? ''), 'utf8')).toBe(content);
    expect((await first.reopen()).noticeTitles).toEqual([]);
  });

  it('is restored where it is missing', async () => {
    const first = await openTestStore();
    await createTrio(first.store);
    await rm(join(first.folder, 'certificates.json'));
    const second = await first.reopen();
    expect(second.store.list()).toEqual(first.store.list());
    expect(second.notices[0]?.text).toContain('is missing');
  });

  it('is empty where no version is good, says what that means, and finds its keys again', async () => {
    const first = await openTestStore();
    const { authority, server } = await createTrio(first.store);
    const certificates = first.store.list().map(({ certificatePem }) => certificatePem);
    for (const name of await readdir(first.folder))
      if (name.startsWith('certificates')) await writeFile(join(first.folder, name), 'x');
    const { store, notices } = await first.reopen();
    expect(store.list()).toEqual([]);
    expect(notices[0]?.text).toContain('revoked certificates are not known any more');
    unwrap(await store.importFile({ format: 'pem', text: certificates.join('') }, 'anna'));
    expect(store.list().every(({ hasPrivateKey }) => hasPrivateKey)).toBe(true);
    unwrap(await store.issue(authority, serverOrder, 'anna'));
    unwrap(await store.exportBundle(server, 'anna'));
  });

  it('of a newer version is left alone', async () => {
    const { folder, reopen } = await openTestStore();
    const newer = JSON.stringify({ format: 'proxima-certificates', version: 2 });
    await writeFile(join(folder, 'certificates.json'), newer);
    await expect(reopen()).rejects.toThrow('newer version of Proxima');
    expect(await readFile(join(folder, 'certificates.json'), 'utf8')).toBe(newer);
  });
});

describe('with openssl', () => {
  it.skipIf(!openssl)(`verifies what was issued${skipReason(!openssl && 'openssl')}`, async () => {
    const { store } = await openTestStore();
    const { server, client } = await createTrio(store);
    const [serverFolder, clientFolder] = [
      await unpackBundle(store, server),
      await unpackBundle(store, client),
    ];
    const verify = (folder: string, purpose: string) =>
      execFileSync(
        openssl ?? '',
        ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'authorities.pem', 'certificate.pem'],
        { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      ).trim();
    expect(verify(serverFolder, 'sslserver')).toBe('certificate.pem: OK');
    expect(verify(clientFolder, 'sslclient')).toBe('certificate.pem: OK');
    expect(() => verify(clientFolder, 'sslserver')).toThrow();
  });
});

const foreignCertificate = `-----BEGIN CERTIFICATE-----
MIIBhTCCASugAwIBAgIUYfasO5FPfLVnqdoygkSwi+Cwh2YwCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMRm9yZWlnbiByb290MCAXDTI2MTEyMDEyMDczM1oYDzIxMjYx
MDI3MTIwNzMzWjAXMRUwEwYDVQQDDAxGb3JlaWduIHJvb3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQLhq061wuB0rQfkOuHnyEAxscFzK8i9C1f0nkpiUEzSj2N
YbbtLp8UkdvGuGiougQ04DiXGbIYOi3ih1SZlc5wo1MwUTAdBgNVHQ4EFgQUHemm
qk/G7LErMdup3PXBNwAh1MYwHwYDVR0jBBgwFoAUHemmqk/G7LErMdup3PXBNwAh
1MYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBn4MGTIIRAHF+j
erJhj0qfsBsI9f3GyLzZV7kIx1k33AIhAMGyd63wE6fboerT3lPWxc50mpM1xLqQ
wrnkaoMwV1Iu
-----END CERTIFICATE-----
`;
