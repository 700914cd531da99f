import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { type Failure, failureOf } from '../../../shared/contract/failure.ts';
import { findProviderError } from './providerError.ts';

/** What people decide at the provider (RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6). */
const personalErrors = new Set([
  'access_denied',
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);
const passingErrors = new Set(['server_error', 'temporarily_unavailable']);

/** What an error of the library means, bounded and free of secrets. */
export function failureOfOidcError(error: unknown): Failure {
  const known = findProviderError(error);
  if (known) return known.failure;
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    // A code that was used, is too old, or another browser's (section 5.2).
    if (personalErrors.has(error.error) || error.error === 'invalid_grant')
      return failureOf('sign_in_refused');
    const code = passingErrors.has(error.error) ? 'provider_unreachable' : 'provider_refused';
    return failureOf(code, describe(error.error, error.error_description));
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return failureOf(
      'provider_refused',
      `it does not take the client id and secret (status ${error.status})`,
    );
  if (error instanceof ClientError) return failureOfClientError(error);
  return failureOf('provider_answer_invalid', describeError(error));
}

function failureOfClientError(error: ClientError): Failure {
  const status = error.cause instanceof Response ? error.cause.status : undefined;
  if (status !== undefined && (status >= 500 || status === 429))
    return failureOf('provider_unreachable', `it answered with status ${status}`);
  if (status !== undefined && error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM')
    return failureOf('provider_answer_invalid', `it answered with status ${status}`);
  if (error.code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED')
    return failureOf('provider_answer_invalid', 'its ID token is not valid now; compare the clocks');
  if (error.code === 'OAUTH_KEY_SELECTION_FAILED')
    return failureOf('provider_answer_invalid', 'its ID token is signed with a key that it does not publish');
  if (error.code !== 'OAUTH_JWT_CLAIM_COMPARISON_FAILED')
    return failureOf('provider_answer_invalid', describeError(error));
  const claim = claimOf(error);
  return claim === 'nonce'
    ? failureOf('sign_in_refused')
    : failureOf('provider_answer_invalid', `its ID token is for somebody else (${claim ?? 'unknown claim'})`);
}

/** The claim of a token that isn't what it should be. */
function claimOf({ cause }: ClientError): string | undefined {
  const details = cause instanceof Error ? cause.cause : undefined;
  return typeof details === 'object' && details !== null && 'claim' in details
    ? String(details.claim)
    : undefined;
}

/** The library's own words; they name parts of the protocol, never what is in them. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'it answered with something unexpected';
  return error instanceof ClientError && error.cause instanceof Error ? error.cause.message : error.message;
}

/** What the provider says itself; anything could be in it. */
const describe = (error: string, description: string | undefined): string =>
  [error, description ?? '']
    .map((text) =>
      text
        .replaceAll(/[^\p{L}\p{N}\p{P}\p{Zs}\p{S}]/gu, ' ')
        .slice(0, 200)
        .trim(),
    )
    .filter((text) => text !== '')
    .join(': ');
