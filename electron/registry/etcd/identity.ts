import { isIP } from 'node:net';
import {
  checkServerIdentity,
  createSecureContext,
  type ConnectionOptions,
  type SecureContext,
} from 'node:tls';
import { fail, failureOf, succeed, type Failure, type Result } from '../../../shared/contract/failure.ts';

/** How the members of a cluster prove who they are to us, and we to them; all PEM, the key unencrypted. */
export interface EtcdIdentity {
  /** Left out: the authorities that Node.js ships. */
  readonly authoritiesPem?: string | undefined;
  readonly clientCertificate?:
    { readonly certificatePem: string; readonly privateKeyPem: string } | undefined;
}

/** Where a member listens, as a URL says it. */
export interface Endpoint {
  readonly url: string;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  readonly isSecured: boolean;
}

/** `url` as `endpointSchema` has it. */
export function parseEndpoint(url: string): Endpoint {
  const { protocol, hostname } = new URL(url);
  return {
    url,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    // URL drops the port that its scheme has by default.
    port: Number(/:(\d+)$/.exec(url)?.[1]),
    isSecured: protocol === 'https:',
  };
}

interface TlsOptions extends ConnectionOptions {
  readonly secureContext: SecureContext;
  readonly checkServerIdentity: typeof checkServerIdentity;
}

/**
 * How TLS is spoken with an endpoint. A name is sent as SNI, an address never is (RFC 6066 §3); the certificate has to carry
 * either. Fails where the identity's own PEM can't be used.
 */
export function composeTlsOptions(endpoint: Endpoint, identity: EtcdIdentity): Result<TlsOptions> {
  const { authoritiesPem, clientCertificate } = identity;
  const authorities = {
    minVersion: 'TLSv1.2',
    ...(authoritiesPem !== undefined && { ca: authoritiesPem }),
  } as const;
  try {
    createSecureContext(authorities);
  } catch {
    return fail('registry_certificate_untrusted', 'the configured authorities can not be read as PEM');
  }
  try {
    const secureContext = createSecureContext({
      ...authorities,
      ...(clientCertificate && {
        cert: clientCertificate.certificatePem,
        key: clientCertificate.privateKeyPem,
      }),
    });
    return succeed({
      secureContext,
      servername: isIP(endpoint.host) === 0 ? endpoint.host : '',
      checkServerIdentity: (_name, certificate) => checkServerIdentity(endpoint.host, certificate),
    });
  } catch {
    return fail(
      'registry_client_refused',
      'the client certificate and its key can not be read, or do not match',
    );
  }
}

/** Alerts by which a TLS server turns down the certificate of its client, or the lack of one (RFC 8446 §6.2). */
const clientRefusals =
  /^ERR_SSL_\w*ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED|NO_CERTIFICATE|HANDSHAKE_FAILURE|DECRYPT_ERROR)$/;
const distrusts =
  /^(ERR_TLS_CERT_ALTNAME_INVALID|UNABLE_TO_\w+|SELF_SIGNED_CERT\w*|DEPTH_ZERO_SELF_SIGNED\w*|CERT_\w+|CRL_\w+|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** What a failed TLS connection means, by the codes of Node.js and OpenSSL; `undefined` where the error isn't one of TLS. */
export function explainTlsError(code: string): Failure | undefined {
  if (distrusts.test(code)) return failureOf('registry_certificate_untrusted', code);
  if (clientRefusals.test(code)) return failureOf('registry_client_refused', code);
  if (/^ERR_(SSL|TLS)_/.test(code)) return failureOf('registry_not_etcd', code);
  return undefined;
}
