import type { Clock } from './engine.ts';

/** A clock that stands still until it is told to run. For tests and simulations. */
export interface VirtualClock extends Clock {
  /** Lets this much time pass, and everything happen that is due meanwhile. */
  run(ms: number): Promise<void>;
  /** Lets time pass until `work` is done; its result. */
  until<T>(work: Promise<T>): Promise<T>;
}

interface Alarm {
  readonly at: number;
  /** Of two at the same time, the one that was set first comes first. */
  readonly order: number;
  callback: (() => void) | undefined;
}

export function createVirtualClock(): VirtualClock {
  /** A binary heap: no alarm comes before its parent at (index - 1) / 2. */
  const alarms: Alarm[] = [];
  let now = 0;
  let count = 0;

  const isBefore = (left: Alarm, right: Alarm) =>
    left.at < right.at || (left.at === right.at && left.order < right.order);

  function push(alarm: Alarm): void {
    let index = alarms.length;
    alarms.push(alarm);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = alarms[parentIndex];
      if (!parent || !isBefore(alarm, parent)) break;
      alarms[index] = parent;
      index = parentIndex;
    }
    alarms[index] = alarm;
  }

  function pop(): Alarm | undefined {
    const first = alarms[0];
    const last = alarms.pop();
    if (!first || !last || alarms.length === 0) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      const [left, right] = [alarms[childIndex], alarms[childIndex + 1]];
      if (!left) break;
      if (right && isBefore(right, left)) childIndex += 1;
      const child = right && isBefore(right, left) ? right : left;
      if (!isBefore(child, last)) break;
      alarms[index] = child;
      index = childIndex;
    }
    alarms[index] = last;
    return first;
  }

  /** Everything that follows from what has just happened, before time goes on. */
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));

  async function step(end: number): Promise<boolean> {
    const next = alarms[0];
    if (!next || next.at > end) return false;
    now = Math.max(now, next.at);
    while (alarms[0] && alarms[0].at <= now) pop()?.callback?.();
    await settle();
    return true;
  }

  return {
    now: () => now,

    after(delayMs, callback) {
      const alarm: Alarm = { at: now + Math.max(0, delayMs), order: (count += 1), callback };
      push(alarm);
      return () => {
        alarm.callback = undefined;
      };
    },

    async run(ms) {
      const end = now + ms;
      await settle();
      while (await step(end));
      now = end;
    },

    async until(work) {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      await settle();
      while (!isDone && (await step(Infinity)));
      return done;
    },
  };
}
