import { z } from 'zod';
import { managerIdSchema } from './sessionManager.ts';

const names = z.array(z.string().trim().min(1).max(253)).max(50);

/** What is known of one certificate; its private key is elsewhere. Times are epoch milliseconds. */
export const certificateSchema = z.object({
  /** Lower-case hexadecimal; unique in Proxima. */
  serial: z.string().regex(/^[0-9a-f]{1,64}$/),
  kind: z.enum(['authority', 'server', 'client']),
  name: z.string(),
  dnsNames: names,
  ipAddresses: names,
  notBefore: z.int(),
  notAfter: z.int(),
  /** Serial of the authority that issued it; absent for authorities, and where that isn't here. */
  issuedBy: z.string().optional(),
  /** Base64 SHA-256 of the SubjectPublicKeyInfo: what a group can pin. */
  pin: z.string(),
  certificatePem: z.string(),
  /** The session manager that a server certificate was made for. */
  managerId: managerIdSchema.optional(),
  revokedAt: z.int().optional(),
  origin: z.enum(['made', 'imported']),
  hasPrivateKey: z.boolean(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/** What to issue. */
export const certificateRequestSchema = z.object({
  kind: z.enum(['server', 'client']),
  name: z.string().trim().min(1, 'enter a name').max(64),
  dnsNames: names,
  ipAddresses: names,
  lifetimeDays: z.int().min(1).max(3650),
  managerId: managerIdSchema.optional(),
  /** A server that is a client of its like as well: a member of a session registry. */
  isMember: z.boolean().optional(),
});
export type CertificateOrder = z.infer<typeof certificateRequestSchema>;

/** Everything one machine needs, as a `.tar.gz` in Base64. Holds a private key: for that one machine only. */
export const bundleSchema = z.object({
  fileName: z.string(),
  contentBase64: z.string(),
  /** The files in it and where each belongs. */
  files: z.array(z.object({ name: z.string(), purpose: z.string() })),
});
export type Bundle = z.infer<typeof bundleSchema>;
