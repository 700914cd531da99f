import { setTimeout as sleep } from 'node:timers/promises';

/** Whether this node still takes people. Once it drains, it does so to its end. */
export interface Drain {
  isDraining(): boolean;
  /** Takes nobody new from now on, and tells it to whoever listens. Doing it twice does no harm. */
  begin(): void;
  onDrain(listener: () => void): () => void;
}

export function createDrain(): Drain {
  let isDraining = false;
  const listeners = new Set<() => void>();
  return {
    isDraining: () => isDraining,
    begin() {
      if (isDraining) return;
      isDraining = true;
      for (const listener of listeners) listener();
    },
    onDrain(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const lookIntervalMs = 100;

/** Resolves to how many sessions are left: none as soon as there is none, or those at the end of the time or at the cut. */
export async function waitForHandover(wait: {
  readonly countSessions: () => number;
  readonly timeoutMs: number;
  readonly cut: AbortSignal;
}): Promise<number> {
  const endsAt = performance.now() + wait.timeoutMs;
  while (wait.countSessions() > 0 && performance.now() < endsAt && !wait.cut.aborted)
    await sleep(lookIntervalMs, undefined, { signal: wait.cut }).catch(() => undefined);
  return wait.countSessions();
}
