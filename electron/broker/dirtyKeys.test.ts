import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dirtyKeys } from './dirtyKeys.ts';

/** A source that marks keys by hand, and tells whether somebody listens. */
function createSource() {
  const listeners = new Set<(key: string) => void>();
  return {
    mark(...keys: string[]) {
      for (const key of keys) for (const listener of listeners) listener(key);
    },
    listeners: () => listeners.size,
    subscribe(listener: (key: string) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

describe('dirty keys', () => {
  it('come to a reader that waits for them', async () => {
    const source = createSource();
    const stream = dirtyKeys(source.subscribe, undefined);
    const next = stream.next();
    await nextTurn();
    source.mark('a');
    expect(await next).toEqual({ done: false, value: new Set(['a']) });
    await stream.return(undefined);
    expect(source.listeners()).toBe(0);
  });

  it('wait for a slow reader as one set, however often they change', async () => {
    const source = createSource();
    const stream = dirtyKeys(source.subscribe, undefined);
    const first = stream.next();
    source.mark('a');
    await first;
    for (let count = 0; count < 10_000; count += 1) {
      source.mark('a', 'b', `c${count % 3}`);
      if (count % 1_000 === 0) await nextTurn();
    }
    expect(await stream.next()).toEqual({ done: false, value: new Set(['a', 'b', 'c0', 'c1', 'c2']) });
    const afterwards = stream.next();
    expect(await Promise.race([afterwards, nextTurn('nothing more')])).toBe('nothing more');
    source.mark('d');
    expect(await afterwards).toEqual({ done: false, value: new Set(['d']) });
    await stream.return(undefined);
  });

  it('that are marked while a set is being read are in the next, and leave the one that was handed out alone', async () => {
    const source = createSource();
    const stream = dirtyKeys(source.subscribe, undefined);
    const first = stream.next();
    source.mark('a');
    const { value } = await first;
    source.mark('a', 'b');
    expect(value).toEqual(new Set(['a']));
    expect((await stream.next()).value).toEqual(new Set(['a', 'b']));
    await stream.return(undefined);
  });

  it.each([
    ['while the reader waits', true],
    ['while the reader is busy, also with keys left', false],
  ])('end on abort %s', async (_, isWaiting) => {
    const source = createSource();
    const abort = new AbortController();
    const stream = dirtyKeys(source.subscribe, abort.signal);
    const first = stream.next();
    if (!isWaiting) {
      source.mark('a');
      await first;
      source.mark('b');
    }
    await nextTurn();
    abort.abort();
    expect(await (isWaiting ? first : stream.next())).toEqual({ done: true, value: undefined });
    expect(source.listeners()).toBe(0);
  });

  it('end at once where the abort came first', async () => {
    const source = createSource();
    const stream = dirtyKeys(source.subscribe, AbortSignal.abort());
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(source.listeners()).toBe(0);
  });
});
