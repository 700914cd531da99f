import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Result } from '../../../shared/contract/failure.ts';
import type { Engine, KeyEvent, Operation, WatchListener } from '../engine.ts';

/** What a watch told until now. */
export interface HeardWatch {
  readonly events: readonly KeyEvent[];
  /** One for each time that it told something, signs of life among them. */
  readonly revisions: readonly number[];
  readonly ends: readonly Parameters<WatchListener['onEnd']>[0][];
}

/** Watches until the test is over. */
export function record(engine: Engine, prefix: string, fromRevision: number): HeardWatch {
  const events: KeyEvent[] = [];
  const revisions: number[] = [];
  const ends: Parameters<WatchListener['onEnd']>[0][] = [];
  const watch = engine.watch(prefix, fromRevision, {
    onEvents(told, revision) {
      events.push(...told);
      revisions.push(revision);
    },
    onEnd: (reason) => ends.push(reason),
  });
  onTestFinished(() => watch.cancel());
  return { events, revisions, ends };
}

export function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.detail ?? ''}`);
  return result.value;
}

export async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`it didn't come true within ${timeoutMs} ms`);
    await sleep(5);
  }
}

export const put = (key: string, value: string): Operation => ({ kind: 'put', key, value });
