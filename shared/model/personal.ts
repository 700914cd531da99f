import { z } from 'zod';
import { hostIdSchema } from './host.ts';
import { preferencesSchema } from './preferences.ts';

/** What a person has for themselves, wherever they sign in. */
export const personalDocumentSchema = z.object({
  version: z.literal(1),
  favourites: z.array(hostIdSchema).max(10_000),
  /** Newest first. */
  opened: z.array(z.object({ hostId: hostIdSchema, at: z.int() })).max(200),
  /** Of whoever uses a gateway; the desktop app keeps its own in its data folder. */
  preferences: preferencesSchema.optional(),
});
export type PersonalDocument = z.infer<typeof personalDocumentSchema>;
