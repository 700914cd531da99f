import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Account, accountSchema } from '../../shared/model/access.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A local account as it is stored. Nothing in it is enough to sign in: secrets are hashed or sealed. */
export const accountDocumentSchema = accountSchema.omit({ hasPassword: true, hasSecondFactor: true }).extend({
  version: z.literal(1),
  /** A PHC string; absent until the invitation is accepted. */
  passwordHash: z.string().max(200).optional(),
  invitation: z.object({ tokenHash: sha256, endsAt: z.int() }).optional(),
  secondFactor: z
    .object({
      sealedSecret: z.string().max(300),
      /** The step of the last code that was used: neither it nor an earlier one works again. */
      lastStep: z.int(),
      recoveryCodeHashes: z.array(sha256).max(10),
    })
    .optional(),
  /** Shown, and not confirmed yet. */
  beginningSecondFactor: z.object({ sealedSecret: z.string().max(300), endsAt: z.int() }).optional(),
});
export type AccountDocument = z.infer<typeof accountDocumentSchema>;

/** By what an account is found: names are compared without regard to case, and may hold whatever a key or a file name may not. */
export const accountIdOf = (name: string): string =>
  createHash('sha256').update(name.trim().normalize('NFC').toLowerCase()).digest('hex');

export function describeAccount({
  name,
  displayName,
  groups,
  roles,
  isDisabled,
  createdAt,
  signedInAt,
  passwordHash,
  secondFactor,
}: AccountDocument): Account {
  return {
    name,
    displayName,
    groups,
    roles,
    isDisabled,
    createdAt,
    ...(signedInAt !== undefined && { signedInAt }),
    hasPassword: passwordHash !== undefined,
    hasSecondFactor: secondFactor !== undefined,
  };
}
