import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { readPrivateKey } from './privateKey.ts';

const passphrase = 'open sesame';
const kindOf = (text: string, opens = '') => readPrivateKey(text, opens).kind;

describe('reading private keys', () => {
  const pairs = {
    ed25519: generateKeyPairSync('ed25519').privateKey,
    ecdsa: generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  };

  it.each(Object.entries(pairs))('reads %s in PKCS #8, locked and not, and signs with it', (_name, pair) => {
    const plain = pair.export({ type: 'pkcs8', format: 'pem' }).toString();
    const locked = pair
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
      .toString();
    for (const reading of [readPrivateKey(plain, ''), readPrivateKey(locked, passphrase)]) {
      if (reading.kind !== 'read') throw new Error(reading.kind);
      expect(reading.key.verify('text', reading.key.sign('text'))).toBe(true);
    }
    expect(kindOf(locked)).toBe('locked');
    expect(kindOf(locked, 'wrong')).toBe('locked');
  });

  it('reads what OpenSSH writes, locked and not', () => {
    const plain = ssh2.utils.generateKeyPairSync('ed25519').private;
    const locked = ssh2.utils.generateKeyPairSync('ed25519', {
      cipher: 'aes256-ctr',
      passphrase,
      rounds: 4,
    }).private;
    expect(kindOf(plain)).toBe('read');
    expect(kindOf(`  ${plain.replaceAll('\n', '\r\n')}\n\n`)).toBe('read');
    // A passphrase that isn't needed does no harm.
    expect(kindOf(plain, 'unneeded')).toBe('read');
    expect(kindOf(locked)).toBe('locked');
    expect(kindOf(locked, 'wrong')).toBe('locked');
    expect(kindOf(locked, passphrase)).toBe('read');
  });

  it('does not count for hours', () => {
    const { private: locked } = ssh2.utils.generateKeyPairSync('ed25519', {
      cipher: 'aes256-ctr',
      passphrase,
      rounds: 4,
    });
    const body = Buffer.from(locked.split('\n').slice(1, -1).join(''), 'base64');
    const at = body.indexOf('bcrypt') + 'bcrypt'.length + 4 + 4 + 16;
    expect(body.readUInt32BE(at)).toBe(4);
    body.writeUInt32BE(1_000_000, at);
    const armour = (base64: string) =>
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${base64}\n-----END OPENSSH PRIVATE KEY-----`;
    const slow = body.toString('base64');
    expect(kindOf(armour(slow), passphrase)).toBe('unreadable');
    // What looks like the end, within the salt; and something behind the number.
    const cut = Math.floor((at - 10) / 3) * 4;
    expect(kindOf(armour(`${slow.slice(0, cut)}-END${slow.slice(cut + 4)}`), passphrase)).toBe('unreadable');
    const options = at - 4 - 16 - 4;
    body.writeUInt32BE(body.readUInt32BE(options) + 1, options);
    expect(kindOf(armour(body.toString('base64')), passphrase)).toBe('unreadable');
  });

  it('takes nothing else, and never throws', () => {
    expect(kindOf(ssh2.utils.generateKeyPairSync('ed25519').public)).toBe('unreadable');
    expect(kindOf('x'.repeat(70_000))).toBe('unreadable');
    const { private: whole } = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ maxLength: 40 }), fc.string(), (cut, inserted, opens) => {
        readPrivateKey(whole.slice(0, cut) + inserted + whole.slice(cut), opens);
        readPrivateKey(inserted, opens);
      }),
    );
  });
});
