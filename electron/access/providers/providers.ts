import { type Failure, type Result, succeed } from '../../../shared/contract/failure.ts';
import type { IdentityProvider, LdapProvider, OidcProvider } from '../../../shared/model/access.ts';
import type { IdentitySource } from '../identityProvider.ts';
import { checkLdap } from './checkLdap.ts';
import { checkOidc } from './checkOidc.ts';
import { createLdapProvider } from './ldap.ts';
import { createOidcProvider } from './oidc.ts';

/**
 * Makes the providers of the settings.
 *
 * @param readSecretOf the client secret or the password of the search, whenever it is needed; `undefined` where there is none.
 */
export const createProviderFactory =
  (readSecretOf: (providerId: string) => Promise<Result<string | undefined>>) =>
  (settings: OidcProvider | LdapProvider): IdentitySource => {
    const readSecret = () => readSecretOf(settings.id);
    return settings.kind === 'oidc'
      ? createOidcProvider({ settings, readSecret })
      : createLdapProvider({ settings, readSecret });
  };

/** Reaches out to a provider with this secret, and tells what it found, up to the failure. */
export async function checkProvider(
  settings: IdentityProvider,
  secret: string | undefined,
): Promise<{ findings: string[]; failure?: Failure }> {
  const findings: string[] = [];
  const tell = (finding: string) => void findings.push(finding);
  const readSecret = () => Promise.resolve(succeed(secret));
  if (settings.kind === 'local') tell('Proxima keeps these accounts itself: there is nothing to reach.');
  const failure =
    settings.kind === 'oidc'
      ? await checkOidc({ settings, readSecret }, tell)
      : settings.kind === 'ldap'
        ? await checkLdap({ settings, readSecret }, tell)
        : undefined;
  return { findings, ...(failure && { failure }) };
}
