// @peculiar/x509 resolves its parts through decorators: their metadata has to exist before it loads.
import 'reflect-metadata';

import { X509Certificate } from 'node:crypto';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate as ParsedCertificate,
} from '@peculiar/x509';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import { certificateSchema, type Certificate } from '../../shared/model/certificate.ts';
import { normaliseSerial } from '../../shared/model/serial.ts';
import { pinOf } from './keyVault.ts';

type Provenance = Pick<Certificate, 'origin' | 'hasPrivateKey' | 'managerId'>;

/**
 * What one certificate (PEM) says of itself, as it is listed. Authorities are told by their basic constraints (RFC 5280
 * §4.2.1.9), the others by their extended key usage; one for both uses, or of no stated use, counts as a server's where it
 * carries names. Fails with `input_invalid` where it can't be read or is beyond what is stored.
 */
export function describeCertificate(pem: string, provenance: Provenance): Result<Certificate> {
  try {
    const certificate = new X509Certificate(pem);
    const parsed = new ParsedCertificate(certificate.raw);
    const alternatives = parsed.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
    const namesOf = (type: 'dns' | 'ip') => [
      ...new Set(alternatives.filter((name) => name.type === type).map(({ value }) => value)),
    ];
    const [dnsNames, ipAddresses] = [namesOf('dns'), namesOf('ip')];
    const usages = usagesOf(parsed);
    const isServer = usages.server && (dnsNames.length + ipAddresses.length > 0 || !usages.client);
    const [commonName] = parsed.subjectName.getField('CN');
    const record = certificateSchema.safeParse({
      serial: normaliseSerial(certificate.serialNumber),
      kind: certificate.ca ? 'authority' : isServer ? 'server' : 'client',
      name: commonName ?? dnsNames[0] ?? ipAddresses[0] ?? certificate.subject.replaceAll('\n', ', '),
      dnsNames,
      ipAddresses,
      notBefore: parsed.notBefore.getTime(),
      notAfter: parsed.notAfter.getTime(),
      pin: pinOf(certificate.publicKey),
      certificatePem: certificate.toString(),
      ...provenance,
    });
    if (record.success) return succeed(record.data);
    const [issue] = record.error.issues;
    return fail(
      'input_invalid',
      `a certificate can't be stored (${issue?.path.join('.')}: ${issue?.message})`,
    );
  } catch {
    return fail('input_invalid', "a certificate can't be read");
  }
}

/** Whether a TLS server may accept it from its client (RFC 5280 §4.2.1.12). */
export const servesAsClient = ({ kind, certificatePem }: Certificate): boolean =>
  kind !== 'authority' && usagesOf(new ParsedCertificate(certificatePem)).client;

function usagesOf(certificate: ParsedCertificate): { readonly server: boolean; readonly client: boolean } {
  const usages = certificate.getExtension(ExtendedKeyUsageExtension)?.usages;
  const allows = (usage: string) =>
    usages === undefined || usages.includes(usage) || usages.includes(anyExtendedKeyUsage);
  return { server: allows(ExtendedKeyUsage.serverAuth), client: allows(ExtendedKeyUsage.clientAuth) };
}

const anyExtendedKeyUsage = '2.5.29.37.0';

/** The authority among `certificates` that signed this one; `undefined` where it isn't here, or signed itself. */
function findIssuer(
  { serial, certificatePem }: Certificate,
  certificates: readonly Certificate[],
): Certificate | undefined {
  const certificate = new X509Certificate(certificatePem);
  return certificates.find((candidate) => {
    if (candidate.kind !== 'authority' || candidate.serial === serial) return false;
    const authority = new X509Certificate(candidate.certificatePem);
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  });
}

/** The authorities above a certificate, nearest first, as far as they are here. */
export function authoritiesAbove(
  certificate: Certificate,
  certificates: readonly Certificate[],
): readonly Certificate[] {
  const above: Certificate[] = [];
  let issuer = findIssuer(certificate, certificates);
  while (issuer && !above.includes(issuer)) {
    above.push(issuer);
    issuer = findIssuer(issuer, certificates);
  }
  return above;
}

/** The certificate with its intermediate authorities, as a TLS peer shows it (RFC 8446 §4.4.2): the root is the other side's. */
export const chainPem = (certificate: Certificate, certificates: readonly Certificate[]): string =>
  [certificate, ...authoritiesAbove(certificate, certificates).filter((above) => !isSelfSigned(above))]
    .map(({ certificatePem }) => certificatePem)
    .join('');

function isSelfSigned({ certificatePem }: Certificate): boolean {
  const certificate = new X509Certificate(certificatePem);
  return certificate.checkIssued(certificate);
}

/** Names the issuer of each certificate whose issuer is here. */
export const linkIssuers = (
  certificates: readonly Certificate[],
  authorities: readonly Certificate[],
): readonly Certificate[] =>
  certificates.map((certificate) => {
    const issuer = certificate.issuedBy === undefined ? findIssuer(certificate, authorities) : undefined;
    return issuer ? { ...certificate, issuedBy: issuer.serial } : certificate;
  });

/** Why a certificate isn't used any more; `undefined` where it is. */
export function describeUnfit(
  certificate: Certificate,
  certificates: readonly Certificate[],
  now: number,
): string | undefined {
  if (certificate.revokedAt !== undefined) return 'it was revoked';
  if (certificate.notAfter <= now) return 'it has expired';
  const authority = authoritiesAbove(certificate, certificates).find(
    ({ revokedAt }) => revokedAt !== undefined,
  );
  return authority && `its authority ${authority.name} was revoked`;
}
