import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';
import { securitySchema } from './health.ts';

/** What a live check of a session manager looks at, in this order; a step that fails leaves those after it `skipped`. */
export const checkSteps = ['dns', 'tcp', 'tls', 'certificate', 'protocol', 'version'] as const;

/** One step of a live check, told when it begins and when it ends. */
export const checkStepSchema = z.object({
  step: z.enum(checkSteps),
  outcome: z.enum(['running', 'passed', 'failed', 'skipped']),
  durationMs: z.number().nonnegative().optional(),
  /** What was found, in words: addresses, TLS version and cipher, issuer and expiry, protocol version. */
  found: z.string().max(500).optional(),
  failure: failureSchema.optional(),
});
export type CheckStep = z.infer<typeof checkStepSchema>;

export const managerCheckEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('step'), step: checkStepSchema }),
  z.object({
    kind: z.literal('done'),
    /** Absent where the check failed. */
    security: securitySchema.optional(),
    /** Epoch ms; the end of the certificate's validity, where one was seen. */
    certificateNotAfter: z.int().optional(),
  }),
]);
export type ManagerCheckEvent = z.infer<typeof managerCheckEventSchema>;
