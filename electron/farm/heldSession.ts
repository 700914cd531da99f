import { z } from 'zod';
import { routeSchema } from '../../shared/model/farm.ts';
import { hostIdSchema } from '../../shared/model/host.ts';
import { managerIdSchema } from '../../shared/model/sessionManager.ts';
import { sessionIdSchema } from '../../shared/model/session.ts';

const holder = { route: routeSchema, instance: z.uuid() };

/**
 * A live session of some node, by its id, so that another can take it up. Outlives its node by some minutes; only gateways may read it. Its
 * place in the registry is another matter: that goes with the node's lease, and the counts with it.
 */
export const heldSessionSchema = z.object({
  version: z.literal(1),
  /** The id of the person whose it is. */
  user: z.string().min(1).max(256),
  hostId: hostIdSchema,
  managerId: managerIdSchema,
  /** Whose trust the manager is reached under. */
  groupName: z.string().max(200),
  /** Sealed with the farm's key: who knows it may watch and type. */
  sealedConnectionId: z.string().max(1024),
  /** The credential was typed for it, and is nowhere by now. */
  hadTypedCredential: z.boolean(),
  ...holder,
  at: z.int(),
  /** Another node is taking it up, or has done so: then it ends where it was. */
  taken: z.object({ ...holder, at: z.int(), sessionId: sessionIdSchema.optional() }).optional(),
});
export type HeldSession = z.infer<typeof heldSessionSchema>;
