import type { Logger } from 'pino';
import { fail, type Result } from '../../shared/contract/failure.ts';
import { generalVault, type Host, type Vault } from '../../shared/model/host.ts';
import type { HostChange, HostStore, SecretStore } from '../broker/ports.ts';
import type { Collection } from '../collections/collection.ts';
import { composeStoredHosts, composeStoredVault } from './hostCheck.ts';

/** When a host was removed; kept until its secrets are known to be gone. */
export interface RemovedHost {
  readonly at: number;
}

export interface FarmHostCollections {
  readonly hosts: Collection<Host>;
  readonly vaults: Collection<Vault>;
  readonly removedHosts: Collection<RemovedHost>;
}

/** A removal can be undone for a minute; the clocks of nodes may differ by some more. */
const forgottenAfterMs = 10 * 60_000;

/**
 * The hosts and vaults of a farm, in memory on every node. A change fails with the registry's failures, and is on all nodes within
 * milliseconds; of two nodes that change the same host at once the later one counts, as of two windows.
 */
export function createFarmHostStore(
  { hosts, vaults, removedHosts }: FarmHostCollections,
  now: () => number,
): HostStore {
  const listVaults = () => {
    const stored = vaults.all();
    return stored.has(generalVault.id) ? [...stored.values()] : [generalVault, ...stored.values()];
  };

  return {
    vaults: listVaults,
    hosts: () => hosts.all(),
    async putHosts(put) {
      const composed = await composeStoredHosts(put, hosts.all());
      return composed.ok ? hosts.putAll(new Map(composed.value.map((host) => [host.id, host]))) : composed;
    },
    async removeHosts(hostIds) {
      // First, so that a crash in between leaves no secret that nobody knows of.
      const noted = await removedHosts.putAll(new Map(hostIds.map((id) => [id, { at: now() }])));
      return noted.ok ? hosts.removeAll(hostIds) : noted;
    },
    async putVault(vault) {
      const composed = composeStoredVault(vault, vaults.all().get(vault.id));
      return composed.ok ? vaults.putAll(new Map([[vault.id, composed.value]])) : composed;
    },
    removeVault: (vaultId) =>
      vaultId === generalVault.id
        ? Promise.resolve(fail('input_invalid', 'the general vault is always there'))
        : vaults.removeAll([vaultId]),
    onChange(listener: (change: HostChange) => void) {
      const stops = [
        hosts.onChange((ids) => {
          const put = ids.flatMap((id) => hosts.all().get(id) ?? []);
          const hostIds = ids.filter((id) => !hosts.all().has(id));
          if (put.length > 0) listener({ kind: 'put', hosts: put });
          if (hostIds.length > 0) listener({ kind: 'removed', hostIds });
        }),
        vaults.onChange(() => listener({ kind: 'vaults', vaults: listVaults() })),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };
}

/** A node that died just after a removal left the secrets of those hosts behind: any node's start takes them away. */
export async function removeForgottenSecrets(
  { hosts, removedHosts }: FarmHostCollections,
  secrets: SecretStore,
  { now, log }: { readonly now: () => number; readonly log: Pick<Logger, 'warn'> },
): Promise<void> {
  const due = [...removedHosts.all()].filter(([, { at }]) => now() - at > forgottenAfterMs).map(([id]) => id);
  if (due.length === 0) return;
  const removed: Result<void> = await secrets.remove(due.filter((id) => !hosts.all().has(id)));
  const forgotten = removed.ok ? await removedHosts.removeAll(due) : removed;
  if (!forgotten.ok)
    log.warn({ failure: forgotten.failure }, 'Secrets of removed hosts could not be removed yet');
}
