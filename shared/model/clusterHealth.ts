import { z } from 'zod';
import { managerHealthSchema, securitySchema } from './health.ts';
import { openingSummarySchema } from './opening.ts';
import { sessionCountsSchema } from './placement.ts';
import { groupIdSchema } from './proximityGroup.ts';
import { managerIdSchema, sessionManagerSchema } from './sessionManager.ts';
import { registryHealthSchema } from './registryHealth.ts';
import { sessionIdSchema } from './session.ts';

/** One manager as the health panel shows it. */
export const managerStatusSchema = z.object({
  managerId: managerIdSchema,
  name: z.string(),
  address: z.string(),
  port: z.int(),
  groupIds: z.array(groupIdSchema),
  intent: sessionManagerSchema.shape.intent,
  health: managerHealthSchema,
  /** Of the last answer. */
  security: securitySchema.optional(),
  counts: sessionCountsSchema,
  weight: z.number(),
  sessionLimit: z.int().nullable(),
  /** The last round trips in ms, oldest first; `null` where a probe had no answer. */
  roundTrips: z.array(z.number().nullable()).max(60),
  /** Epoch ms; the end of its certificate's validity. */
  certificateNotAfter: z.int().optional(),
  /** Absent where nothing was opened on it. */
  openings: openingSummarySchema.optional(),
});
export type ManagerStatus = z.infer<typeof managerStatusSchema>;

/** How near a group really is: medians over the last samples, in ms. */
export const groupProximitySchema = z.object({
  groupId: groupIdSchema,
  name: z.string(),
  roundTripMs: z.number().optional(),
  /** From the opening of a session to its first picture. */
  firstPictureMs: z.number().optional(),
  samples: z.int().nonnegative(),
  /** A manager of another group that is clearly nearer, by measured round trips. */
  nearer: z
    .object({ managerId: managerIdSchema, groupId: groupIdSchema, roundTripMs: z.number() })
    .optional(),
});
export type GroupProximity = z.infer<typeof groupProximitySchema>;

/** Something that happened, for the time line. */
export const clusterEventSchema = z.object({
  id: z.int().positive(),
  at: z.int(),
  kind: z.enum([
    'manager-up',
    'manager-down',
    'manager-draining',
    'manager-edited',
    'certificate-expiring',
    'failover',
    'session-failed',
    'settings-saved',
    'registry-leader',
    'registry-stale',
    'registry-live',
    'registry-quota',
    'pool-switched',
    'session-ended',
    'user-signed-out',
  ]),
  text: z.string().max(500),
  who: z.string().optional(),
  managerId: managerIdSchema.optional(),
  groupId: groupIdSchema.optional(),
  sessionId: sessionIdSchema.optional(),
});
export type ClusterEvent = z.infer<typeof clusterEventSchema>;

/** Bytes of one live session since its opening. */
export const sessionTrafficSchema = z.object({
  sessionId: sessionIdSchema,
  fromHostBytes: z.int().nonnegative(),
  toHostBytes: z.int().nonnegative(),
});
export type SessionTraffic = z.infer<typeof sessionTrafficSchema>;

export const clusterHealthSchema = z.object({
  at: z.int(),
  managers: z.array(managerStatusSchema),
  groups: z.array(groupProximitySchema),
  /** Newest first, the last 200. */
  events: z.array(clusterEventSchema).max(200),
  traffic: z.array(sessionTrafficSchema),
  registry: registryHealthSchema,
});
export type ClusterHealth = z.infer<typeof clusterHealthSchema>;
