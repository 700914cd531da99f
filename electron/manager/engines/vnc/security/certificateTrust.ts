import type { TLSSocket } from 'node:tls';
import { untrusted, type HostFault } from '../hostFault.ts';

/** Fingerprints of certificates by host, as they were first seen. A `Map` is one; so is what keeps them on disk. */
export interface CertificatePins {
  get(host: string): string | undefined;
  set(host: string, fingerprint: string): unknown;
}

export interface CertificateFacts {
  /** Whether an authority of the system vouches for it, under this address. */
  readonly isVouchedFor: boolean;
  /** SHA-256, hexadecimal digits in small letters; `''` where there is no certificate. */
  readonly fingerprint: string;
}

export const readCertificateFacts = (socket: TLSSocket): CertificateFacts => ({
  isVouchedFor: socket.authorized,
  fingerprint: normalizeFingerprint(socket.getPeerCertificate().fingerprint256 ?? ''),
});

/**
 * Who is believed to be the host:
 * - where the argument `cert-fingerprints` lists some: whoever shows one of these, and nobody else;
 * - a certificate that an authority of the system vouches for;
 * - the certificate that was seen first at this address, as with SSH. Another one later is refused.
 *
 * @returns the fault where it isn't to be believed.
 */
export function judgeCertificate(
  { isVouchedFor, fingerprint }: CertificateFacts,
  expected: readonly string[],
  pins: CertificatePins,
  host: string,
): HostFault | undefined {
  if (expected.length > 0) {
    if (fingerprint !== '' && expected.includes(fingerprint)) return undefined;
    return untrusted('The VNC server showed another certificate than the ones that are expected of it.');
  }
  if (fingerprint === '') return untrusted('The VNC server showed no certificate.');
  if (isVouchedFor) return undefined;
  const pinned = pins.get(host);
  if (pinned === undefined) pins.set(host, fingerprint);
  else if (pinned !== fingerprint)
    return untrusted(
      'The VNC server showed another certificate than at the first time; someone may be in between.',
    );
  return undefined;
}

/**
 * Whether a host has to show a certificate: one is expected of it, or was seen. Otherwise who is in between could just offer
 * encryption without one, or none.
 */
export const mustShowCertificate = ({
  fingerprints,
  pins,
  hostKey,
}: {
  readonly fingerprints: readonly string[];
  readonly pins: CertificatePins;
  readonly hostKey: string;
}): boolean => fingerprints.length > 0 || pins.get(hostKey) !== undefined;

/** As `cert-fingerprints` lists them: with or without `sha256:` and colons, separated by commas. */
export const parseFingerprints = (list: string): readonly string[] =>
  list.split(',').map(normalizeFingerprint).filter(Boolean);

const normalizeFingerprint = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
    .replaceAll(':', '');
