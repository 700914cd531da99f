import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';

const offered = { version: z.string().max(64), notes: z.string().max(50_000) };

/** Where the app stands with updates. `off` names who decided that: the policy, the person, or how it was installed. */
export const updateStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off'), why: z.string() }),
  z.object({ kind: z.literal('current'), checkedAt: z.int().optional() }),
  z.object({ kind: z.literal('looking') }),
  z.object({ kind: z.literal('downloading'), ...offered, percent: z.number().min(0).max(100) }),
  /** Verified and on disk; installed at the next quit, or now. */
  z.object({ kind: z.literal('ready'), ...offered }),
  z.object({ kind: z.literal('failed'), failure: failureSchema }),
]);
export type UpdateState = z.infer<typeof updateStateSchema>;
