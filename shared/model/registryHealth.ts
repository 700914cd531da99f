import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';
import { endpointSchema, poolIdSchema } from './pool.ts';

/**
 * `live`: what is seen is current. `stale`: what is seen may be old, and new sessions aren't placed by it. `suspended`: this
 * process's own sessions aren't counted at the moment. Times are epoch milliseconds.
 */
export const registryStatusSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('live') }),
  z.object({ kind: z.literal('stale'), since: z.int(), failure: failureSchema.optional() }),
  z.object({ kind: z.literal('suspended'), since: z.int(), failure: failureSchema.optional() }),
]);
export type RegistryStatus = z.infer<typeof registryStatusSchema>;

/** One member of an etcd cluster as it answers itself, or why it doesn't. */
export const registryMemberSchema = z.object({
  endpoint: endpointSchema,
  name: z.string().optional(),
  version: z.string().optional(),
  role: z.enum(['leader', 'follower', 'learner']).optional(),
  roundTripMs: z.number().nonnegative().optional(),
  databaseBytes: z.number().nonnegative().optional(),
  /** Its quota, where it tells that; etcd 3.4 and 3.5 don't. */
  quotaBytes: z.number().positive().optional(),
  /** `NOSPACE`, `CORRUPT`. */
  alarms: z.array(z.string()),
  /** What an administrator should know though it works: an old release, encryption off. */
  warnings: z.array(z.string()),
  failure: failureSchema.optional(),
});
export type RegistryMember = z.infer<typeof registryMemberSchema>;

/** A process that mirrors the registry, and how far behind it is. */
export const registryMirrorSchema = z.object({
  owner: z.string(),
  user: z.string(),
  route: z.string(),
  /** From a change to this process having seen it, in ms; absent until measured. */
  lagMs: z.number().nonnegative().optional(),
  /** Sessions that it owns. */
  sessions: z.int().nonnegative(),
  isOwn: z.boolean(),
});
export type RegistryMirror = z.infer<typeof registryMirrorSchema>;

/** One pool as the health panel shows it. */
export const poolHealthSchema = z.object({
  poolId: poolIdSchema,
  name: z.string(),
  status: registryStatusSchema,
  /** New sessions without a pool of their own go here. */
  takesNewSessions: z.boolean(),
  members: z.array(registryMemberSchema),
  mirrors: z.array(registryMirrorSchema).max(1000),
  active: z.int().nonnegative(),
  pending: z.int().nonnegative(),
  claimsPerSecond: z.number().nonnegative(),
  /** What lies under Proxima's keys and isn't understood: foreign keys, records of a newer version. */
  strange: z.array(z.string()).max(20),
});
export type PoolHealth = z.infer<typeof poolHealthSchema>;

export const registryHealthSchema = z.object({
  kind: z.enum(['embedded', 'etcd']),
  pools: z.array(poolHealthSchema),
});
export type RegistryHealth = z.infer<typeof registryHealthSchema>;
