import type { z } from 'zod';

/** `['managers', 0, 'port']` → `managers, entry 1, port: expected number`. */
export function describeIssue(
  issue: z.core.$ZodIssue | undefined,
  ...prefix: readonly PropertyKey[]
): string {
  const path = [...prefix, ...(issue?.path ?? [])];
  const where =
    path.length === 0
      ? 'the document'
      : path.map((key) => (typeof key === 'number' ? `entry ${key + 1}` : String(key))).join(', ');
  return `${where}: ${issue?.message ?? 'not valid'}`;
}
