import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import type { OidcProvider } from '../../../shared/model/access.ts';
import type { Identity, RedirectProvider } from '../identityProvider.ts';
import { type Claims, isComplete, readIdentity } from './oidcClaims.ts';
import { createOidcClient, type OidcClientOptions } from './oidcClient.ts';
import { failureOfOidcError } from './oidcFailure.ts';

/** What a browser brings back, sealed: it ties the way there to the way back. */
const keptSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });
type Kept = z.infer<typeof keptSchema>;

/**
 * OpenID Connect Core 1.0 by the authorization code flow, with PKCE (RFC 7636, S256), state and nonce; the ID token's signature is
 * checked although it comes over TLS. A code works once, at the provider (RFC 6749, section 4.1.2).
 */
export function createOidcProvider(options: OidcClientOptions): RedirectProvider {
  const { settings } = options;
  const client = createOidcClient(options);

  return {
    kind: 'redirect',
    async begin(returnAddress) {
      const configured = await client.configure();
      if (!configured.ok) return configured;
      const kept: Kept = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      try {
        const address = buildAuthorizationUrl(configured.value, {
          redirect_uri: returnAddress,
          scope: scopeOf(settings),
          state: kept.state,
          nonce: kept.nonce,
          code_challenge: await calculatePKCECodeChallenge(kept.verifier),
          code_challenge_method: 'S256',
        });
        return succeed({ address: address.href, kept: JSON.stringify(kept) });
      } catch (error) {
        return { ok: false, failure: failureOfOidcError(error) };
      }
    },
    async complete(callback, keptText) {
      const kept = parseKept(keptText);
      if (!kept || !fits(callback, kept)) return fail('sign_in_refused');
      const configured = await client.configure();
      if (!configured.ok) return configured;
      try {
        return await redeem(configured.value, callback, kept, settings);
      } catch (error) {
        return { ok: false, failure: failureOfOidcError(error) };
      }
    },
  };
}

/** `openid` makes it OpenID Connect (section 3.1.2.1). */
const scopeOf = ({ scopes }: OidcProvider): string => [...new Set(['openid', ...scopes])].join(' ');

function parseKept(text: string): Kept | undefined {
  try {
    return keptSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Anybody can make a browser come here with anything; nobody is asked about it unless this browser was sent away for it. */
function fits({ searchParams }: URL, { state }: Kept): boolean {
  const isOnce = (name: string) => searchParams.getAll(name).length === 1;
  return isOnce('state') && searchParams.get('state') === state && (isOnce('code') || isOnce('error'));
}

/** @throws what the library does. */
async function redeem(
  configuration: Configuration,
  callback: URL,
  { state, nonce, verifier }: Kept,
  settings: OidcProvider,
): Promise<Result<Identity>> {
  const { issuer, userinfo_endpoint: userInfo } = configuration.serverMetadata();
  // RFC 9207: the answer of another provider, mixed up with this one's.
  const answering = callback.searchParams.get('iss');
  if (answering !== null && answering !== issuer) return fail('sign_in_refused');
  const tokens = await authorizationCodeGrant(configuration, callback, {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const told = tokens.claims();
  if (!told) return fail('provider_answer_invalid', 'it told no ID token');
  const claims: Claims = { ...told };
  if (userInfo === undefined || isComplete(claims, settings)) return readIdentity(claims, settings);
  const more: Claims = { ...(await fetchUserInfo(configuration, tokens.access_token, told.sub)) };
  return readIdentity({ ...more, ...claims }, settings);
}
