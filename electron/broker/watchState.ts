import { dirtyKeys } from './dirtyKeys.ts';
import type { Unsubscribe } from './ports.ts';

const changed = 'changed';

/** A state at once and after every change; changes that come faster than `intervalMs` are told as one. */
export async function* watchState<T>(
  subscribe: (listener: () => void) => Unsubscribe,
  read: () => T,
  signal: AbortSignal | undefined,
  intervalMs = 0,
): AsyncGenerator<T> {
  const changes = dirtyKeys((markDirty) => subscribe(() => markDirty(changed)), signal);
  const started = changes.next();
  yield read();
  for (let next = await started; !next.done; next = await changes.next()) {
    yield read();
    if (intervalMs > 0) await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
