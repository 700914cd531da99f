import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';
import { managerHealthSchema, securitySchema } from './health.ts';
import { vaultIdSchema } from './host.ts';
import { groupIdSchema } from './proximityGroup.ts';
import { managerIdSchema } from './sessionManager.ts';

/** What placement knows of the host that is to be opened. */
export const placementRequestSchema = z.object({
  vaultId: vaultIdSchema,
  address: z.string(),
  /** The group that the host is pinned to. */
  groupId: groupIdSchema.optional(),
});
export type PlacementRequest = z.infer<typeof placementRequestSchema>;

/** Why a group was or wasn't taken. */
const groupVerdictSchema = z.enum([
  'pinned',
  'matched',
  'default',
  'fallback',
  'no-match',
  /** An earlier group had matched already. */
  'not-reached',
]);

export const groupTraceSchema = z.object({
  groupId: groupIdSchema,
  name: z.string(),
  verdict: groupVerdictSchema,
  /** What decided, in words: the entry that matched, or the fields that didn't. */
  why: z.string(),
});
export type GroupTrace = z.infer<typeof groupTraceSchema>;

/** Sessions on a manager, and who says so: its own word › the registry › this process's count. Age in milliseconds. */
export const sessionCountsSchema = z.object({
  active: z.int().nonnegative(),
  pending: z.int().nonnegative(),
  source: z.enum(['manager', 'registry', 'own']),
  ageMs: z.number().nonnegative(),
});
export type SessionCounts = z.infer<typeof sessionCountsSchema>;

const managerVerdictSchema = z.enum(['candidate', 'draining', 'disabled', 'down', 'full', 'failed-before']);

export const managerTraceSchema = z.object({
  managerId: managerIdSchema,
  name: z.string(),
  groupId: groupIdSchema,
  verdict: managerVerdictSchema,
  counts: sessionCountsSchema,
  weight: z.number(),
  sessionLimit: z.int().nullable(),
  health: managerHealthSchema,
  /** 1 for the first choice; absent where it is no candidate. */
  rank: z.int().positive().optional(),
});
export type ManagerTrace = z.infer<typeof managerTraceSchema>;

/** One try to open the session on one manager. */
export const attemptSchema = z.object({
  managerId: managerIdSchema,
  name: z.string(),
  startedAt: z.int(),
  durationMs: z.number().nonnegative(),
  /** Absent where the try succeeded. */
  failure: failureSchema.optional(),
  security: securitySchema.optional(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** The whole story of a decision, kept with the session and shown as the “Why here?” card. */
export const placementTraceSchema = z.object({
  at: z.int(),
  request: placementRequestSchema,
  /** In the order in which they are tried, up to a hundred. */
  groups: z.array(groupTraceSchema),
  /** How many more were tested, and did not match. */
  untoldGroups: z.int().positive().optional(),
  managers: z.array(managerTraceSchema),
  /** All counts were stale, so that “fewest” is a guess. */
  estimated: z.boolean(),
});
export type PlacementTrace = z.infer<typeof placementTraceSchema>;
