import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';

/** What the probes say of one manager. `unknown` until the first has answered; such a manager is tried after those that are up. */
export const managerHealthSchema = z.object({
  state: z.enum(['unknown', 'up', 'down']),
  /** Milliseconds since the epoch. */
  checkedAt: z.int().optional(),
  roundTripMs: z.number().nonnegative().optional(),
  failure: failureSchema.optional(),
});
export type ManagerHealth = z.infer<typeof managerHealthSchema>;

/** How the way to a manager is protected, as a person sees it: green, amber, blue. */
export const securitySchema = z.enum(['secured', 'encrypted-not-verified', 'connected-not-encrypted']);
export type Security = z.infer<typeof securitySchema>;
