import type { Unsubscribe } from './ports.ts';

/**
 * An endless stream of “these keys have changed since you last looked”. The reader builds its events from the state as it is
 * then, so that a slow reader costs a set of keys and never a queue of events. Ends when `signal` aborts.
 */
export async function* dirtyKeys(
  subscribe: (markDirty: (key: string) => void) => Unsubscribe,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadonlySet<string>> {
  let dirty = new Set<string>();
  let wake: (() => void) | undefined;
  const wakeUp = () => wake?.();
  const unsubscribe = subscribe((key) => {
    dirty.add(key);
    wakeUp();
  });
  signal?.addEventListener('abort', wakeUp);
  try {
    while (!signal?.aborted) {
      if (dirty.size === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
        continue;
      }
      const batch = dirty;
      dirty = new Set();
      yield batch;
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', wakeUp);
  }
}
