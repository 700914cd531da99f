import { generalVault } from '../../shared/model/host.ts';
import type { HostSummary, Vault } from '../../shared/model/host.ts';
import { changeSorted, compareEntries, describeForList, fold } from './hostOrder.ts';
import type { HostEntry } from './hostOrder.ts';

/** Every list that is shown, in order. Immutable: what didn't change is the same object as before. */
export interface HostLists {
  readonly vaults: readonly Vault[];
  readonly all: readonly HostEntry[];
  readonly byVault: ReadonlyMap<string, readonly HostEntry[]>;
  readonly favourites: readonly HostEntry[];
  /** Those opened last, the latest first. */
  readonly recent: readonly HostEntry[];
}

/** The hosts in memory: kept in order while they change one by one, without sorting 100,000 again. */
export interface HostIndex {
  put(hosts: readonly HostSummary[]): void;
  remove(hostIds: readonly string[]): void;
  putVaults(vaults: readonly Vault[]): void;
  replaceVaults(vaults: readonly Vault[]): void;
  find(hostId: string): HostEntry | undefined;
  lists(): HostLists;
}

const recentCount = 6;

const openedAt = (entry: HostEntry) => entry.host.lastOpenedAt ?? 0;
const byLastOpened = (a: HostEntry, b: HostEntry) => openedAt(b) - openedAt(a) || compareEntries(a, b);

function sortVaults(vaults: readonly Vault[]): readonly Vault[] {
  const keyed = vaults.map((vault) => ({ vault, key: fold(vault.name) }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.vault.id < b.vault.id ? -1 : 1))
    .map(({ vault }) => vault);
}

export const emptyHostLists: HostLists = {
  vaults: [generalVault],
  all: [],
  byVault: new Map(),
  favourites: [],
  recent: [],
};

export function createHostIndex(): HostIndex {
  const entries = new Map<string, HostEntry>();
  let lists = emptyHostLists;

  const change = (removed: readonly HostEntry[], added: readonly HostEntry[]) => {
    if (removed.length + added.length === 0) return;
    const changeMatching = (list: readonly HostEntry[], belongs: (entry: HostEntry) => boolean) => {
      const leaving = removed.filter(belongs);
      const coming = added.filter(belongs);
      return leaving.length + coming.length === 0 ? list : changeSorted(list, leaving, coming);
    };
    const byVault = new Map(lists.byVault);
    for (const vaultId of new Set([...removed, ...added].map((entry) => entry.host.vaultId))) {
      byVault.set(
        vaultId,
        changeMatching(byVault.get(vaultId) ?? [], (entry) => entry.host.vaultId === vaultId),
      );
    }
    lists = {
      vaults: lists.vaults,
      all: changeSorted(lists.all, removed, added),
      byVault,
      favourites: changeMatching(lists.favourites, (entry) => entry.host.favourite),
      recent: changeRecent(removed, added),
    };
  };

  const changeRecent = (removed: readonly HostEntry[], added: readonly HostEntry[]) => {
    const { recent } = lists;
    const gone = new Set(removed);
    const leaving = recent.filter((entry) => gone.has(entry));
    const coming = added.filter((entry) => openedAt(entry) > 0);
    if (leaving.length + coming.length === 0) return recent;
    const returns = (entry: HostEntry) =>
      coming.some((next) => next.host.id === entry.host.id && openedAt(next) >= openedAt(entry));
    // Only where one left for good may an older one, known to no list, move up.
    const candidates = leaving.every(returns)
      ? [...recent.filter((entry) => !gone.has(entry)), ...coming]
      : [...entries.values()].filter((entry) => openedAt(entry) > 0);
    return candidates.sort(byLastOpened).slice(0, recentCount);
  };

  const known = (hostIds: Iterable<string>) =>
    [...new Set(hostIds)].map((id) => entries.get(id)).filter((entry) => entry !== undefined);

  return {
    put(hosts) {
      const removed = known(hosts.map((host) => host.id));
      const added = new Map(hosts.map((host) => [host.id, describeForList(host)]));
      for (const [id, entry] of added) entries.set(id, entry);
      change(removed, [...added.values()]);
    },
    remove(hostIds) {
      const removed = known(hostIds);
      for (const entry of removed) entries.delete(entry.host.id);
      change(removed, []);
    },
    putVaults(vaults) {
      const byId = new Map([...lists.vaults, ...vaults].map((vault) => [vault.id, vault]));
      lists = { ...lists, vaults: sortVaults([...byId.values()]) };
    },
    replaceVaults(vaults) {
      lists = { ...lists, vaults: sortVaults(vaults) };
    },
    find: (hostId) => entries.get(hostId),
    lists: () => lists,
  };
}
