import { createCipheriv, createDiffieHellman, createHash, randomBytes } from 'node:crypto';

const fieldBytes = 64;

/**
 * Apple's Diffie-Hellman authentication (type 30, as libvncclient and noVNC have it): name and password, each in a field of 64
 * bytes with a NUL behind it, encrypted by AES-128 under the MD5 of the shared secret. It hides them from listeners; it doesn't
 * prove who the host is.
 *
 * @returns what is sent: the encrypted fields, then the client's public key with as many bytes as the host's.
 */
export function answerApple(
  generator: Buffer,
  prime: Buffer,
  hostKey: Buffer,
  username: string,
  password: string,
): Buffer {
  const exchange = createDiffieHellman(prime, generator);
  const ownKey = exchange.generateKeys();
  const secret = pad(exchange.computeSecret(hostKey), prime.length);
  const cipher = createCipheriv('aes-128-ecb', createHash('md5').update(secret).digest(), null);
  cipher.setAutoPadding(false);
  const fields = Buffer.concat([composeField(username), composeField(password)]);
  return Buffer.concat([cipher.update(fields), cipher.final(), pad(ownKey, prime.length)]);
}

function composeField(text: string): Buffer {
  const field = randomBytes(fieldBytes);
  const bytes = Buffer.from(text).subarray(0, fieldBytes - 1);
  field.set(bytes);
  field[bytes.length] = 0;
  return field;
}

/** Zeros in front, which the shortest form of a number leaves out. */
const pad = (number: Buffer, length: number) =>
  Buffer.concat([Buffer.alloc(Math.max(0, length - number.length)), number]);
