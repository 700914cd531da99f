import Guacamole from 'guacamole-common-js';
import { failureOf } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { encodeInstruction } from '../../../shared/guacamole/instruction.ts';

/** What a tunnel needs of the wire below it; the transport's TunnelPort is one. */
export interface TunnelBytes {
  send(instructions: string): void;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (failure?: Failure) => void): void;
}

/** A live session sends `sync` each second; this long without anything means that the line is dead, whatever the socket says. */
const silenceLimitMs = 15_000;

const TunnelBase = Guacamole.Tunnel as unknown as new () => Guacamole.Tunnel;

/**
 * A tunnel for Guacamole.Client over the bytes of a session. `openBytes` is called by `connect`; its signal is aborted when the
 * tunnel is left. What comes is given to `take`, which may keep the memory: whoever reads the bytes calls `oninstruction`. `onEnd`
 * is called once when the other side ends it, with a failure where there was one.
 */
export function createGuacamoleTunnel(
  openBytes: (signal: AbortSignal) => TunnelBytes,
  take: (bytes: Uint8Array) => void,
  onEnd: (failure?: Failure) => void,
): Guacamole.Tunnel {
  const tunnel = new TunnelBase();
  const { CONNECTING, OPEN, CLOSED } = Guacamole.Tunnel.State;
  const left = new AbortController();
  let bytes: TunnelBytes | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  const setState = (state: Guacamole.Tunnel.State) => {
    if (tunnel.state === state) return;
    tunnel.state = state;
    tunnel.onstatechange?.(state);
  };
  const leave = () => {
    clearTimeout(silence);
    left.abort();
    bytes = undefined;
    setState(CLOSED);
  };
  const end = (failure?: Failure) => {
    if (left.signal.aborted) return;
    leave();
    onEnd(failure);
  };
  const watchSilence = () => {
    clearTimeout(silence);
    silence = setTimeout(() => end(failureOf('host_process_lost')), silenceLimitMs);
  };

  tunnel.connect = () => {
    setState(CONNECTING);
    bytes = openBytes(left.signal);
    bytes.onMessage((message) => {
      if (left.signal.aborted) return;
      watchSilence();
      setState(OPEN);
      take(message);
    });
    bytes.onClose(end);
    watchSilence();
  };
  tunnel.disconnect = leave;
  tunnel.sendMessage = (opcode: string, ...args: readonly (string | number)[]) => {
    // Leaving a tunnel doesn't end the session: that is the host process's to do.
    if (opcode === 'disconnect') return;
    bytes?.send(encodeInstruction([opcode, ...args.map(String)]));
  };
  return tunnel;
}
