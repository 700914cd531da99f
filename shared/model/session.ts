import { z } from 'zod';
import { failureSchema } from '../contract/failure.ts';
import { securitySchema } from './health.ts';
import { hostIdSchema } from './host.ts';
import { openingTimesSchema } from './opening.ts';
import { attemptSchema, placementTraceSchema } from './placement.ts';
import { protocolSchema } from './protocol.ts';
import { managerIdSchema } from './sessionManager.ts';

export const sessionIdSchema = z.uuid();

/** `closed` is final; one function (broker/sessionState.ts) moves between them. */
export const sessionStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('requested') }),
  /** `waitingUntil` (epoch ms) is set while no manager of the group is free. */
  z.object({ kind: z.literal('placing'), waitingUntil: z.int().optional() }),
  z.object({ kind: z.literal('connecting'), managerId: managerIdSchema }),
  /** `reconnecting` while the way to its manager is lost and sought again; the session goes on there. */
  z.object({
    kind: z.literal('live'),
    managerId: managerIdSchema,
    reconnecting: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('closed'),
    /** `ended` by the host, `user` by its person, `failed` with a failure. */
    reason: z.enum(['ended', 'user', 'failed']),
    failure: failureSchema.optional(),
  }),
]);
export type SessionState = z.infer<typeof sessionStateSchema>;

/** One user's work on one host, as the renderer sees it. Times are epoch milliseconds. */
export const sessionSchema = z.object({
  id: sessionIdSchema,
  /** Who opened it: the id of a person. */
  user: z.string().max(256),
  /** It is another person's, and whoever looks may join it. */
  isOthers: z.boolean().optional(),
  /** Who has joined it, besides its own person: ids of people. */
  watchers: z.array(z.string().max(256)).optional(),
  hostId: hostIdSchema,
  hostName: z.string(),
  address: z.string(),
  protocol: protocolSchema,
  /** Who is signed in on the host, as far as Proxima knows: the credential's user name. */
  username: z.string().max(256).optional(),
  state: sessionStateSchema,
  openedAt: z.int(),
  /** The manager and group it runs on, once one was chosen. */
  managerName: z.string().optional(),
  groupName: z.string().optional(),
  security: securitySchema.optional(),
  /** Its manager takes no new sessions any more; this one goes on until somebody ends or moves it. */
  draining: z.boolean().optional(),
  trace: placementTraceSchema.optional(),
  attempts: z.array(attemptSchema),
  /** Once it is live. */
  times: openingTimesSchema.optional(),
});
export type Session = z.infer<typeof sessionSchema>;
