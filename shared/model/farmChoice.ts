import { z } from 'zod';

/** Base64 SHA-256 of a SubjectPublicKeyInfo (RFC 7469, section 2.4). */
const pinSchema = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, 'not the base64 of a SHA-256');

/** `https://proxima.example`: only the front of it counts. */
export const farmAddressSchema = z
  .url({ protocol: /^https$/, error: 'not an address that begins with https://' })
  .max(300)
  .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), 'it must not hold a name')
  .transform((text) => new URL(text).origin);

export const farmPinsSchema = z.array(pinSchema).min(1).max(10);
export const farmAuthoritiesSchema = z
  .string()
  .max(200_000)
  .regex(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/, 'not a certificate in PEM');

/** The farm, or the one gateway, that a desktop app uses instead of a broker of its own. */
export const farmChoiceSchema = z.object({
  address: farmAddressSchema,
  /** How its certificate is verified; there is no way to skip that. */
  verification: z.discriminatedUnion('kind', [
    /** By the authorities that this computer and Proxima know. */
    z.object({ kind: z.literal('system') }),
    /** By these alone. */
    z.object({ kind: z.literal('authorities'), certificatesPem: farmAuthoritiesSchema }),
    /** By its key: names and dates of the certificate around it don't matter. */
    z.object({ kind: z.literal('pins'), pins: farmPinsSchema }),
  ]),
});
export type FarmChoice = z.infer<typeof farmChoiceSchema>;
