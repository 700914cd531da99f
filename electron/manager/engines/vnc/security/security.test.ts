import { createDecipheriv, createDiffieHellman, createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { HostFault } from '../hostFault.ts';
import { answerApple } from './appleAuthentication.ts';
import { judgeCertificate, mustShowCertificate, parseFingerprints } from './certificateTrust.ts';
import { chooseSecurityType } from './security.ts';
import { chooseSubtype } from './veNCrypt.ts';
import { answerChallenge, encryptBlocks } from './vncAuthentication.ts';

describe('VNC authentication', () => {
  test.each([
    // FIPS 81, appendix B.
    ['0123456789abcdef', '4e6f772069732074', '3fa40e8a984d4815'],
    ['0123456789abcdef', '68652074696d6520', '6a271787ab8883f9'],
    // NBS Special Publication 500-20.
    ['0101010101010101', '8000000000000000', '95f8a5e5dd31d900'],
    ['8001010101010101', '0000000000000000', '95a8d72813daa94d'],
  ])('is DES: %s of %s', (key, plain, encrypted) => {
    expect(encryptBlocks(Buffer.from(key, 'hex'), Buffer.from(plain, 'hex')).toString('hex')).toBe(encrypted);
  });

  test('looks at eight signs of a password, and at each half of the challenge by itself', () => {
    const challenge = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const answer = answerChallenge('password', challenge);
    expect(answer).toHaveLength(16);
    expect(answerChallenge('passwords and more', challenge)).toEqual(answer);
    expect(answerChallenge('passwore', challenge)).not.toEqual(answer);
    expect(answerChallenge('password', challenge.subarray(8))).toEqual(answer.subarray(8));
    // The bits of each byte in reverse: 0xd0 for 0x0b.
    const key = Buffer.from([0xd0, 0, 0, 0, 0, 0, 0, 0]);
    expect(answerChallenge('\u000b', challenge)).toEqual(encryptBlocks(key, challenge));
  });
});

test('Apple’s host reads the name and the password that it is sent', () => {
  const host = createDiffieHellman(512);
  const hostKey = host.generateKeys();
  const prime = host.getPrime();
  const sent = answerApple(host.getGenerator(), prime, hostKey, 'anna', 'geheim');
  const secret = host.computeSecret(sent.subarray(128));
  const padded = Buffer.concat([Buffer.alloc(prime.length - secret.length), secret]);
  const decipher = createDecipheriv('aes-128-ecb', createHash('md5').update(padded).digest(), null);
  decipher.setAutoPadding(false);
  const fields = Buffer.concat([decipher.update(sent.subarray(0, 128)), decipher.final()]).toString('latin1');
  expect(fields.slice(0, 5)).toBe('anna\0');
  expect(fields.slice(64, 71)).toBe('geheim\0');
});

describe('what is chosen', () => {
  const nobody = { hasUsername: false, hasPassword: false };
  const password = { hasUsername: false, hasPassword: true };
  const person = { hasUsername: true, hasPassword: true };
  test.each([
    [[1, 2, 19], password, 19],
    [[1, 2], password, 2],
    [[1, 2], nobody, 1],
    [[30, 33, 2], person, 30],
    [[30, 33, 2], password, 2],
    [[30, 33], nobody, 30],
    [[16, 2], password, 16],
  ])('of the types %j', (offered, credentials, expected) => {
    expect(chooseSecurityType(offered, credentials)).toBe(expected);
  });
  test.each([
    [[257, 258, 259, 260, 261, 262], person, 262],
    [[257, 258, 259, 260, 261, 262], password, 261],
    [[257, 258, 259, 260, 261, 262], nobody, 260],
    [[258, 259], person, 259],
    [[258, 262], password, 262],
    [[256], person, undefined],
  ])('of the subtypes %j', (offered, credentials, expected) => {
    expect(chooseSubtype(offered, credentials)).toBe(expected);
  });
  test('nothing of what is unknown', () => {
    expect(() => chooseSecurityType([5, 6], person)).toThrow(HostFault);
  });
});

describe('a certificate', () => {
  const facts = { isVouchedFor: false, fingerprint: 'aa' };
  test('of an authority is believed, and not remembered', () => {
    const pins = new Map<string, string>();
    expect(judgeCertificate({ ...facts, isVouchedFor: true }, [], pins, 'host')).toBeUndefined();
    expect(pins.size).toBe(0);
  });
  test('that nobody vouches for is believed at first, and from then on only itself', () => {
    const pins = new Map<string, string>();
    expect(judgeCertificate(facts, [], pins, 'host')).toBeUndefined();
    expect(judgeCertificate(facts, [], pins, 'host')).toBeUndefined();
    expect(judgeCertificate({ ...facts, fingerprint: 'bb' }, [], pins, 'host')?.end.status).toBe(512);
    expect(judgeCertificate({ ...facts, fingerprint: '' }, [], pins, 'host')?.end.status).toBe(512);
    expect(judgeCertificate({ ...facts, fingerprint: 'bb' }, [], pins, 'another')).toBeUndefined();
    expect(mustShowCertificate({ fingerprints: [], pins, hostKey: 'host' })).toBe(true);
    expect(mustShowCertificate({ fingerprints: [], pins, hostKey: 'third' })).toBe(false);
  });
  test('has to be one of those that are listed, whoever vouches for it', () => {
    const expected = parseFingerprints('sha256:AA, B:B');
    expect(expected).toEqual(['aa', 'bb']);
    const pins = new Map([['host', 'cc']]);
    expect(judgeCertificate(facts, expected, pins, 'host')).toBeUndefined();
    const other = { isVouchedFor: true, fingerprint: 'cc' };
    expect(judgeCertificate(other, expected, pins, 'host')?.end.status).toBe(512);
  });
});
