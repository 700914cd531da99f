import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one slice may hold up the event loop, which relays sessions at the same time. */
const sliceMs = 8;

/** Passes `items` on, and lets the event loop turn whenever a slice is used up. */
export async function* inSlices<T>(items: Iterable<T>): AsyncGenerator<T> {
  let sliceEndsAt = performance.now() + sliceMs;
  for (const item of items) {
    if (performance.now() > sliceEndsAt) {
      await nextTurn();
      sliceEndsAt = performance.now() + sliceMs;
    }
    yield item;
  }
}
