import { z } from 'zod';

/** How guacd, which alone opens RDP, can be had on the machine of the local session manager. */
export const guacdOfferSchema = z.object({
  means: z.enum(['debian-package', 'homebrew', 'container']),
  /** One line for a terminal. */
  command: z.string(),
  /** Whether Proxima can run it itself, with what this account may do. */
  canRun: z.boolean(),
});
export type GuacdOffer = z.infer<typeof guacdOfferSchema>;
