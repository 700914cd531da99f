import 'reflect-metadata';
import { PemConverter, X509Certificate, X509CrlGenerator } from '@peculiar/x509';
import type { CertifiedKey } from './certificateAuthority.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A CRL (RFC 5280 §5) as PEM, of an authority that was made here. */
export async function signRevocationList(
  authority: CertifiedKey,
  serials: readonly string[],
): Promise<string> {
  const { subjectName, notAfter } = new X509Certificate(authority.certificatePem);
  const signingKey = await crypto.subtle.importKey(
    'pkcs8',
    PemConverter.decodeFirst(authority.privateKeyPem),
    algorithm,
    false,
    ['sign'],
  );
  const list = await X509CrlGenerator.create({
    issuer: subjectName,
    thisUpdate: new Date(),
    nextUpdate: notAfter,
    entries: serials.map((serial) => ({
      serialNumber: serial.padStart(serial.length + (serial.length % 2), '0'),
      revocationDate: new Date(),
    })),
    signingKey,
    signingAlgorithm: algorithm,
  });
  // The library's own label is one that OpenSSL doesn't know.
  return `${PemConverter.encode(list.rawData, 'X509 CRL')}\n`;
}
