import { createCipheriv } from 'node:crypto';

const blockBytes = 8;
/** VNC looks at no more of a password, and has no word for other signs. */
const passwordBytes = 8;

/**
 * The answer to a challenge of 16 bytes (RFC 6143 §7.2.2): each half encrypted by DES, whose key is the password with the bits of
 * each byte in reverse.
 *
 * OpenSSL 3 keeps DES itself in a provider that is off. Triple DES with the same key three times is DES, and CBC of a single block
 * without an initialisation vector is ECB; both are everywhere.
 */
export function answerChallenge(password: string, challenge: Uint8Array): Buffer {
  const key = Buffer.alloc(passwordBytes);
  key.set(Buffer.from(password, 'latin1').subarray(0, passwordBytes));
  return encryptBlocks(key.map(reverseBits), challenge);
}

export function encryptBlocks(key: Uint8Array, data: Uint8Array): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < data.length; at += blockBytes) {
    const cipher = createCipheriv('des-ede3-cbc', Buffer.concat([key, key, key]), Buffer.alloc(blockBytes));
    cipher.setAutoPadding(false);
    blocks.push(cipher.update(data.subarray(at, at + blockBytes)), cipher.final());
  }
  return Buffer.concat(blocks);
}

function reverseBits(byte: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
  return reversed;
}
