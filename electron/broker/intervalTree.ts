/** An inclusive range that belongs to `id`. */
export interface Interval<K> {
  readonly first: K;
  readonly last: K;
  readonly id: number;
}

/** Which of many ranges hold a key. Ranges may overlap, and be the same. */
export interface IntervalTree<K> {
  /** The lowest id whose range holds the key; `Infinity` where none does. */
  lowest(key: K): number;
  /** Tells every id whose range holds the key, one with several such ranges as often. */
  visit(key: K, visit: (id: number) => void): void;
}

/** The last index in sorted keys whose key is not behind `key`; -1 where all are. */
function findLast<K extends number | bigint>(keys: readonly K[], key: K): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function sortUniquely<K extends number | bigint>(keys: K[]): K[] {
  keys.sort((left, right) => (left < right ? -1 : Number(left > right)));
  return keys.filter((key, index) => index === 0 || key !== keys[index - 1]);
}

/**
 * A segment tree over the ends of the ranges: all keys between two neighbouring ends are in the same ranges, each range is kept at
 * O(log n) nodes, and those of a key lie on the way from its leaf to the root. The lowest id of each leaf is worked out ahead.
 *
 * @param intervals in ascending order of their ids.
 * @param after the key that follows a key.
 */
export function buildIntervalTree<K extends number | bigint>(
  intervals: readonly Interval<K>[],
  after: (key: K) => K,
): IntervalTree<K> {
  const starts = sortUniquely(intervals.flatMap(({ first, last }) => [first, after(last)]));
  const leaves = starts.length;
  /** The parent of a node is at half its index, the leaves are the second half. */
  const idsOf = Array.from<number[] | undefined>({ length: 2 * leaves });
  for (const { first, last, id } of intervals) {
    let left = leaves + findLast(starts, first);
    let right = leaves + findLast(starts, after(last));
    for (; left < right; left >>>= 1, right >>>= 1) {
      if (left & 1) (idsOf[left++] ??= []).push(id);
      if (right & 1) (idsOf[--right] ??= []).push(id);
    }
  }
  /** The next node on the way to the root that has ids; 0 where none has. */
  const nextUp = new Int32Array(2 * leaves);
  for (let node = 2; node < 2 * leaves; node += 1) {
    const parent = node >>> 1;
    nextUp[node] = idsOf[parent] ? parent : nextUp[parent]!;
  }
  const lowest = Float64Array.from(starts, (_, leaf) => {
    let least = Infinity;
    for (let node = leaf + leaves; node > 0; node = nextUp[node]!)
      least = Math.min(least, idsOf[node]?.[0] ?? Infinity);
    return least;
  });

  return {
    lowest: (key) => lowest[findLast(starts, key)] ?? Infinity,
    visit(key, visit) {
      const leaf = findLast(starts, key);
      if (leaf < 0) return;
      for (let node = leaf + leaves; node > 0; node = nextUp[node]!)
        for (const id of idsOf[node] ?? []) visit(id);
    },
  };
}
