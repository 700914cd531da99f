import type { HostLists } from './hostIndex.ts';
import { fold } from './hostOrder.ts';
import type { HostEntry } from './hostOrder.ts';

/** Finds the hosts that a query means, the best first. */
export type HostSearch = (lists: HostLists, query: string) => readonly HostEntry[];

const rankCount = 5;
const letterOrDigit = /[\p{L}\p{N}]/u;

/** How well the place of the query's first word speaks for a host: 0 is best. `at` is `-1` where only its vault matched. */
function rank(entry: HostEntry, at: number, words: readonly string[]): number {
  if (at === 0) return words.length === 1 && entry.nameLength === words[0]?.length ? 0 : 1;
  if (at < 0 || at > entry.nameLength + 1) return 4;
  if (at === entry.nameLength + 1) return 2;
  return letterOrDigit.test(entry.text[at - 1] ?? '') ? 3 : 2;
}

/**
 * Search as one types: every word has to be in the name, the address, a tag or the vault's name; a name that begins with the
 * first word comes first, then words inside of a name and beginnings of addresses, then the rest; each in the list's own order.
 * While a query grows only the hosts found so far are looked at again.
 */
export function createHostSearch(): HostSearch {
  let last: { lists: HostLists; query: string; found: readonly HostEntry[] } | undefined;

  return (lists, query) => {
    const folded = fold(query).trimStart();
    const words = folded.split(/\s+/).filter((word) => word !== '');
    const grown =
      last !== undefined &&
      last.lists.all === lists.all &&
      last.lists.vaults === lists.vaults &&
      folded.startsWith(last.query);
    const candidates = grown && last !== undefined ? last.found : lists.all;

    const [first = '', ...others] = words;
    const vaultsWith = (word: string) =>
      new Set(lists.vaults.filter((vault) => fold(vault.name).includes(word)).map((vault) => vault.id));
    const vaultsWithFirst = vaultsWith(first);
    const furtherWords = others.map((word) => ({ word, vaultIds: vaultsWith(word) }));

    const found: HostEntry[] = [];
    const ranked: HostEntry[][] = Array.from({ length: rankCount }, () => []);
    for (const entry of candidates) {
      const at = entry.text.indexOf(first);
      if (at < 0 && !vaultsWithFirst.has(entry.host.vaultId)) continue;
      if (
        !furtherWords.every(
          ({ word, vaultIds }) => entry.text.includes(word) || vaultIds.has(entry.host.vaultId),
        )
      )
        continue;
      found.push(entry);
      ranked[rank(entry, at, words)]?.push(entry);
    }
    last = { lists, query: folded, found };
    return ranked.flat();
  };
}
