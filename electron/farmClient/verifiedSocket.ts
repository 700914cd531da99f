import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import * as tls from 'node:tls';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';

const connectTimeoutMs = 10_000;

/**
 * A TLS connection to the farm whose certificate was verified as was chosen; nothing is sent before. Fails with
 * `farm_certificate_untrusted`, `farm_unreachable` or `farm_answer_invalid`.
 */
export function connectVerified({ address, verification }: FarmChoice): Promise<Result<tls.TLSSocket>> {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const authorities = authoritiesOf(verification);
  return new Promise((resolve) => {
    let socket: tls.TLSSocket;
    try {
      socket = tls.connect({
        host,
        port: port === '' ? 443 : Number(port),
        // An address is never sent as SNI (RFC 6066, section 3).
        servername: isIP(host) === 0 ? host : '',
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        ...(authorities && { ca: authorities }),
        // A pinned key is an identity by itself; it is compared below, before anything is sent.
        rejectUnauthorized: verification.kind !== 'pins',
        checkServerIdentity: (_name, certificate) => tls.checkServerIdentity(host, certificate),
      });
    } catch {
      resolve(fail('farm_certificate_untrusted', 'the chosen authorities are no certificates in PEM'));
      return;
    }
    const giveUp = (failure: Failure) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ok: false, failure });
    };
    const timer = setTimeout(
      () => giveUp(failureOf('farm_unreachable', 'it did not answer in time')),
      connectTimeoutMs,
    );
    // Stays: a later error comes with the close that whoever uses the socket hears of.
    socket.on('error', (error) => giveUp(classify(error)));
    socket.once('close', () => giveUp(failureOf('farm_unreachable', 'it hung up')));
    socket.once('secureConnect', () => {
      if (verification.kind === 'pins' && !matchesPin(socket, verification.pins)) {
        giveUp(failureOf('farm_certificate_untrusted', 'its key is not the pinned one'));
        return;
      }
      clearTimeout(timer);
      resolve(succeed(socket));
    });
  });
}

/** Those of the system too, where this Node.js can read them (22.15 and newer); `undefined` leaves it to Node.js. */
function authoritiesOf(verification: FarmChoice['verification']): string | string[] | undefined {
  if (verification.kind === 'authorities') return verification.certificatesPem;
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default' | 'system') => string[] };
  return getCACertificates && [...getCACertificates('default'), ...getCACertificates('system')];
}

function matchesPin(socket: tls.TLSSocket, pins: readonly string[]): boolean {
  const { raw }: { raw?: Buffer } = socket.getPeerCertificate() ?? {};
  const key = raw && new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' });
  return key !== undefined && pins.includes(createHash('sha256').update(key).digest('base64'));
}

const distrusts =
  /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

function classify(error: Error): Failure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return failureOf('farm_certificate_untrusted', 'it was made for another name');
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return failureOf('farm_certificate_untrusted', 'it has expired, or is not valid yet');
  if (distrusts.test(code))
    return failureOf('farm_certificate_untrusted', 'no authority that is trusted here issued it');
  if (/^ERR_(SSL|TLS)_/.test(code))
    return failureOf('farm_answer_invalid', 'it does not speak TLS as it should');
  return failureOf('farm_unreachable', code);
}
