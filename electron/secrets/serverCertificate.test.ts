import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from './certificateAuthority.ts';
import { loadServerCertificate } from './serverCertificate.ts';

const loopback = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const dayMs = 24 * 60 * 60 * 1000;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-certificate-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const certificateFile = () => join(folder, 'gateway-certificate.pem');
const keyFile = () => join(folder, 'gateway-key.pem');

/** Puts one there that is good for this many days more. */
async function keepOneFor(days: number): Promise<string> {
  const authority = await createAuthority({ commonName: 'Test', lifetimeDays: 500 });
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: 'localhost',
    ...loopback,
    usage: 'server',
    notBefore: new Date(Date.now() - 100 * dayMs),
    notAfter: new Date(Date.now() + days * dayMs),
  });
  await writeFile(certificateFile(), certificatePem);
  await writeFile(keyFile(), privateKeyPem);
  return certificatePem;
}

it('makes one for the names, with its chain, and keeps it for its owner only', async () => {
  const made = await loadServerCertificate(folder, loopback);
  const certificate = new X509Certificate(made.certificatePem);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
  // Browsers refuse server certificates that are good for longer.
  expect(Date.parse(certificate.validTo) - Date.now()).toBeLessThan(398 * dayMs);
  const [, authorityPem = ''] = made.certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/);
  expect(certificate.verify(new X509Certificate(authorityPem).publicKey)).toBe(true);
  expect(await readdir(folder)).toEqual(['gateway-certificate.pem', 'gateway-key.pem']);
  for (const file of [certificateFile(), keyFile()]) expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('keeps the one that is there, to the byte', async () => {
  const made = await loadServerCertificate(folder, loopback);
  expect(await loadServerCertificate(folder, loopback)).toEqual(made);
  // Fewer names than it is good for are no reason for another one.
  expect(await loadServerCertificate(folder, { ...loopback, dnsNames: [] })).toEqual(made);
});

it.each([
  [29, false],
  [31, true],
  [-1, false],
])('goes on with one that is good for %d days more: %s', async (days, isKept) => {
  const before = await keepOneFor(days);
  const { certificatePem } = await loadServerCertificate(folder, loopback);
  expect(certificatePem === before).toBe(isKept);
  expect(await readFile(certificateFile(), 'utf8')).toBe(certificatePem);
  expect(Date.parse(new X509Certificate(certificatePem).validTo)).toBeGreaterThan(Date.now() + 30 * dayMs);
});

it.each([
  { dnsNames: ['gateway.corp.example'], ipAddresses: [] },
  { dnsNames: ['localhost'], ipAddresses: ['10.0.0.7'] },
])('makes a new one for other names', async (names) => {
  const before = await loadServerCertificate(folder, loopback);
  const after = await loadServerCertificate(folder, names);
  expect(after.certificatePem).not.toBe(before.certificatePem);
  expect(after.privateKeyPem).not.toBe(before.privateKeyPem);
  expect(await loadServerCertificate(folder, names)).toEqual(after);
});

it.each([
  ['the certificate', certificateFile],
  ['the key', keyFile],
])('makes a new one where %s is missing, garbage, or of another', async (_, fileOf) => {
  const before = await loadServerCertificate(folder, loopback);
  await rm(fileOf());
  const second = await loadServerCertificate(folder, loopback);
  expect(second.certificatePem).not.toBe(before.certificatePem);
  const another = before[fileOf === keyFile ? 'privateKeyPem' : 'certificatePem'];
  for (const content of ['garbage', another]) {
    await writeFile(fileOf(), content);
    const made = await loadServerCertificate(folder, loopback);
    const certificate = new X509Certificate(made.certificatePem);
    expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
  }
});
