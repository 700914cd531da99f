import type { Access, IdentityProvider, LdapProvider, OidcProvider } from '../../shared/model/access.ts';
import type { FormProvider, IdentitySource } from './identityProvider.ts';

/** A provider as people choose it. */
export interface ProviderOffer {
  readonly id: string;
  readonly name: string;
  readonly kind: IdentitySource['kind'];
}

export interface IdentityProviders {
  offers(): ProviderOffer[];
  find(id: string): { readonly settings: IdentityProvider; readonly source: IdentitySource } | undefined;
  close(): Promise<void>;
}

/** The providers of the settings, each made when it is first needed and again when its settings changed. */
export function createIdentityProviders(options: {
  readonly access: () => Pick<Access, 'providers'>;
  readonly local: FormProvider;
  readonly create: (settings: OidcProvider | LdapProvider) => IdentitySource;
}): IdentityProviders {
  const made = new Map<string, { readonly key: string; readonly source: IdentitySource }>();

  async function forget(id: string): Promise<void> {
    const { source } = made.get(id) ?? {};
    made.delete(id);
    await source?.close?.();
  }

  function sourceOf(settings: IdentityProvider): IdentitySource {
    if (settings.kind === 'local') return options.local;
    const key = JSON.stringify(settings);
    const earlier = made.get(settings.id);
    if (earlier?.key === key) return earlier.source;
    void forget(settings.id);
    const source = options.create(settings);
    made.set(settings.id, { key, source });
    return source;
  }

  return {
    offers: () =>
      options
        .access()
        .providers.map(({ id, name, kind }) => ({ id, name, kind: kind === 'oidc' ? 'redirect' : 'form' })),
    find(id) {
      const settings = options.access().providers.find((provider) => provider.id === id);
      return settings && { settings, source: sourceOf(settings) };
    },
    async close() {
      await Promise.all([...made.keys()].map(forget));
    },
  };
}
