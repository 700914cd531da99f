import { z } from 'zod';
import { certificateSchema } from './certificate.ts';

export const poolIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'lower-case letters, digits and hyphens, at most 32');

/** `https://etcd-1.corp.example:2379`; nothing behind the port. */
export const endpointSchema = z
  .string()
  .max(300)
  .regex(/^https?:\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'an address like https://name:2379');

/** One logically separate cluster of the session registry. Pools share nothing: each counts its own sessions. */
export const poolSchema = z.object({
  /** Part of every key, so that it never changes. */
  id: poolIdSchema,
  name: z.string().trim().min(1, 'enter a name').max(100),
  endpoints: z.array(endpointSchema).min(1, 'enter an address').max(16),
  /** PEM certificates of the authorities that the members' certificates come from; left out, those that Node.js ships. */
  authoritiesPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
  /** The client certificate, from the certificates of this Proxima, that is shown to the members. Its name is the registry's user. */
  clientCertificate: certificateSchema.shape.serial.optional(),
  /** At most one less than this many sessions more than the fewest are taken in a storm of openings; 1 is exact and slowest. */
  slack: z.int().min(1).max(16).default(2),
  /** After this long without a sign of life a process's sessions leave the counts. */
  leaseSeconds: z.int().min(5).max(300).default(30),
});
export type Pool = z.infer<typeof poolSchema>;
