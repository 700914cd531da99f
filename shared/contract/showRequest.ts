import { z } from 'zod';
import { sessionIdSchema } from '../model/session.ts';

/**
 * What the desktop app asks of its main window's page: a session was clicked in the tray, in the menu or on a notification.
 * The page gets it as a window message `{ type: showChannel, ...request }` of its own origin and its own `window`.
 */
export const showRequestSchema = z.object({ kind: z.literal('session'), sessionId: sessionIdSchema });
export type ShowRequest = z.infer<typeof showRequestSchema>;
