import { z } from 'zod';
import { routeSchema } from '../../shared/model/farm.ts';

/** A node as it tells the others of itself; the document goes with the node's lease. */
export const nodeDocumentSchema = z.object({
  version: z.literal(1),
  route: routeSchema,
  /** One run of its program: another one has none of its sessions. */
  instance: z.uuid(),
  software: z.string().max(64),
  /** Where other nodes reach it. */
  address: z.string().regex(/^https?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/),
  /** What it shows there, to the letter; absent where it speaks plain HTTP. */
  certificatePem: z
    .string()
    .max(32 * 1024)
    .optional(),
  startedAt: z.int(),
  isDraining: z.boolean(),
  people: z.int().nonnegative(),
  sessions: z.int().nonnegative(),
});
export type NodeDocument = z.infer<typeof nodeDocumentSchema>;

/** What an administrator wants of a node, by its route; whichever node they asked. */
export const nodeOrderSchema = z.object({
  version: z.literal(1),
  /** The run that it is meant for: the next one begins afresh. */
  instance: z.uuid(),
  what: z.literal('drain'),
  who: z.string().max(256),
  at: z.int(),
});
export type NodeOrder = z.infer<typeof nodeOrderSchema>;
