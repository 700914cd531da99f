import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ServerMetadata,
} from 'openid-client';
import { fail, type Result, succeed } from '../../../shared/contract/failure.ts';
import type { OidcProvider } from '../../../shared/model/access.ts';
import { failureOfOidcError } from './oidcFailure.ts';
import { createVerifiedFetch } from './verifiedFetch.ts';

export interface OidcClientOptions {
  readonly settings: OidcProvider;
  /** The client secret; `undefined` where there is none (a public client, RFC 6749, section 2.1). */
  readonly readSecret: () => Promise<Result<string | undefined>>;
  /** For all that is asked of the provider in one step. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Tells the library how to speak with the provider, for one step. */
export interface OidcClient {
  configure(): Promise<Result<Configuration>>;
}

const defaultTimeoutMs = 15_000;
const metadataLifetimeMs = 600_000;

/** Keeps what the provider publishes about itself for ten minutes; its keys and the secret are looked up for each step. */
export function createOidcClient(options: OidcClientOptions): OidcClient {
  const { settings, readSecret, timeoutMs = defaultTimeoutMs, now = () => Date.now() } = options;
  let known: { readonly metadata: ServerMetadata; readonly endsAt: number } | undefined;

  async function fetchMetadata(
    fetch: ReturnType<typeof createVerifiedFetch>,
  ): Promise<Result<ServerMetadata>> {
    if (known && known.endsAt > now()) return succeed(known.metadata);
    const issuer = new URL(settings.issuer);
    try {
      const configuration = await discovery(issuer, settings.clientId, undefined, None(), {
        [customFetch]: fetch,
        timeout: timeoutMs / 1000 + 1,
      });
      const metadata = configuration.serverMetadata();
      // The library lets Entra answer for all tenants at once: anybody of any organisation could sign in.
      if (!URL.canParse(metadata.issuer) || new URL(metadata.issuer).href !== issuer.href)
        return fail(
          'provider_answer_invalid',
          `it calls itself ${metadata.issuer.slice(0, 200)}, not ${settings.issuer}`,
        );
      known = { metadata, endsAt: now() + metadataLifetimeMs };
      return succeed(metadata);
    } catch (error) {
      return { ok: false, failure: failureOfOidcError(error) };
    }
  }

  return {
    async configure() {
      const secret = await readSecret();
      if (!secret.ok) return secret;
      const fetch = createVerifiedFetch({ authoritiesPem: settings.authoritiesPem, timeoutMs });
      const metadata = await fetchMetadata(fetch);
      if (!metadata.ok) return metadata;
      const configuration = new Configuration(
        metadata.value,
        settings.clientId,
        undefined,
        chooseAuthentication(metadata.value, secret.value),
      );
      configuration[customFetch] = fetch;
      configuration.timeout = timeoutMs / 1000 + 1;
      enableNonRepudiationChecks(configuration);
      return succeed(configuration);
    },
  };
}

/** OpenID Connect Discovery 1.0, section 3: `client_secret_basic` where nothing is said. */
function chooseAuthentication(metadata: ServerMetadata, secret: string | undefined) {
  if (secret === undefined) return None();
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}
