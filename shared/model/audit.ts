import { z } from 'zod';

/**
 * One administrative change: who, when, what. `hash` is the SHA-256 (hex) of the record without it, which holds the hash of the
 * record before: a record that is changed or taken out breaks the chain.
 */
export const auditRecordSchema = z.object({
  number: z.int().positive(),
  at: z.int(),
  who: z.string().max(200),
  what: z.string().max(200),
  /** What changed, in words; never a secret. */
  details: z.array(z.string().max(500)).max(200),
  previousHash: z.string().regex(/^[0-9a-f]{64}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;
