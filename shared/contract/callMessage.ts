import { z } from 'zod';

const idSchema = z.string().min(1).max(32);

/**
 * One text message of a caller: a call of the contract, or the end of one (`t: 4`). What else oRPC's own protocol knows (streams
 * from the caller, files, headers, other methods) isn't part of the contract and doesn't get as far as its parser.
 */
const callMessageSchema = z.union([
  z.strictObject({
    i: idSchema,
    p: z.strictObject({ u: z.string().regex(/^(\/[a-zA-Z]{1,40}){1,4}$/), b: z.unknown() }),
  }),
  z.strictObject({ i: idSchema, t: z.literal(4), p: z.unknown().optional() }),
]);

export function isCallMessage(text: string): boolean {
  try {
    return callMessageSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}
