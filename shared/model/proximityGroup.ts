import { z } from 'zod';
import { parseAddressRange, parseDomainMask } from './address.ts';
import { vaultIdSchema } from './host.ts';
import { poolIdSchema } from './pool.ts';
import { managerIdSchema } from './sessionManager.ts';

export const groupIdSchema = z.string().min(1).max(64);

/** The group that matches everything, is last, and can't be deleted. */
export const defaultGroupId = 'default';

const addressRangeText = z
  .string()
  .refine((text) => parseAddressRange(text) !== undefined, 'not an address, a range or a CIDR prefix');
const domainMaskText = z.string().refine((text) => parseDomainMask(text) !== undefined, 'not a domain mask');

/** Matches a host when all of its given fields match; a field matches when any of its entries does. */
export const selectorSchema = z
  .object({
    vaultIds: z.array(vaultIdSchema).min(1).optional(),
    addresses: z.array(addressRangeText).min(1).optional(),
    domains: z.array(domainMaskText).min(1).optional(),
  })
  .refine(
    (selector) => selector.vaultIds ?? selector.addresses ?? selector.domains,
    'a selector needs a field to match on',
  );
export type Selector = z.infer<typeof selectorSchema>;

/**
 * How a manager of the group proves who it is. `pins` are base64 SHA-256 digests of the certificate's SubjectPublicKeyInfo
 * (RFC 7469 §2.4). `unverified` and `plain` are for networks where nobody else listens; the app says so wherever they are used.
 */
export const trustSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('authorities'),
    /** PEM certificates of the authorities; left out, those that Node.js ships. */
    certificatesPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
  }),
  z.object({ kind: z.literal('pins'), pins: z.array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/)).min(1) }),
  z.object({ kind: z.literal('unverified') }),
  z.object({ kind: z.literal('plain') }),
]);
export type Trust = z.infer<typeof trustSchema>;

/** An ordered routing rule plus the session managers that serve what it matches. */
export const proximityGroupSchema = z.object({
  id: groupIdSchema,
  name: z.string().trim().min(1).max(100),
  /** Lowest first; unique. The Default group is last whatever its number. */
  priority: z.int().nonnegative(),
  selectors: z.array(selectorSchema),
  managerIds: z.array(managerIdSchema),
  trust: trustSchema,
  /** Where sessions go when no manager of this group can take them. `null`: nowhere. */
  fallbackGroupId: groupIdSchema.nullable().default(null),
  /** The pool of the session registry that counts its sessions first; left out, the first pool. */
  poolId: poolIdSchema.optional(),
});
export type ProximityGroup = z.infer<typeof proximityGroupSchema>;
