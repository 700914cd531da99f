import type { Clock } from './engine.ts';

const windowSeconds = 10;

/** How many per second, over the last ten. */
export interface Rate {
  note(count: number): void;
  perSecond(): number;
}

export function createRate(clock: Clock): Rate {
  const startedAt = clock.now();
  let bySecond: { readonly second: number; count: number }[] = [];
  const secondNow = () => Math.floor(clock.now() / 1000);
  const forgetOld = () => {
    bySecond = bySecond.filter(({ second }) => second > secondNow() - windowSeconds);
  };

  return {
    note(count) {
      const last = bySecond.at(-1);
      if (last?.second === secondNow()) last.count += count;
      else {
        forgetOld();
        bySecond.push({ second: secondNow(), count });
      }
    },

    perSecond() {
      forgetOld();
      const seconds = Math.min(windowSeconds, Math.max(1, (clock.now() - startedAt) / 1000));
      return bySecond.reduce((sum, { count }) => sum + count, 0) / seconds;
    },
  };
}
