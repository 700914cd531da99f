import { failureOf } from '../../shared/contract/failure.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { nop } from './keepAlive.ts';

/** A tunnel without a channel behind it, for a while. */
export interface WaitingTunnel {
  /** Another window takes its place. */
  replace(wire: TunnelWire): void;
  /** Ends the wait: the tunnel that is still there, for whoever has the picture. */
  take(): TunnelWire | undefined;
}

/** Clients give up on a tunnel that says nothing for 15 s. */
const nopIntervalMs = 5_000;

/** Keeps a tunnel alive that waits for its channel. What its person types meanwhile goes nowhere. */
export function createWaitingTunnel(first: TunnelWire | undefined): WaitingTunnel {
  let waiting: TunnelWire | undefined;
  const bytes = Buffer.from(nop);
  const timer = setInterval(() => waiting?.send(bytes, () => undefined), nopIntervalMs);

  function wait(wire: TunnelWire | undefined) {
    waiting = wire;
    wire?.onMessage(() => undefined);
    wire?.onClose(() => {
      if (waiting === wire) waiting = undefined;
    });
  }
  wait(first);
  return {
    replace(wire) {
      const before = waiting;
      wait(wire);
      before?.close(failureOf('host_session_taken'));
    },
    take() {
      clearInterval(timer);
      const taken = waiting;
      waiting = undefined;
      return taken;
    },
  };
}

/** A wire that one after the other listens to: each new listener of messages replaces the one before. */
export function withOneListener(wire: TunnelWire): TunnelWire {
  let receive: ((bytes: Uint8Array) => void) | undefined;
  return {
    send: (bytes, done) => wire.send(bytes, done),
    onClose: (listener) => wire.onClose(listener),
    close: (failure) => wire.close(failure),
    onMessage(listener) {
      const isFirst = receive === undefined;
      receive = listener;
      if (isFirst) wire.onMessage((bytes) => receive?.(bytes));
    },
  };
}
