import { type Result, succeed } from '../../shared/contract/failure.ts';
import type { Collection } from './collection.ts';

/** Documents of this process only; gone with it. */
export function createMemoryCollection<T>(): Collection<T> {
  const documents = new Map<string, T>();
  const listeners = new Set<(ids: readonly string[]) => void>();
  const tell = (ids: readonly string[]) => {
    if (ids.length > 0) for (const listener of listeners) listener(ids);
  };
  const done: Promise<Result<void>> = Promise.resolve(succeed(undefined));

  return {
    all: () => documents,
    fetch: (id) => Promise.resolve(succeed(documents.get(id))),
    change(id, decide) {
      const current = documents.get(id);
      const next = decide(current);
      if (next !== current) {
        if (next === undefined) documents.delete(id);
        else documents.set(id, next);
        tell([id]);
      }
      return Promise.resolve(succeed(next));
    },
    putAll(put) {
      for (const [id, document] of put) documents.set(id, document);
      tell([...put.keys()]);
      return done;
    },
    removeAll(ids) {
      tell(ids.filter((id) => documents.delete(id)));
      return done;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
