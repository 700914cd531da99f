import { useCallback, useState } from 'react';
import type { z } from 'zod';

/** Reads what this window remembered under `key`; `fallback` where there is nothing, or nothing that fits. */
function recall<T>(key: string, schema: z.ZodType<T>, fallback: T): T {
  try {
    const parsed = schema.safeParse(JSON.parse(localStorage.getItem(key) ?? 'null'));
    return parsed.success ? parsed.data : fallback;
  } catch {
    return fallback;
  }
}

/** State of the interface that outlives the window, such as the width of a pane. Never anything of a host's. */
export function useStored<T>(key: string, schema: z.ZodType<T>, fallback: T): [T, (next: T) => void] {
  const [value, setValue] = useState(() => recall(key, schema, fallback));
  const store = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // A browser that allows no storage only forgets.
      }
    },
    [key],
  );
  return [value, store];
}
