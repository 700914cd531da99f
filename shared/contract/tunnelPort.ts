import { z } from 'zod';
import { sessionIdSchema } from '../model/session.ts';
import { failureSchema } from './failure.ts';

/**
 * How the desktop renderer talks to its host process: over MessagePorts, one for the contract and one per tunnel.
 *
 * The renderer makes a `MessageChannel`, keeps `port1` and hands `port2` over with
 * `window.postMessage({ type: portChannel, ...request }, location.origin, [port2])`, where `request` is a `PortRequest`.
 * It needs no answer: what it posts before the host is ready is kept by the port. A refused request closes the port.
 * Desktop or browser is told by the marker `window.proximaDesktop === true`.
 *
 * - `contract`: `RPCLink` of `@orpc/client/message-port` over `port1` (text only). The last message may be a `TunnelPortEnd`.
 * - `farm`: the same for what the desktop app answers by itself (shared/contract/desktopFarm.ts).
 * - `tunnel`: the same bytes as on the WebSocket, with these rules.
 *   - Host → renderer: a `Uint8Array` of whole instructions (often several), or a `TunnelPortEnd`, after which nothing follows.
 *   - Renderer → host: a `Uint8Array` of whole instructions, at most `tunnelMessageLimitBytes` long, or a `TunnelPortReceipt`.
 *   - Ports have no back-pressure, so bytes are credited: the host stops while `tunnelCreditBytes` or more are not yet receipted. The
 *     renderer posts a receipt once it has **handled** bytes (several arrivals may share one), and in the end for every byte.
 *   - No bytes are ever in a transfer list: Electron loses messages then.
 *   - The session's picture ends when either side closes its port (`close` event); the session itself goes on.
 */
export const portRequestSchema = z.discriminatedUnion('purpose', [
  z.object({ purpose: z.literal('contract') }),
  z.object({ purpose: z.literal('farm') }),
  z.object({ purpose: z.literal('tunnel'), sessionId: sessionIdSchema }),
]);
export type PortRequest = z.infer<typeof portRequestSchema>;

/** How many bytes may be on their way to the renderer before the host waits for a receipt. */
export const tunnelCreditBytes = 1024 * 1024;

/** The longest message that a host takes from a renderer on a tunnel; the same on a WebSocket. */
export const tunnelMessageLimitBytes = 64 * 1024;

/** Renderer → host: this many bytes more were handled. */
export const tunnelPortReceiptSchema = z.object({ received: z.int().min(1) });
export type TunnelPortReceipt = z.infer<typeof tunnelPortReceiptSchema>;

/** Host → renderer: the last message; without a failure the session ended by its own or by its person's wish. */
export const tunnelPortEndSchema = z.object({ ended: z.literal(true), failure: failureSchema.optional() });
export type TunnelPortEnd = z.infer<typeof tunnelPortEndSchema>;
