import { type Configuration, customFetch, genericGrantRequest, ResponseBodyError } from 'openid-client';
import { z } from 'zod';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { OidcProvider } from '../../../shared/model/access.ts';
import { createOidcClient, type OidcClientOptions } from './oidcClient.ts';
import { failureOfOidcError } from './oidcFailure.ts';
import { ProviderError } from './providerError.ts';

const keysSchema = z.object({ keys: z.array(z.object({ kty: z.string() })) });

/**
 * What can be told of a provider without signing in there, in sentences for administrators.
 *
 * @param tell is given each as it is found; the failure that ended it is returned.
 */
export async function checkOidc(
  options: OidcClientOptions,
  tell: (finding: string) => void,
): Promise<Failure | undefined> {
  const { settings } = options;
  const configured = await createOidcClient(options).configure();
  if (!configured.ok) return configured.failure;
  const configuration = configured.value;
  tell(`It answers as ${settings.issuer}, over an encrypted connection, and its certificate was verified.`);
  try {
    tellEndpoints(configuration, tell);
    const count = await countKeys(configuration);
    tell(`It publishes ${count === 1 ? 'the key' : `the ${count} keys`} that it signs with.`);
    tell(await tryCredentials(configuration, settings));
  } catch (error) {
    return failureOfOidcError(error);
  }
  tellGaps(configuration, settings, tell);
  tell(
    `Register https://<name of the gateway>/sign-in/return/${settings.id} there as a redirect address, once for each name of the gateway.`,
  );
  return undefined;
}

/** @throws ProviderError where one is missing. */
function tellEndpoints(configuration: Configuration, tell: (finding: string) => void): void {
  const metadata = configuration.serverMetadata();
  const needed = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const;
  for (const name of needed) {
    const address = metadata[name];
    if (address === undefined || !address.startsWith('https://'))
      throw new ProviderError('provider_answer_invalid', `it publishes no “${name}” that is https`);
  }
  tell(`People sign in at ${metadata.authorization_endpoint}.`);
  if (!metadata.supportsPKCE())
    tell(
      'It does not say that it knows PKCE (S256). Proxima uses it all the same; state and nonce protect as well.',
    );
}

/** @throws ProviderError */
async function countKeys(configuration: Configuration): Promise<number> {
  const fetch = configuration[customFetch];
  const address = configuration.serverMetadata().jwks_uri;
  if (!fetch || address === undefined) return 0;
  const answer = await fetch(address, {
    method: 'GET',
    headers: { accept: 'application/json' },
    body: undefined,
    redirect: 'manual',
  });
  const text = await answer.text();
  const keys = answer.ok ? keysSchema.safeParse(parseJson(text)).data?.keys : undefined;
  if (!keys || keys.length === 0) throw new ProviderError('provider_answer_invalid', 'it publishes no keys');
  return keys.length;
}

/**
 * Asks for tokens with a code that was never given out: only who knows the client is told that it is the code that is wrong
 * (RFC 6749, section 5.2).
 *
 * @throws what the library does where the client is refused.
 */
async function tryCredentials(configuration: Configuration, { id }: OidcProvider): Promise<string> {
  const unknown = 'Whether it takes the client id and secret shows at the first sign-in.';
  try {
    await genericGrantRequest(configuration, 'authorization_code', {
      code: 'check-by-proxima',
      redirect_uri: `https://proxima.invalid/sign-in/return/${id}`,
      code_verifier: 'check-by-proxima'.repeat(3),
    });
    return unknown;
  } catch (error) {
    if (!(error instanceof ResponseBodyError)) throw error;
    if (error.error === 'invalid_grant') return 'It takes the client id and secret.';
    if (['invalid_client', 'unauthorized_client'].includes(error.error)) throw error;
    return unknown;
  }
}

function tellGaps(
  configuration: Configuration,
  settings: OidcProvider,
  tell: (finding: string) => void,
): void {
  const { scopes_supported: scopes, claims_supported: claims } = configuration.serverMetadata();
  for (const scope of settings.scopes)
    if (scopes && !scopes.includes(scope)) tell(`It does not list the scope “${scope}”; it may refuse it.`);
  for (const claim of [settings.nameClaim, settings.groupsClaim])
    if (claims && !claims.includes(claim))
      tell(`It does not list the claim “${claim}”; see to it that it is in the ID token or the user info.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
