import type { ClientContext, ClientLink } from '@orpc/client';
import type { Failure } from '../../shared/contract/failure.ts';
import type { TunnelPort } from './tunnelPort.ts';

/** Opens a tunnel to a live session; abort the signal to close it. */
export type OpenTunnel = (sessionId: string, signal: AbortSignal) => TunnelPort;

/** One line to the host process, for as long as it lasts. */
export interface ContractLine {
  readonly link: ClientLink<ClientContext>;
  /** Settles once, when the line can't be used any more. */
  readonly closed: Promise<void>;
  /** What the far end said when it closed the line, where it said something. */
  readonly endedBy?: () => Failure | undefined;
  close(): void;
}

/** A way to the host process: WebSocket to a gateway, or MessagePorts of the desktop app. */
export interface Wire {
  openContract(): ContractLine;
  /** Whether the far end is there, and knows nobody on this page any more; only a gateway has people sign in. */
  readonly isSignedOut?: () => Promise<boolean>;
  readonly openTunnel: OpenTunnel;
}
