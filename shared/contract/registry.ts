import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { bundleSchema, certificateSchema } from '../model/certificate.ts';
import { poolSchema } from '../model/pool.ts';
import { registryMemberSchema } from '../model/registryHealth.ts';
import { sessionIdSchema } from '../model/session.ts';
import { sessionListingSchema } from '../model/sessionRecord.ts';
import { failureSchema } from './failure.ts';

const call = oc.errors({ FAILED: { data: failureSchema } });
const nothing = z.object({});

/** Machines for the members of a new cluster. One, or an odd number: two are worse than one. */
export const clusterOrderSchema = z.object({
  /** Serial of the authority that issues the certificates. */
  authority: certificateSchema.shape.serial,
  clusterName: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens'),
  nodes: z
    .array(
      z.object({
        name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens'),
        address: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'a name or an address'),
      }),
    )
    .min(1)
    .max(7)
    .refine((nodes) => nodes.length % 2 === 1, 'take one, three or five nodes'),
  clientPort: z.int().min(1).max(65_535).default(2379),
  peerPort: z.int().min(1).max(65_535).default(2380),
});
export type ClusterOrder = z.infer<typeof clusterOrderSchema>;

/** How a node is started, three ways; each holds paths of the node's bundle and no secret. */
export const nodeStartSchema = z.object({
  name: z.string(),
  command: z.string(),
  systemdUnit: z.string(),
  containerFile: z.string(),
  bundle: bundleSchema,
});
export type NodeStart = z.infer<typeof nodeStartSchema>;

/** The session registry, as administrators steer it. */
export const registry = {
  /** Asks each endpoint of a pool that needn't be saved; one event per endpoint, as it answers. */
  check: call.input(z.object({ pool: poolSchema })).output(eventIterator(registryMemberSchema)),
  /** All sessions of all pools: at once, and at most once a second after that while they change. */
  sessions: call.input(nothing).output(eventIterator(z.object({ sessions: z.array(sessionListingSchema) }))),
  /** Ends a session wherever it runs; who holds it hears of it within a second. Audited. */
  endSession: call.input(z.object({ sessionId: sessionIdSchema })).output(nothing),
  /** Ends all sessions of a user, in every process of every pool. Audited. */
  signOutUser: call.input(z.object({ user: z.string().min(1).max(256) })).output(nothing),
  /** Issues the certificates of a new cluster's members, and tells how each is started. Audited. */
  prepareCluster: call
    .input(clusterOrderSchema)
    .output(z.object({ endpoints: z.array(z.string()), nodes: z.array(nodeStartSchema) })),
};
