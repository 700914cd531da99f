import type { WebSocket } from 'ws';
import { type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { failureOfClose } from '../../shared/contract/failureOfClose.ts';
import type { CallWire } from '../../shared/contract/serveCalls.ts';
import type { TunnelWire } from '../broker/ports.ts';
import type { FarmClient } from './farmClient.ts';

/** The longest message of a farm: pages of hosts, certificates, diagnostics. */
export const callAnswerLimitBytes = 16 * 1024 * 1024;
const tunnelMessageLimitBytes = 8 * 1024 * 1024;
/** What a window may have posted that the network hasn't taken. */
const unsentLimitBytes = 8 * 1024 * 1024;

/** One that can be told why it ends. */
type EndableWire = CallWire & { end(failure: Failure): void };
type Sockets = Pick<FarmClient, 'openSocket'>;

/** Passes a window's calls on to the farm, and its answers back; what they mean is between these two. */
export async function relayCalls(sockets: Sockets, wire: EndableWire): Promise<void> {
  let isGone = false;
  wire.onClose(() => (isGone = true));
  const opened = await sockets.openSocket({ path: '/rpc', limitBytes: callAnswerLimitBytes });
  if (!opened.ok) {
    wire.end(opened.failure);
    return;
  }
  const socket = opened.value;
  wire.onClose(() => socket.close());
  if (isGone) {
    socket.close();
    return;
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      socket.close();
      return;
    }
    // The next is read from the network once this one was handed over.
    socket.pause();
    void Promise.resolve(wire.send(data.toString())).then(() => socket.resume());
  });
  socket.on('close', (code, reason) => wire.end(endOf(code, reason) ?? failureOf('host_process_lost')));
  wire.onText((text) => send(socket, text));
}

/** Passes the bytes of a session on, as fast as the slower side takes them. Fails as `FarmClient.openSocket` does. */
export async function relayTunnel(
  sockets: Sockets,
  sessionId: string,
  wire: TunnelWire,
): Promise<Result<void>> {
  let isGone = false;
  wire.onClose(() => (isGone = true));
  const opened = await sockets.openSocket({
    path: `/websocket-tunnel?session=${encodeURIComponent(sessionId)}`,
    protocol: 'guacamole.binary',
    limitBytes: tunnelMessageLimitBytes,
  });
  if (!opened.ok) return opened;
  const socket = opened.value;
  wire.onClose(() => socket.close());
  if (isGone) {
    socket.close();
    return succeed(undefined);
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) {
      socket.close();
      return;
    }
    socket.pause();
    wire.send(data, () => socket.resume());
  });
  socket.on('close', (code, reason) => wire.close(endOf(code, reason)));
  wire.onMessage((bytes) => send(socket, bytes));
  return succeed(undefined);
}

const endOf = (code: number, reason: Buffer): Failure | undefined =>
  failureOfClose({ code, reason: reason.toString() });

function send(socket: WebSocket, data: string | Uint8Array): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > unsentLimitBytes) socket.terminate();
  else socket.send(data);
}
