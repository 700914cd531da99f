import { z } from 'zod';
import { hostIdSchema, vaultIdSchema } from './host.ts';
import { poolIdSchema } from './pool.ts';
import { protocolSchema } from './protocol.ts';
import { sessionIdSchema } from './session.ts';
import { managerIdSchema } from './sessionManager.ts';

const name = z.string().max(256);

/**
 * One session as the registry holds it, for every process of its pool. Never a secret: the guacd connection id is sealed to the
 * pool's key (electron/registry/seal.ts). Times are epoch milliseconds by the clock of the process that owns the session.
 */
export const sessionRecordSchema = z.object({
  version: z.literal(1),
  id: sessionIdSchema,
  poolId: poolIdSchema,
  /** Who opened it; the account that Proxima runs as where nobody signs in. */
  user: name,
  /** Whether a window of that user is there now; a session may go on without one. */
  loggedIn: z.boolean(),
  roles: z.array(name).max(32),
  rights: z.array(name).max(32),
  hostId: hostIdSchema,
  hostName: z.string().max(200),
  address: z.string().max(300),
  vaultId: vaultIdSchema,
  protocol: protocolSchema,
  managerId: managerIdSchema,
  /** The process that holds its line: `user/instance` of the registry client, opaque. */
  owner: z.string().max(200),
  /** The route of its gateway, the end of the sticky cookie; `''` for a desktop. */
  route: z.string().max(64),
  state: z.enum(['pending', 'live']),
  /** guacd's connection id, sealed; Base64. */
  sealedConnectionId: z.string().max(1024).optional(),
  openedAt: z.int(),
  liveAt: z.int().optional(),
  /** Why it runs there: the group, and each candidate with its count, in words; bounded. */
  placement: z.array(z.string().max(300)).max(24),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

/** What administrators see of it. */
export const sessionListingSchema = sessionRecordSchema.omit({ version: true, sealedConnectionId: true });
export type SessionListing = z.infer<typeof sessionListingSchema>;
