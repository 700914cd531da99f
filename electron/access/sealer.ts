import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps small texts to whoever has the key: what a browser carries for us, and the secrets of second factors where they are stored. */
export interface Sealer {
  /** `purpose` is bound to it: what was sealed for one purpose doesn't open for another. */
  seal(purpose: string, text: string): string;
  /** `undefined` where it isn't ours, was changed, or was sealed for another purpose. */
  open(purpose: string, sealed: string): string | undefined;
}

/** NIST SP 800-38D, section 8.2.2: random nonces of 96 bits. */
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM, with a key from `keyMaterial` (at least 16 random bytes; the same on every node) by HKDF (RFC 5869). */
export function createSealer(keyMaterial: string | Uint8Array): Sealer {
  const key = Buffer.from(hkdfSync('sha256', keyMaterial, '', 'proxima access', 32));
  return {
    seal(purpose, text) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), data]).toString('base64url');
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < nonceBytes + tagBytes) return undefined;
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        const data = bytes.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
