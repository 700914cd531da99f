import type { HostLists } from '../../app/hostIndex.ts';
import type { Section } from './listRows.ts';

/** Which folders a person opened (`true`) or closed (`false`) by hand, by key. */
export type FolderChoices = Readonly<Record<string, boolean>>;

/** In a list of up to this many hosts all folders begin open; in a longer one its vaults begin closed. */
const fewHosts = 200;

export const vaultKey = (vaultId: string) => `vault:${vaultId}`;

/** The folders of the list in their order: favourites and recent where there are any, then every vault, also an empty one. */
export function sectionsOf(lists: HostLists, choices: FolderChoices): readonly Section[] {
  const shortcuts = [
    { key: 'favourites', kind: 'favourites', label: 'Favourites', entries: lists.favourites },
    { key: 'recent', kind: 'recent', label: 'Recent', entries: lists.recent },
  ] as const;
  const vaultsOpen = lists.all.length <= fewHosts;
  return [
    ...shortcuts
      .filter(({ entries }) => entries.length > 0)
      .map((section) => ({ ...section, open: choices[section.key] ?? true })),
    ...lists.vaults.map((vault) => ({
      key: vaultKey(vault.id),
      kind: 'vault' as const,
      label: vault.name,
      vaultId: vault.id,
      entries: lists.byVault.get(vault.id) ?? [],
      open: choices[vaultKey(vault.id)] ?? vaultsOpen,
    })),
  ];
}
