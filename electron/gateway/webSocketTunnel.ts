import type { WebSocket } from 'ws';
import {
  describeFailure,
  type Failure,
  failureOf,
  guacamoleStatusOf,
  webSocketCloseCodeOf,
} from '../../shared/contract/failure.ts';
import { encodeTunnelGreeting, isForTunnel, isTunnelPing } from '../../shared/contract/tunnelInstruction.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { TunnelWire } from '../broker/ports.ts';

/** Text frames, as stock Guacamole clients use them; or the same bytes in binary frames, for our own renderer. */
export const tunnelProtocols = ['guacamole', 'guacamole.binary'] as const;
export type TunnelProtocol = (typeof tunnelProtocols)[number];

/** Above this, the peer doesn't read: pings aren't answered, and the client finds out that the connection is unstable. */
const pingBufferLimitBytes = 64 * 1024;

const normalClosure = 1000;

/**
 * A WebSocket as a tunnel, beginning with the internal instruction that names the tunnel. `done` of `send` is called once the kernel
 * took the bytes, so whoever waits for it holds one batch for a peer that doesn't read. A failure is told as an `error`
 * instruction, then in the close frame: its reason begins with the Guacamole status, as stock clients expect, followed by our code.
 */
export function createWebSocketTunnel(socket: WebSocket, sessionId: string): TunnelWire {
  const binary = socket.protocol === ('guacamole.binary' satisfies TunnelProtocol);
  const sendBytes = (bytes: Uint8Array, done?: () => void) => socket.send(bytes, { binary }, () => done?.());

  const sendText = (text: string) => sendBytes(textEncoder.encode(text));

  function close(failure?: Failure): void {
    // Whoever waited for a listener still has to hear of the peer's half of the closing.
    socket.resume();
    if (socket.readyState !== socket.OPEN) return;
    if (!failure) {
      socket.close(normalClosure);
      return;
    }
    const status = guacamoleStatusOf(failure);
    sendText(encodeInstruction(['error', describeFailure(failure).what, String(status)]));
    socket.close(webSocketCloseCodeOf(failure), `${status} ${failure.code}`);
  }

  let receive: ((bytes: Uint8Array) => void) | undefined;
  socket.on('message', (data: Buffer, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary !== binary) close(failureOf('input_invalid'));
    else if (!isForTunnel(data)) receive?.(data);
    else if (!isTunnelPing(data.toString())) close(failureOf('input_invalid'));
    else if (socket.bufferedAmount < pingBufferLimitBytes) sendBytes(data);
  });
  socket.pause();
  sendText(encodeTunnelGreeting(sessionId));
  return {
    send: sendBytes,
    onMessage(listener) {
      receive = listener;
      socket.resume();
    },
    onClose(listener) {
      if (socket.readyState === socket.CLOSED) queueMicrotask(listener);
      else socket.once('close', () => listener());
    },
    close,
  };
}

const textEncoder = new TextEncoder();
