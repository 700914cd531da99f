import { type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { IdentityProvider } from '../../shared/model/access.ts';
import { audited } from './audited.ts';
import { acknowledge, type ContractImplementer, unwrap } from './contractImplementer.ts';
import type { AuditLog, SettingsStore } from './ports.ts';
import type { ProviderSecrets } from './providerSecrets.ts';

export interface ProviderHandlerPorts {
  readonly settings: Pick<SettingsStore, 'current'>;
  readonly secrets: Pick<ProviderSecrets, 'read' | 'write'>;
  readonly audit: Pick<AuditLog, 'append'>;
  /** Reaches out to a provider, and tells what it found, up to the failure. */
  readonly check: (
    provider: IdentityProvider,
    secret: string | undefined,
  ) => Promise<{ findings: string[]; failure?: Failure }>;
}

/** The part of the contract about identity providers. */
export function providerHandlers(host: ContractImplementer, ports: ProviderHandlerPorts) {
  const { secrets, audit } = ports;

  /** What is stored for the saved provider; nothing where this one is elsewhere, or somebody else vouches for it. */
  async function storedSecretFor(provider: IdentityProvider): Promise<Result<string | undefined>> {
    const { access } = ports.settings.current().settings;
    const saved = access.providers.find(({ id }) => id === provider.id);
    if (!saved || placeOf(saved) !== placeOf(provider)) return succeed(undefined);
    return secrets.read(provider.id);
  }

  return {
    providers: {
      setSecret: host.providers.setSecret.handler(async ({ input, context: { caller } }) => {
        const { providerId, secret } = input;
        const what = `${secret === '' ? 'Removed' : 'Changed'} the secret of the identity provider “${providerId}”`;
        return acknowledge(
          await audited(audit, { who: caller.person().id, what }, () => secrets.write(providerId, secret)),
        );
      }),
      check: host.providers.check.handler(async ({ input: { provider, secret } }) => {
        const used = secret ?? unwrap(await storedSecretFor(provider));
        return ports.check(provider, used === '' ? undefined : used);
      }),
    },
  };
}

/** Where the secret goes: a stored one must not be sent anywhere else, by which it could be learned. */
function placeOf(provider: IdentityProvider): string {
  switch (provider.kind) {
    case 'local':
      return 'local';
    case 'oidc':
      return JSON.stringify(['oidc', provider.issuer, provider.clientId, provider.authoritiesPem]);
    case 'ldap':
      return JSON.stringify(['ldap', provider.url, provider.searchDn, provider.authoritiesPem]);
    default:
      return provider satisfies never;
  }
}
