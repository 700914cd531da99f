import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { secretSchema } from '../../shared/model/host.ts';
import type { SecretStore } from '../broker/ports.ts';

/**
 * Private keys of certificates, each under the digest of its public key: wherever a certificate comes back to, its key is found.
 * They lie where passwords do, in the OS keychain or the encrypted file. Failures: `secrets_unavailable` where nothing here
 * protects them, `secrets_unreadable` where it does but can't be read now.
 */
export interface KeyVault {
  readonly isProtected: boolean;
  /** PKCS #8 PEM; `undefined` where the key isn't here. */
  read(pin: string): Promise<Result<string | undefined>>;
  write(pin: string, privateKeyPem: string): Promise<Result<void>>;
  remove(pins: readonly string[]): Promise<Result<void>>;
}

/** What one entry of a secret store holds. */
export const maximumKeyLength = 8192;

/** Host entries are named by UUIDs, so these never meet. */
export const keyEntryOf = (pin: string): string =>
  `certificate-key/${Buffer.from(pin, 'base64').toString('hex')}`;

/** Keeps private keys in `secrets`, beside the entries of hosts. */
export function createKeyVault(secrets: SecretStore): KeyVault {
  return {
    isProtected: secrets.kind !== 'none',
    async read(pin) {
      const secret = await secrets.read(keyEntryOf(pin));
      if (!secret.ok) return secret;
      const pem = secret.value.privateKey;
      if (pem !== undefined && pinOfPrivateKey(pem) !== pin)
        return fail('secrets_unreadable', 'the stored private key is not that of the certificate');
      return succeed(pem);
    },
    write(pin, privateKeyPem) {
      const secret = secretSchema.safeParse({ privateKey: privateKeyPem });
      return secret.success
        ? secrets.write(keyEntryOf(pin), secret.data)
        : Promise.resolve(fail('input_invalid', 'the private key is too long'));
    },
    remove: (pins) => secrets.remove(pins.map(keyEntryOf)),
  };
}

/** Base64 SHA-256 of the SubjectPublicKeyInfo (RFC 7469 §2.4). */
export const pinOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

/** The pin of the public half; `undefined` where the text is no private key. */
function pinOfPrivateKey(pem: string): string | undefined {
  try {
    return pinOf(createPublicKey(createPrivateKey(pem)));
  } catch {
    return undefined;
  }
}
