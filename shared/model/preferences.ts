import { z } from 'zod';
import { foreignSchemeSchema } from './linkProposal.ts';

/** What each person decides about their desktop app. */
export const preferencesSchema = z.object({
  version: z.literal(1),
  /** Links of other programs that Proxima offers to open. */
  linkSchemes: z.array(foreignSchemeSchema),
  /** Told by the system when a session is lost, or its manager drains, while the window isn't looked at. */
  notifications: z.boolean(),
  /** Closing the last window leaves Proxima and its sessions in the tray. */
  keepInTray: z.boolean(),
  /** Look for updates by itself. */
  lookForUpdates: z.boolean(),
});
export type Preferences = z.infer<typeof preferencesSchema>;

export const defaultPreferences: Preferences = {
  version: 1,
  linkSchemes: [],
  notifications: true,
  keepInTray: false,
  lookForUpdates: true,
};
