import { RPCLink } from '@orpc/client/websocket';
import type { Failure } from '../../shared/contract/failure.ts';
import { failureOfClose } from '../../shared/contract/failureOfClose.ts';
import type { ContractLine, Wire } from './wire.ts';
import type { TunnelPort } from './tunnelPort.ts';

/** `wss:` under a page served over HTTPS; the gateway serves nothing else, a developer's server may. */
const addressOf = (path: string) => new URL(path, location.href.replace(/^http/, 'ws'));

const unauthorised = 401;

/** A browser doesn't tell a page why a WebSocket was refused. A gateway that was started anew knows nobody. */
async function isSignedOut(): Promise<boolean> {
  try {
    const { status } = await fetch('/', { method: 'HEAD', cache: 'no-store' });
    return status === unauthorised;
  } catch {
    // It isn't there at all, which the closed socket has told already.
    return false;
  }
}

function openContract(): ContractLine {
  const socket = new WebSocket(addressOf('/rpc'));
  // Blobs would be read asynchronously, and so could overtake one another.
  socket.binaryType = 'arraybuffer';
  let ended: Failure | undefined;
  const closed = new Promise<void>((resolve) =>
    socket.addEventListener('close', (event) => {
      ended = failureOfClose(event);
      resolve();
    }),
  );
  return {
    link: new RPCLink({ websocket: socket }),
    closed,
    endedBy: () => ended,
    close: () => socket.close(),
  };
}

function openTunnel(sessionId: string, signal: AbortSignal): TunnelPort {
  const address = addressOf('/websocket-tunnel');
  address.searchParams.set('session', sessionId);
  const socket = new WebSocket(address, 'guacamole.binary');
  socket.binaryType = 'arraybuffer';
  signal.addEventListener('abort', () => socket.close(), { once: true });
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  socket.addEventListener('open', () => {
    if (waiting.length > 0) socket.send(encoder.encode(waiting.join('')));
    waiting = [];
  });
  return {
    send(instructions) {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(instructions);
      else if (socket.readyState === WebSocket.OPEN) socket.send(encoder.encode(instructions));
    },
    onMessage(listener) {
      socket.addEventListener('message', (event: MessageEvent<ArrayBuffer>) => {
        if (!signal.aborted) listener(new Uint8Array(event.data));
      });
    },
    onClose(listener) {
      socket.addEventListener('close', (event) => {
        if (!signal.aborted) listener(failureOfClose(event));
      });
    },
  };
}

/** The gateway that served this page. */
export const openWebSocketWire = (): Wire => ({ openContract, openTunnel, isSignedOut });
