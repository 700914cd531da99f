import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { fileLimitBytes, readCertificateFile, readPem } from './certificateFile.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n';

const problemOf = (file: ReturnType<typeof readPem>) => (file.kind === 'wrong' ? file.problem : file.kind);

test('takes PEM, with and without a key, with text before it', () => {
  const text = `subject=CN = a\n${key}${pem}`;
  expect(readCertificateFile(bytesOf(text))).toEqual({ kind: 'pem', text });
  expect(readPem(pem).kind).toBe('pem');
  expect(readPem(key.replaceAll('PRIVATE', 'EC PRIVATE')).kind).toBe('pem');
});

test.each([
  ['an encrypted key', `${pem}-----BEGIN ENCRYPTED PRIVATE KEY-----\n`, /passphrase/],
  [
    'an encrypted key of old',
    `${pem}-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n`,
    /passphrase/,
  ],
  ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\n', /SSH/],
  ['a request', '-----BEGIN CERTIFICATE REQUEST-----\n', /request/],
  ['any other text', 'hello', /no certificate/],
])('says what is wrong with %s', (_name, text, problem) => {
  expect(problemOf(readCertificateFile(bytesOf(text)))).toMatch(problem);
});

test('tells PKCS#12 and DER apart by their content', () => {
  const body = randomBytes(300);
  const pkcs12 = new Uint8Array([0x30, 0x82, 0x01, 0x2f, 0x02, 0x01, 0x03, ...body]);
  expect(readCertificateFile(pkcs12)).toEqual({
    kind: 'pkcs12',
    contentBase64: Buffer.from(pkcs12).toString('base64'),
  });
  const der = new Uint8Array([0x30, 0x82, 0x01, 0x30, 0x30, 0x82, 0x01, 0x2c, ...body]);
  const read = readCertificateFile(der);
  if (read.kind !== 'pem') throw new Error(problemOf(read));
  const lines = read.text.trim().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBe(64);
  expect(Buffer.from(lines.slice(1, -1).join(''), 'base64')).toEqual(Buffer.from(der));
});

test.each([
  ['nothing', new Uint8Array(), /empty/],
  ['a Java keystore', new Uint8Array([0xfe, 0xed, 0xfe, 0xed, 0, 0]), /Java keystore/],
  ['other DER', new Uint8Array([0x30, 0x03, 0x02, 0x01, 0x00]), /neither/],
  ['a huge file', new Uint8Array(fileLimitBytes + 1), /too large/],
])('says what is wrong with %s', (_name, bytes, problem) => {
  expect(problemOf(readCertificateFile(bytes))).toMatch(problem);
});
