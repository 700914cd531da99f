// @peculiar/x509 resolves its parts through decorators: their metadata has to exist before it loads.
import 'reflect-metadata';

import { createPrivateKey, type webcrypto } from 'node:crypto';
import { domainToASCII } from 'node:url';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both PEM. The key is a secret: store it as one. */
export interface CertifiedKey {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** A leaf with its serial number in lower-case hexadecimal, as revocation lists and audit entries name it. */
export interface IssuedCertificate extends CertifiedKey {
  readonly serial: string;
}

export interface CertificateRequest {
  /** At most 64 characters (RFC 5280, ub-common-name). Clients of TLS look at the names below instead. */
  readonly commonName: string;
  /** Names that a server may be reached by; written as punycode. A leading `*.` is kept. */
  readonly dnsNames: readonly string[];
  /** IPv4 or IPv6 addresses without brackets or zone. */
  readonly ipAddresses: readonly string[];
  /** `member`: both, as the members of a cluster are to each other. */
  readonly usage: 'server' | 'client' | 'member';
  /** Default: {@link clockSkewMs} ago. */
  readonly notBefore?: Date;
  /** Default: 397 days from now, never beyond the authority itself. */
  readonly notAfter?: Date;
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** What imported authorities may have for keys, by the names of Node.js; the digest is as strong as the curve (RFC 5480 §4). */
const curves: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};
const dayMs = 86_400_000;
/** How far before its making a certificate begins, so that a peer whose clock is a little behind accepts it. */
export const clockSkewMs = 5 * 60_000;
const leafLifetimeDays = 397;

/**
 * Creates a self-signed authority (RFC 5280, section 4.2.1): ECDSA P-256, path length 0, so that what it
 * issues can't issue in turn.
 *
 * @throws when the platform refuses to create a key.
 */
export async function createAuthority(options: {
  readonly commonName: string;
  readonly lifetimeDays: number;
}): Promise<CertifiedKey> {
  const keys = await createKeyPair();
  const now = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: toName(options.commonName),
    serialNumber: createSerial(),
    notBefore: new Date(now - clockSkewMs),
    notAfter: new Date(now + options.lifetimeDays * dayMs),
    keys,
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: toPem(certificate), privateKeyPem: await exportPrivateKey(keys.privateKey) };
}

/**
 * Issues one leaf with a key of its own (RFC 5280; names as in RFC 9525).
 *
 * @throws when the authority's PEM can't be read, or a name or address can't be encoded.
 */
export async function issueCertificate(
  authority: CertifiedKey,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const issuer = new X509Certificate(authority.certificatePem);
  const { signingKey, algorithm } = await importSigningKey(authority.privateKeyPem);
  const keys = await createKeyPair();
  const serial = createSerial();
  const names = [
    ...request.dnsNames.map((value) => ({ type: 'dns' as const, value: toAsciiName(value) })),
    ...request.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const now = Date.now();
  const certificate = await X509CertificateGenerator.create({
    subject: toName(request.commonName),
    issuer: issuer.subjectName,
    serialNumber: serial,
    notBefore: request.notBefore ?? new Date(now - clockSkewMs),
    notAfter:
      request.notAfter ?? new Date(Math.min(now + leafLifetimeDays * dayMs, issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([
        ...(request.usage === 'client' ? [] : [ExtendedKeyUsage.serverAuth]),
        ...(request.usage === 'server' ? [] : [ExtendedKeyUsage.clientAuth]),
      ]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await identifyIssuer(issuer),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return {
    certificatePem: toPem(certificate),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
    serial,
  };
}

async function createKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** @throws where it is neither RSA nor ECDSA on a curve of NIST. */
async function importSigningKey(pem: string) {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
  const curve = curves[asymmetricKeyDetails?.namedCurve ?? ''];
  if (asymmetricKeyType !== 'rsa' && curve === undefined)
    throw new Error('the private key of the authority is neither RSA nor ECDSA on P-256, P-384 or P-521');
  const algorithm = curve ? { name: 'ECDSA', ...curve } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const encoded = PemConverter.decodeFirst(pem);
  const signingKey = await crypto.subtle.importKey('pkcs8', encoded, algorithm, false, ['sign']);
  return { signingKey, algorithm };
}

/** As the authority names its own key, however it computed that (RFC 5280 §4.2.1.1). */
async function identifyIssuer(issuer: X509Certificate): Promise<AuthorityKeyIdentifierExtension> {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension);
  return own
    ? new AuthorityKeyIdentifierExtension(own.keyId)
    : AuthorityKeyIdentifierExtension.create(issuer.publicKey);
}

/** As a typed value: the library reads a mere string as RFC 4514 text, where `#` begins hexadecimal and a backslash escapes. */
const toName = (commonName: string): Name => new Name([{ CN: [{ utf8String: commonName }] }]);

/** PEM files are joined into bundles, so each has to end its own last line. */
function toPem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

/** 16 random bytes, positive and without a leading zero byte (RFC 5280, section 4.1.2.2: at most 20). */
function createSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** `domainToASCII` refuses the asterisk of a wildcard, which is only ever the first label. */
function toAsciiName(name: string): string {
  const wildcard = name.startsWith('*.') ? '*.' : '';
  const ascii = domainToASCII(name.slice(wildcard.length));
  if (ascii === '') throw new Error(`"${name}" is not a DNS name`);
  return wildcard + ascii;
}
