import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  checkServerIdentity,
  createSecureContext,
  type ConnectionOptions,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import {
  fail,
  failureOf,
  succeed,
  type Failure,
  type FailureCode,
  type Result,
} from '../../shared/contract/failure.ts';
import { normaliseDomain } from '../../shared/model/address.ts';
import { normaliseSerial } from '../../shared/model/serial.ts';
import type { ManagerLookup } from '../broker/ports.ts';
import type { Security } from '../../shared/model/health.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';

/** What this broker shows to session managers that ask for it; both PEM, the key unencrypted. */
export interface ClientCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** Which session manager, and how it proves who it is. */
export interface ManagerTarget {
  readonly manager: Pick<SessionManager, 'address' | 'port' | 'serverName'>;
  readonly trust: Trust;
  /** Where its name leads to, where that was asked ahead. */
  readonly lookup?: ManagerLookup | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly isRevoked?: IsRevoked | undefined;
}

/** Whether a serial (lower-case hexadecimal, no leading zeros) was revoked; asked at each connection, so that it counts at once. */
export type IsRevoked = (serial: string) => boolean;

const securities: Readonly<Record<Trust['kind'], Security>> = {
  authorities: 'secured',
  pins: 'secured',
  unverified: 'encrypted-not-verified',
  plain: 'connected-not-encrypted',
};

export const securityOf = (trust: Trust): Security => securities[trust.kind];

/** An address without the brackets of a URL, a name as DNS has it. */
export function normaliseAddress(address: string): string {
  const bare = address.trim().replace(/^\[(.*)\]$/, '$1');
  return isIP(bare.replace(/%.*$/, '')) === 0 ? normaliseDomain(bare) : bare;
}

/**
 * How TLS is to be spoken with the target. The certificate is checked against the manager's server name or else its address;
 * a name is also sent as SNI, an address never is (RFC 6066 §3). A pinned key is an identity by itself: names and dates of the
 * certificate around it don't matter.
 */
export function composeTlsOptions(target: ManagerTarget): Result<ConnectionOptions> {
  const { manager, trust, clientCertificate } = target;
  const identity = normaliseAddress(manager.serverName ?? manager.address).replace(/%.*$/, '');
  try {
    return succeed({
      secureContext: secureContextOf(trust, clientCertificate),
      servername: isIP(identity) === 0 ? identity : '',
      rejectUnauthorized: trust.kind === 'authorities',
      checkServerIdentity: (_name, certificate) => checkServerIdentity(identity, certificate),
    });
  } catch (error) {
    return fail('manager_tls_failed', `a configured certificate or key can't be used: ${describe(error)}`);
  }
}

/** Certificates and keys are parsed once, as long as the same are used: that takes longer than to connect. */
const secureContexts = new WeakMap<
  Trust,
  { readonly shown: ClientCertificate | undefined; readonly context: SecureContext }
>();

function secureContextOf(trust: Trust, shown: ClientCertificate | undefined): SecureContext {
  const known = secureContexts.get(trust);
  const isSame =
    known?.shown?.certificatePem === shown?.certificatePem &&
    known?.shown?.privateKeyPem === shown?.privateKeyPem;
  if (known && isSame) return known.context;
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(trust.kind === 'authorities' && trust.certificatesPem !== undefined && { ca: trust.certificatesPem }),
    ...(shown && { cert: shown.certificatePem, key: shown.privateKeyPem }),
  });
  secureContexts.set(trust, { shown, context });
  return context;
}

/**
 * The certificate of the other side, once it has come. `getPeerX509Certificate` would take it out of the chain (Node.js 20):
 * names and revocation, which are looked up there, would then find nothing.
 */
export function readPeerCertificate(socket: TLSSocket): X509Certificate | undefined {
  const { raw }: { raw?: Buffer } = socket.getPeerCertificate() ?? {};
  return raw && new X509Certificate(raw);
}

/** Whether the key that the other side proved to have is a pinned one (RFC 7469 §2.4). */
export function matchesPin(socket: TLSSocket, pins: readonly string[]): boolean {
  const key = readPeerCertificate(socket)?.publicKey.export({ type: 'spki', format: 'der' });
  return key !== undefined && pins.includes(createHash('sha256').update(key).digest('base64'));
}

/** The first revoked serial in the chain of the other side, its own certificate first; `undefined` where there is none. */
export function findRevoked(socket: TLSSocket, isRevoked: IsRevoked): string | undefined {
  const seen = new Set<DetailedPeerCertificate>();
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  // A self-signed authority is its own issuer. Without a certificate the object is empty.
  while (certificate?.serialNumber !== undefined && !seen.has(certificate)) {
    const serial = normaliseSerial(certificate.serialNumber);
    if (isRevoked(serial)) return serial;
    seen.add(certificate);
    certificate = certificate.issuerCertificate;
  }
  return undefined;
}

/** Alerts by which a TLS server turns down the certificate of its client, or the lack of one (RFC 8446 §6.2). */
const clientRefusals =
  /^ERR_SSL_\w*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|NO_CERTIFICATE)$/;
/** Alerts that mean the same once the server's own certificate was accepted, and anything before. */
const ambiguousRefusals =
  /^ERR_SSL_\w*ALERT_(HANDSHAKE_FAILURE|INTERNAL_ERROR|DECRYPT_ERROR|NO_RENEGOTIATION)$/;
const plainAnswers =
  /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE|RECORD_LAYER_FAILURE|UNKNOWN_PROTOCOL)$/;
const expiries = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const distrusts =
  /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

/** How far TLS had come when an error struck. */
export type TlsProgress = 'nothing-shown' | 'server-shown' | 'established';

/** What a failed TLS connection means, by the codes of Node.js and OpenSSL; `undefined` where the error isn't one of TLS. */
export function classifyTlsError(error: Error, progress: TlsProgress): Failure | undefined {
  const code = codeOf(error);
  const pick = (): FailureCode | undefined => {
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'manager_certificate_wrong_name';
    if (expiries.has(code)) return 'manager_certificate_expired';
    if (distrusts.test(code)) return 'manager_certificate_untrusted';
    if (clientRefusals.test(code)) return 'manager_refused_client';
    if (progress !== 'nothing-shown' && ambiguousRefusals.test(code)) return 'manager_refused_client';
    if (progress !== 'established' && plainAnswers.test(code)) return 'manager_speaks_plain';
    return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'manager_tls_failed' : undefined;
  };
  const found = pick();
  return found && failureOf(found, code);
}

/** The code that Node.js gives to system and TLS errors, `''` where there is none. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function describe(error: unknown): string {
  return codeOf(error) || 'not readable as PEM';
}
