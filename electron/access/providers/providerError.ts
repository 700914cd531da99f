import { type Failure, type FailureCode, failureOf } from '../../../shared/contract/failure.ts';

/** Carries a failure through a library, which only knows errors; caught before the boundary. */
export class ProviderError extends Error {
  readonly failure: Failure;

  constructor(code: FailureCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? code, options);
    this.failure = failureOf(code, detail);
  }
}

/** The one that is behind an error, however often it was wrapped. */
export function findProviderError(error: unknown): ProviderError | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (current instanceof ProviderError) return current;
    current = current.cause;
  }
  return undefined;
}

/** Node's codes of certificates that don't verify (X509_verify_cert_error_string(3)), and of what isn't TLS at all. */
const mistrustedCodes =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO$|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

const sentences: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ENOTFOUND: 'there is no such name (ENOTFOUND)',
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED)',
};

/** What a connection that broke, or never came to be, means. */
export function toProviderError(error: unknown): ProviderError {
  const known = findProviderError(error);
  if (known) return known;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isMistrusted = mistrustedCodes.test(code);
  const otherwise = isMistrusted ? 'its certificate could not be verified' : 'the connection broke';
  const detail = sentences[code] ?? (code === '' ? otherwise : `${otherwise} (${code})`);
  return new ProviderError(isMistrusted ? 'provider_mistrusted' : 'provider_unreachable', detail, {
    cause: error,
  });
}
