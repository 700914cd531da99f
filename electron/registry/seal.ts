import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';

/**
 * Sealing of guacd connection ids. Who knows one can watch and type in the session, so that the registry holds it only sealed to
 * the key of its pool (HPKE in base mode, RFC 9180: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM). Every process seals;
 * gateways and administrators, who were given the private key as a file, open.
 */
const suite = () =>
  new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** Binds what was sealed to its purpose, so that it means nothing elsewhere. */
const info = new TextEncoder().encode('proxima/v1/connection-id');
/** RFC 9180 §7.1: Nenc of DHKEM(P-256), an uncompressed point. */
const encapsulatedBytes = 65;

/** `publicKey`: the uncompressed point in Base64, for everybody; `privateKeyPem`: PKCS #8, for gateways and administrators. */
export interface PoolKey {
  readonly publicKey: string;
  readonly privateKeyPem: string;
}

export async function createPoolKey(): Promise<PoolKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: 'ECDH', namedCurve: 'P-256' },
    true,
    ['deriveBits'],
  );
  const point = await crypto.subtle.exportKey('raw', publicKey);
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    publicKey: Buffer.from(point).toString('base64'),
    privateKeyPem: ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n'),
  };
}

/** Base64. Fails with `registry_newer` where the pool's key isn't one that this version knows. */
export async function sealConnectionId(
  publicKey: string,
  sessionId: string,
  connectionId: string,
): Promise<Result<string>> {
  try {
    const recipientPublicKey = await suite().kem.deserializePublicKey(
      bytesOf(Buffer.from(publicKey, 'base64')),
    );
    const sender = await suite().createSenderContext({ recipientPublicKey, info });
    const sealed = await sender.seal(encode(connectionId), encode(sessionId));
    return succeed(Buffer.concat([Buffer.from(sender.enc), Buffer.from(sealed)]).toString('base64'));
  } catch {
    return fail('registry_newer', "the pool's key is not one that this version can seal to");
  }
}

/** The connection id. Fails with `registry_denied` where `privateKeyPem` isn't the pool's, or the record is another session's. */
export async function openConnectionId(
  privateKeyPem: string,
  sessionId: string,
  sealedBase64: string,
): Promise<Result<string>> {
  try {
    const sealed = Buffer.from(sealedBase64, 'base64');
    const recipientKey = await importPrivateKey(privateKeyPem);
    const recipient = await suite().createRecipientContext({
      recipientKey,
      enc: bytesOf(sealed.subarray(0, encapsulatedBytes)),
      info,
    });
    const opened = await recipient.open(bytesOf(sealed.subarray(encapsulatedBytes)), encode(sessionId));
    return succeed(Buffer.from(opened).toString('utf8'));
  } catch {
    return fail('registry_denied', 'this session was sealed for another key');
  }
}

function importPrivateKey(pem: string) {
  const base64 = pem.replace(/-----[A-Z ]+-----|\s/g, '');
  return crypto.subtle.importKey(
    'pkcs8',
    bytesOf(Buffer.from(base64, 'base64')),
    { name: 'ECDH', namedCurve: 'P-256' },
    true,
    ['deriveBits'],
  );
}

const encode = (text: string): ArrayBuffer => bytesOf(new TextEncoder().encode(text));

function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
