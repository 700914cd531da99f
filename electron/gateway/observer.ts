import type { FailureCode } from '../../shared/contract/failure.ts';

/** Hears what the gateway does, to be counted. Never told who, from where, or what. */
export interface GatewayObserver {
  signedIn(): void;
  signInRefused(code: FailureCode): void;
  /** A request or a WebSocket that wasn't let in. */
  refused(code: FailureCode): void;
  /** Somebody who isn't a trusted proxy sent `X-Forwarded-*`. */
  forwardingForged(): void;
  tunnelOpened(): void;
  tunnelClosed(): void;
  relayed(direction: 'from-host' | 'to-host', bytes: number): void;
}

export const silentObserver: GatewayObserver = {
  signedIn: () => undefined,
  signInRefused: () => undefined,
  refused: () => undefined,
  forwardingForged: () => undefined,
  tunnelOpened: () => undefined,
  tunnelClosed: () => undefined,
  relayed: () => undefined,
};
