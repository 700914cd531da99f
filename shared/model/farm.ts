import { z } from 'zod';

/** The end of the sticky cookie: which node it belongs to. */
export const routeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens');

/** A gateway of the farm, as the registry knows it. */
export const farmNodeSchema = z.object({
  route: routeSchema,
  version: z.string().max(64),
  /** Where other nodes reach it: `https://host:port`. */
  address: z.string().max(300),
  startedAt: z.int(),
  isDraining: z.boolean(),
  isOwn: z.boolean(),
  people: z.int().nonnegative(),
  sessions: z.int().nonnegative(),
});
export type FarmNode = z.infer<typeof farmNodeSchema>;
