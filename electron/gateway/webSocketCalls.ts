import type { WebSocket } from 'ws';
import { type Failure, failureOf, webSocketCloseCodeOf } from '../../shared/contract/failure.ts';
import type { CallWire } from '../../shared/contract/serveCalls.ts';

/** A WebSocket as a wire of the contract: text frames only. */
export function createWebSocketCalls(socket: WebSocket): CallWire {
  const refuse = (failure: Failure) => socket.close(webSocketCloseCodeOf(failure), failure.code);
  return {
    // Not sooner than the next turn of the event loop: a stream that always has more would keep the close of its own socket from being seen.
    send: (text) => new Promise((resolve) => socket.send(text, () => setImmediate(resolve))),
    onText(listener) {
      socket.on('message', (data: Buffer, isBinary) => {
        if (socket.readyState !== socket.OPEN) return;
        if (isBinary) refuse(failureOf('input_invalid'));
        else listener(data.toString());
      });
    },
    onClose: (listener) => void socket.once('close', () => listener()),
    refuse,
  };
}
