import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** The algorithms that prove a host's key of one type (RFC 8332 for RSA); SHA-1 isn't among them. */
const proofsOf: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * What is offered to a host, best first. Types of keys that are known of it come first, so that a host with several shows one
 * that can be compared.
 *
 * Left out on purpose, besides what is broken: group exchange and the groups above 4096 bits, which let a host keep this
 * process busy with one packet, and compression, which lets it fill the memory with one.
 */
export function chooseAlgorithms(knownTypes: readonly string[]): Algorithms {
  const types = Object.keys(proofsOf).toSorted(
    (left, right) => Number(knownTypes.includes(right)) - Number(knownTypes.includes(left)),
  );
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group14-sha256',
      'diffie-hellman-group16-sha512',
    ],
    serverHostKey: types.flatMap((type) => proofsOf[type] ?? []),
    cipher: [
      'aes128-gcm@openssh.com',
      'aes256-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes128-ctr',
      'aes192-ctr',
      'aes256-ctr',
    ],
    hmac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    compress: ['none'],
  };
}
