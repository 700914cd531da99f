import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateStore } from '../broker/ports.ts';
import {
  createTrio,
  findProgram,
  openTestStore,
  removeFolders,
  serverOrder,
  skipReason,
  unpackBundle,
  unwrap,
} from './testCertificates.ts';

const openssl = findProgram('openssl');
const suffix = skipReason(!openssl && 'openssl');
const passphrase = 'pässwörd 🔒';

afterEach(removeFolders);

/** What another Proxima exports for a server: certificate, key and authority. */
async function exportElsewhere(order = {}) {
  const { store } = await openTestStore();
  const { server } = await createTrio(store, order);
  const folder = await unpackBundle(store, server);
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const [certificate, key, authority] = await Promise.all(
    ['certificate.pem', 'key.pem', 'authorities.pem'].map(read),
  );
  return { certificate: certificate ?? '', key: key ?? '', authority: authority ?? '', serial: server };
}

const importPem = (store: CertificateStore, text: string) => store.importFile({ format: 'pem', text }, 'ben');
const importPkcs12 = (store: CertificateStore, content: Buffer, word = passphrase) =>
  store.importFile({ format: 'pkcs12', contentBase64: content.toString('base64'), passphrase: word }, 'ben');

/** Keys and certificates of one kind, made by openssl: a root, an intermediate authority, and a server below it. */
async function createForeign(keyOptions: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-foreign-'));
  const run = (...args: string[]) =>
    execFileSync(openssl ?? '', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const make = (name: string, issuer: string | undefined, ...extensions: string[]) => {
    run('genpkey', ...keyOptions, '-out', `${name}.key`);
    run('req', '-new', '-key', `${name}.key`, '-subj', `/O=Corp/CN=${name}`, '-out', `${name}.csr`);
    execFileSync('sh', ['-c', `printf '%s\\n' "$@" > ${name}.ext`, 'sh', ...extensions], { cwd: folder });
    const signer =
      issuer === undefined
        ? ['-signkey', `${name}.key`]
        : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
    run(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...signer,
      '-days',
      '90',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
  };
  // Not the digest that Proxima would compute: who issues has to copy it.
  make('root', undefined, 'basicConstraints=critical,CA:TRUE', 'subjectKeyIdentifier=01020304');
  make('between', 'root', 'basicConstraints=critical,CA:TRUE', 'subjectKeyIdentifier=05060708');
  make(
    'server',
    'between',
    'extendedKeyUsage=serverAuth,clientAuth',
    'subjectAltName=DNS:manager.test,IP:127.0.0.1',
  );
  return { folder, run, read };
}

describe('PEM', () => {
  it('is taken in any order, with anything between, and paired by public key', async () => {
    const [a, b] = [await exportElsewhere(), await exportElsewhere({ name: 'Berlin 2' })];
    const { store, told } = await openTestStore();
    const text = [
      a.key,
      'Bag Attributes\r\n  friendlyName: x\r\n',
      b.certificate,
      a.authority,
      b.key,
      a.certificate,
      b.authority,
    ]
      .join('\n')
      .replaceAll('\n', '\r\n');
    const { serials } = unwrap(await importPem(store, `\uFEFFsubject=x\n${text}`));
    expect(serials).toHaveLength(4);
    const listed = store.list();
    expect(listed.map(({ kind, hasPrivateKey, origin }) => [kind, hasPrivateKey, origin])).toEqual([
      ['server', true, 'imported'],
      ['authority', false, 'imported'],
      ['server', true, 'imported'],
      ['authority', false, 'imported'],
    ]);
    expect(listed[0]).toMatchObject({ serial: b.serial, issuedBy: listed[3]?.serial, name: 'Berlin 2' });
    expect(listed[2]).toMatchObject({ serial: a.serial, issuedBy: listed[1]?.serial });
    expect(told.at(-1)).toMatchObject({ who: 'ben', what: 'Imported 4 certificates' });
    const folder = await unpackBundle(store, a.serial);
    expect(await readFile(join(folder, 'key.pem'), 'utf8')).toBe(a.key);
  });

  it('brings a key to a certificate that is here already, and an authority to what it issued', async () => {
    const { certificate, key, authority, serial } = await exportElsewhere();
    const { store } = await openTestStore();
    unwrap(await importPem(store, certificate));
    expect(await store.exportBundle(serial, 'ben')).toMatchObject({
      failure: { code: 'private_key_missing' },
    });
    expect(unwrap(await importPem(store, key)).serials).toEqual([serial]);
    expect(await store.renew(serial, 30, 'ben')).toMatchObject({ failure: { code: 'private_key_missing' } });
    unwrap(await importPem(store, authority));
    expect(store.list()[0]).toMatchObject({ hasPrivateKey: true, issuedBy: store.list()[1]?.serial });
    unwrap(await store.exportBundle(serial, 'ben'));
  });

  it('brings a key back that was lost', async () => {
    const { certificate, key, serial } = await exportElsewhere();
    const { store, secrets } = await openTestStore();
    unwrap(await importPem(store, certificate + key));
    const pin = Buffer.from(store.list()[0]?.pin ?? '', 'base64').toString('hex');
    unwrap(await secrets.remove([`certificate-key/${pin}`]));
    expect(await store.exportBundle(serial, 'ben')).toMatchObject({
      failure: { code: 'private_key_missing' },
    });
    expect(unwrap(await importPem(store, certificate + key)).serials).toEqual([serial]);
    expect((await importPem(store, certificate + key)).ok).toBe(false);
  });

  const block = (label: string, body = 'AAAA') =>
    `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

  it.each([
    ['nothing', '', 'neither a certificate nor a private key'],
    ['other text', 'PK\u0003\u0004 not PEM', 'neither a certificate nor a private key'],
    ['a damaged certificate', block('CERTIFICATE'), "certificate 2 of it can't be read"],
    ['a damaged key', block('PRIVATE KEY'), "private key 2 of it can't be read"],
    ['a request', block('CERTIFICATE REQUEST'), "a certificate request, which can't be imported"],
    ['an encrypted key', block('ENCRYPTED PRIVATE KEY'), 'is encrypted; decrypt it first'],
    [
      'an encrypted key of the older kind',
      block('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA'),
      'is encrypted; decrypt it first',
    ],
    ['a block without an end', '-----BEGIN CERTIFICATE-----\nAAAA\n', 'a certificate in it is cut off'],
    ['a block without a beginning', '-----END CERTIFICATE-----\n', 'a certificate in it has no beginning'],
    [
      'a block inside a block',
      '-----BEGIN CERTIFICATE-----\n'.repeat(70_000),
      'a certificate in it is cut off',
    ],
  ])('is refused whole where it holds %s', async (_name, text, detail) => {
    const good = await exportElsewhere();
    const { store, told } = await openTestStore();
    const startedAt = performance.now();
    const refused = await importPem(
      store,
      text.includes('-----') ? good.certificate + good.key + text : text,
    );
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(refused).toMatchObject({ ok: false, failure: { code: 'input_invalid' } });
    expect(!refused.ok && refused.failure.detail).toContain(detail);
    expect(store.list()).toEqual([]);
    expect(told).toEqual([]);
  });

  it('is refused whole where a key belongs to nothing, or a serial to another certificate', async () => {
    const [a, b] = [await exportElsewhere(), await exportElsewhere()];
    const { store, told } = await openTestStore();
    expect(await importPem(store, a.certificate + a.key + b.key)).toMatchObject({
      failure: {
        code: 'input_invalid',
        detail: expect.stringContaining('belongs to no certificate') as string,
      },
    });
    expect(store.list()).toEqual([]);
    unwrap(await importPem(store, a.certificate + a.key));
    expect(told).toHaveLength(1);
    expect(await importPem(store, a.certificate + a.key)).toMatchObject({
      failure: { code: 'input_invalid', detail: 'everything in it is here already' },
    });
  });
});

describe.skipIf(!openssl)(`with openssl${suffix}`, () => {
  let foreign: Awaited<ReturnType<typeof createForeign>>[];
  beforeAll(async () => {
    foreign = [
      await createForeign(['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384']),
      await createForeign(['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']),
    ];
  });
  afterAll(() => Promise.all(foreign.map(({ folder }) => rm(folder, { recursive: true }))));

  describe.each([
    { kind: 'ECDSA', index: 0 },
    { kind: 'RSA', index: 1 },
  ])('$kind', ({ index }) => {
    it('imports a whole hierarchy, and issues with an authority of it', async () => {
      const { read, run, folder: place } = foreign[index]!;
      const { store } = await openTestStore();
      const names = ['server.pem', 'between.key', 'root.pem', 'server.key', 'between.pem'];
      unwrap(await importPem(store, (await Promise.all(names.map(read))).join('')));
      const [server, root, between] = store.list();
      expect([server, root, between].map((each) => [each?.name, each?.kind, each?.issuedBy])).toEqual([
        ['server', 'server', between?.serial],
        ['root', 'authority', undefined],
        ['between', 'authority', root?.serial],
      ]);
      const { serial } = unwrap(await store.issue(between?.serial ?? '', serverOrder, 'ben'));
      const folder = await unpackBundle(store, serial);
      const chain = await readFile(join(folder, 'certificate.pem'), 'utf8');
      expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
      const bundle = ['certificate.pem', 'certificate.pem'].map((name) => join(folder, name)) as [
        string,
        string,
      ];
      expect(
        run(
          'verify',
          '-purpose',
          'sslserver',
          '-CAfile',
          join(place, 'root.pem'),
          '-untrusted',
          ...bundle,
        ).toString(),
      ).toContain('OK');
    });

    it.each([
      ['AES', []],
      ['RC2 and Triple DES', ['-legacy']],
      ['many rounds', ['-iter', '100000']],
      ['no MAC', ['-nomac']],
      ['a MAC with SHA-512', ['-macalg', 'sha512']],
    ])('imports PKCS #12 with %s', async (_name, options) => {
      const { run, read } = foreign[index]!;
      const content = run(
        ...['pkcs12', '-export', '-inkey', 'server.key', '-in', 'server.pem', '-certfile', 'between.pem'],
        ...['-name', 'Bücher', '-passout', `pass:${passphrase}`, ...options],
      );
      const { store } = await openTestStore();
      const startedAt = performance.now();
      const wrong = await importPkcs12(store, content, 'wrong');
      expect(wrong).toEqual({
        ok: false,
        failure: {
          code: 'input_invalid',
          detail: expect.stringContaining('the passphrase does not open this file') as string,
        },
      });
      expect(store.list()).toEqual([]);
      unwrap(await importPkcs12(store, content));
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      expect(store.list().map(({ name, kind, hasPrivateKey }) => [name, kind, hasPrivateKey])).toEqual([
        ['server', 'server', true],
        ['between', 'authority', false],
      ]);
      const [server, between] = store.list();
      expect(server?.issuedBy).toBe(between?.serial);
      expect(server?.certificatePem).toBe(new X509Certificate(await read('server.pem')).toString());
      unwrap(await store.chooseClient(server?.serial ?? '', 'ben'));
      const shown = createPrivateKey(store.clientCertificate()?.privateKeyPem ?? '');
      expect(shown.equals(createPrivateKey(await read('server.key')))).toBe(true);
    });
  });

  it('imports PKCS #12 without a passphrase', async () => {
    const { run } = foreign[0]!;
    const content = run(
      ...['pkcs12', '-export', '-inkey', 'server.key', '-in', 'server.pem', '-passout', 'pass:'],
    );
    const { store } = await openTestStore();
    unwrap(await importPkcs12(store, content, ''));
    expect(store.list()).toHaveLength(1);
  });

  it('refuses PKCS #12 that would compute for minutes', async () => {
    const { run } = foreign[0]!;
    const options = ['-inkey', 'server.key', '-in', 'server.pem', '-passout', 'pass:x'];
    const { store } = await openTestStore();
    for (const rounds of [
      ['-iter', '4000000', '-nomac'],
      ['-iter', '400000'],
    ]) {
      const content = run('pkcs12', '-export', ...options, ...rounds);
      const startedAt = performance.now();
      expect(await importPkcs12(store, content, 'x')).toMatchObject({
        failure: {
          code: 'input_invalid',
          detail: expect.stringContaining('rounds of key derivation') as string,
        },
      });
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    }
  });
});

it.each(['', 'MAA=', Buffer.from('not a file').toString('base64'), '!!'])(
  'refuses what is no PKCS #12 (%j)',
  async (contentBase64) => {
    const { store } = await openTestStore();
    const refused = await store.importFile({ format: 'pkcs12', contentBase64, passphrase: 'x' }, 'ben');
    expect(refused).toMatchObject({
      failure: { code: 'input_invalid', detail: expect.stringContaining('not PKCS #12') as string },
    });
  },
);
