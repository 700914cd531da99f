import type { HostLists } from './hostIndex.ts';
import { fold } from './hostOrder.ts';
import type { HostEntry } from './hostOrder.ts';

/** Finds the hosts that a query means, the best first; all of them for an empty one, which only makes the next search ready. */
export type HostSearch = (lists: HostLists, query: string) => readonly HostEntry[];

/** Every host's text in one string, in the list's order: looking through it once is far faster than through 100,000 strings. */
interface Haystack {
  readonly lists: Pick<HostLists, 'all' | 'vaults'>;
  readonly text: string;
  /** Where the text of each host begins, and one more: where the next would. */
  readonly starts: Uint32Array;
  /** Where the name of each ends, counted from its start. */
  readonly nameLengths: Uint32Array;
}

function pile({ all, vaults }: HostLists): Haystack {
  const vaultNames = new Map(vaults.map((vault) => [vault.id, fold(vault.name)]));
  const starts = new Uint32Array(all.length + 1);
  const nameLengths = Uint32Array.from(all, (entry) => entry.nameLength);
  const texts = all.map((entry, index) => {
    const vaultName = vaultNames.get(entry.host.vaultId) ?? '';
    starts[index + 1] = (starts[index] ?? 0) + entry.text.length + vaultName.length + 2;
    return `${entry.text}\n${vaultName}\n`;
  });
  return { lists: { all, vaults }, text: texts.join(''), starts, nameLengths };
}

/** The hosts found, by their place in the list, and where in the text of each the first word is. */
interface Hits {
  readonly count: number;
  readonly indexes: Uint32Array;
  readonly at: Uint32Array;
}

const makeHits = (most: number) => ({ indexes: new Uint32Array(most), at: new Uint32Array(most) });

/** Words hold no line break, so that no hit reaches over the end of a text. */
function findAll({ text, starts }: Haystack, word: string): Hits {
  const { indexes, at } = makeHits(starts.length - 1);
  let count = 0;
  let index = 0;
  for (let found = text.indexOf(word); found >= 0; found = text.indexOf(word, starts[index])) {
    while ((starts[index + 1] ?? Infinity) <= found) index++;
    if (index >= indexes.length) break;
    indexes[count] = index;
    at[count++] = found - (starts[index] ?? 0);
    index++;
  }
  return { count, indexes, at };
}

/** Those of `hits` in which every word is, and where the first of them is. */
function narrow({ text, starts }: Haystack, hits: Hits, words: readonly string[]): Hits {
  const [first = '', ...others] = words;
  const { indexes, at } = makeHits(hits.count);
  let count = 0;
  for (const index of hits.indexes.subarray(0, hits.count)) {
    const candidate = text.slice(starts[index], starts[index + 1]);
    const found = candidate.indexOf(first);
    if (found < 0 || !others.every((word) => candidate.includes(word))) continue;
    indexes[count] = index;
    at[count++] = found;
  }
  return { count, indexes, at };
}

const rankCount = 5;

/** Letters and digits of folded text; whatever isn't ASCII counts as a letter. */
const isInsideWord = (code: number) =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code > 0x7f;

/** How well the place of the query's first word speaks for a host: 0 is best. */
function rankOf(haystack: Haystack, index: number, at: number, isWholeName: boolean): number {
  const nameLength = haystack.nameLengths[index] ?? 0;
  if (at === 0) return isWholeName ? 0 : 1;
  if (at > nameLength + 1) return 4;
  return isInsideWord(haystack.text.charCodeAt((haystack.starts[index] ?? 0) + at - 1)) ? 3 : 2;
}

/** A counting sort, which keeps the list's order within each rank. */
function inRankOrder(haystack: Haystack, hits: Hits, words: readonly string[]): readonly HostEntry[] {
  const { all } = haystack.lists;
  const wholeName = words.length === 1 ? words[0]?.length : undefined;
  const ranks = new Uint8Array(hits.count);
  const places = new Uint32Array(rankCount + 1);
  for (let hit = 0; hit < hits.count; hit++) {
    const index = hits.indexes[hit] ?? 0;
    const rank = rankOf(haystack, index, hits.at[hit] ?? 0, haystack.nameLengths[index] === wholeName);
    ranks[hit] = rank;
    places[rank + 1] = (places[rank + 1] ?? 0) + 1;
  }
  for (let rank = 1; rank <= rankCount; rank++) places[rank] = (places[rank] ?? 0) + (places[rank - 1] ?? 0);
  const ordered: HostEntry[] = [];
  ordered.length = hits.count;
  for (let hit = 0; hit < hits.count; hit++) {
    const rank = ranks[hit] ?? 0;
    const place = places[rank] ?? 0;
    const entry = all[hits.indexes[hit] ?? 0];
    if (entry !== undefined) ordered[place] = entry;
    places[rank] = place + 1;
  }
  return ordered;
}

/**
 * Search as one types: every word has to be in the name, the address, a tag or the vault's name; a name that begins with the
 * first word comes first, then beginnings of words in names and of addresses, then the inside of names, then the rest; each in
 * the list's own order. While a query grows only the hosts found so far are looked at again.
 */
export function createHostSearch(): HostSearch {
  let haystack: Haystack | undefined;
  let last: { query: string; hits: Hits } | undefined;

  return (lists, query) => {
    if (haystack?.lists.all !== lists.all || haystack.lists.vaults !== lists.vaults) {
      haystack = pile(lists);
      last = undefined;
    }
    const folded = fold(query).trimStart();
    const words = folded.split(/\s+/).filter((word) => word !== '');
    const [first] = words;
    if (first === undefined) return lists.all;
    const isGrown = last !== undefined && folded.startsWith(last.query);
    const candidates = last !== undefined && isGrown ? last.hits : findAll(haystack, first);
    const hits = isGrown || words.length > 1 ? narrow(haystack, candidates, words) : candidates;
    last = { query: folded, hits };
    return inRankOrder(haystack, hits, words);
  };
}
