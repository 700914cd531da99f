import { type Result, succeed } from '../../shared/contract/failure.ts';
import type { SecretStore, SettingsStore, Unsubscribe } from './ports.ts';

/** The client secrets and passwords of searches of identity providers, where other passwords lie. */
export interface ProviderSecrets {
  /** `undefined` where there is none. */
  read(providerId: string): Promise<Result<string | undefined>>;
  /** `''` deletes it. */
  write(providerId: string, secret: string): Promise<Result<void>>;
  remove(providerIds: readonly string[]): Promise<Result<void>>;
}

/** Host entries are named by UUIDs, so these never meet. */
const entryOf = (providerId: string): string => `provider/${providerId}`;

export function createProviderSecrets(
  secrets: Pick<SecretStore, 'read' | 'write' | 'remove'>,
): ProviderSecrets {
  return {
    async read(providerId) {
      const secret = await secrets.read(entryOf(providerId));
      return secret.ok ? succeed(secret.value.password) : secret;
    },
    write: (providerId, secret) =>
      secrets.write(entryOf(providerId), secret === '' ? {} : { password: secret }),
    remove: (providerIds) => secrets.remove(providerIds.map(entryOf)),
  };
}

/** Deletes the secrets of providers that the settings have no more, so that a later one of the same id doesn't get them. */
export function forgetSecretsOfRemovedProviders(
  settings: Pick<SettingsStore, 'current' | 'onChange'>,
  secrets: Pick<ProviderSecrets, 'remove'>,
  log: { warn(details: object, sentence: string): void },
): Unsubscribe {
  const listIds = () => settings.current().settings.access.providers.map(({ id }) => id);
  let before = listIds();
  return settings.onChange(() => {
    const now = listIds();
    const gone = before.filter((id) => !now.includes(id));
    before = now;
    if (gone.length === 0) return;
    void secrets.remove(gone).then((removed) => {
      if (!removed.ok)
        log.warn({ failure: removed.failure }, 'The secret of a removed provider could not be deleted');
    });
  });
}
