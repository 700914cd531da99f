/** Numbers that the same seed gives again (mulberry32, by Tommy Ettinger). */
export interface Random {
  /** From 0 up to, and without, the limit; whole. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick(from) {
      if (from.length === 0) throw new Error('there is nothing to pick from');
      return from[below(from.length)]!;
    },
  };
}
