import type { HostSummary } from '../../shared/model/host.ts';

/** A host with what sorting and searching need, worked out once. */
export interface HostEntry {
  readonly host: HostSummary;
  /** Natural order: `web-9` before `web-10`, without regard to case and accents. */
  readonly sortKey: string;
  /** Folded name, address and tags, one a line; search looks only at this. */
  readonly text: string;
  /** Where the name ends in `text`. */
  readonly nameLength: number;
}

const isAscii = /^[\x20-\x7e]*$/;

/** Lower case without accents, so that “Zürich” is found as “zurich”. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  return isAscii.test(lower) ? lower : lower.normalize('NFKD').replace(/\p{Mn}+/gu, '');
}

const longestPaddedNumber = 10;

export function describeForList(host: HostSummary): HostEntry {
  const name = fold(host.name);
  return {
    host,
    sortKey: name.replace(/\d+/g, (digits) => digits.padStart(longestPaddedNumber, '0')),
    // `join` makes a flat string; one put together by `+` would be flattened during the first search.
    text: [name, fold(host.address), ...host.tags.map(fold)].join('\n'),
    nameLength: name.length,
  };
}

/** By name; hosts of the same name keep one order by their id. Negative where `a` comes first. */
export function compareEntries(a: HostEntry, b: HostEntry): number {
  if (a.sortKey !== b.sortKey) return a.sortKey < b.sortKey ? -1 : 1;
  return a.host.id < b.host.id ? -1 : a.host.id > b.host.id ? 1 : 0;
}

/** Where `entry` is in the sorted list, or where it would have to be put. */
function positionOf(sorted: readonly HostEntry[], entry: HostEntry): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = sorted[middle];
    if (candidate !== undefined && compareEntries(candidate, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Up to this many changes are cheaper one by one than by walking the whole list. */
const fewChanges = 32;

/** A new sorted list without `removed` and with `added`; both in any order, every removed one has to be in the list. */
export function changeSorted(
  sorted: readonly HostEntry[],
  removed: readonly HostEntry[],
  added: readonly HostEntry[],
): readonly HostEntry[] {
  if (removed.length + added.length <= fewChanges) {
    const next = [...sorted];
    for (const entry of removed) next.splice(positionOf(next, entry), 1);
    for (const entry of added) next.splice(positionOf(next, entry), 0, entry);
    return next;
  }
  const gone = new Set(removed);
  const kept = gone.size === 0 ? sorted : sorted.filter((entry) => !gone.has(entry));
  return mergeSorted(kept, added.toSorted(compareEntries));
}

function mergeSorted(left: readonly HostEntry[], right: readonly HostEntry[]): readonly HostEntry[] {
  const merged: HostEntry[] = [];
  let inLeft = 0;
  for (const entry of right) {
    for (
      let next = left[inLeft];
      next !== undefined && compareEntries(next, entry) < 0;
      next = left[++inLeft]
    )
      merged.push(next);
    merged.push(entry);
  }
  for (; inLeft < left.length; inLeft++) merged.push(left[inLeft] as HostEntry);
  return merged;
}
