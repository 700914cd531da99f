import { createHash } from 'node:crypto';

/** The type that a public key in the wire format (RFC 4253 §6.6) begins with; `''` where it is none. */
export function readKeyType(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  if (bytes.length < 4) return '';
  const length = bytes.readUInt32BE(0);
  return length > 64 || bytes.length < 4 + length ? '' : bytes.toString('latin1', 4, 4 + length);
}

/** As OpenSSH writes it: `SHA256:` and base64 without padding. */
export const fingerprintOf = (key: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replaceAll('=', '')}`;

/** As people know the type: `ED25519`, `ECDSA`, `RSA`. */
export function nameKeyType(key: Uint8Array): string {
  const type = readKeyType(key);
  if (type.startsWith('ecdsa-')) return 'ECDSA';
  return type.replace(/^ssh-/, '').toUpperCase();
}

/** `ED25519 key SHA256:…` */
export const describeKey = (key: Uint8Array): string => `${nameKeyType(key)} key ${fingerprintOf(key)}`;

/** A key out of its base64; `undefined` where that isn't one of the types that are spoken here. */
export function parsePublicKey(base64: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return /^(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521)|sk-.+)$/.test(readKeyType(key))
    ? key
    : undefined;
}
