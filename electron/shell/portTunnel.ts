import type { MessagePortMain } from 'electron';
import { type Failure, failureOf } from '../../shared/contract/failure.ts';
import { encodeTunnelGreeting, isForTunnel, isTunnelPing } from '../../shared/contract/tunnelInstruction.ts';
import {
  tunnelCreditBytes,
  type TunnelPortEnd,
  tunnelMessageLimitBytes,
  tunnelPortReceiptSchema,
} from '../../shared/contract/tunnelPort.ts';
import type { TunnelWire } from '../broker/ports.ts';

/**
 * A MessagePort as a tunnel; the renderer's half is described in shared/contract/tunnelPort.ts. `done` of `send` waits while more bytes
 * than the credit are without a receipt, since ports take whatever is posted and hold it in memory. Without a
 * `sessionId` a farm's gateway is behind it, which greets and answers pings itself.
 */
export function createPortTunnel(port: MessagePortMain, sessionId: string | undefined): TunnelWire {
  let withoutReceiptBytes = 0;
  let waiting: (() => void)[] = [];
  let isClosed = false;
  const closeListeners: (() => void)[] = [];

  function post(bytes: Uint8Array): void {
    withoutReceiptBytes += bytes.length;
    // A copy: cloning a view takes its whole buffer along, and with it the bytes of somebody else.
    port.postMessage(new Uint8Array(bytes));
  }

  function settleWaiting(): void {
    const settled = waiting;
    waiting = [];
    for (const done of settled) setImmediate(done);
  }

  function noteClose(): void {
    if (isClosed) return;
    isClosed = true;
    settleWaiting();
    for (const listener of closeListeners) queueMicrotask(listener);
  }

  function close(failure?: Failure): void {
    if (isClosed) return;
    port.postMessage({ ended: true, ...(failure && { failure }) } satisfies TunnelPortEnd);
    port.close();
    noteClose();
  }

  function receive(data: unknown, listener: (bytes: Uint8Array) => void): void {
    if (isClosed) return;
    if (data instanceof Uint8Array && data.length <= tunnelMessageLimitBytes) {
      if (sessionId === undefined || !isForTunnel(data)) listener(data);
      else if (!isTunnelPing(Buffer.from(data).toString())) close(failureOf('input_invalid'));
      else if (withoutReceiptBytes < tunnelCreditBytes) post(data);
      return;
    }
    const receipt = tunnelPortReceiptSchema.safeParse(data);
    if (!receipt.success || receipt.data.received > withoutReceiptBytes) {
      close(failureOf('input_invalid'));
      return;
    }
    withoutReceiptBytes -= receipt.data.received;
    if (withoutReceiptBytes < tunnelCreditBytes) settleWaiting();
  }

  port.once('close', noteClose);
  if (sessionId !== undefined) post(new TextEncoder().encode(encodeTunnelGreeting(sessionId)));
  return {
    send(bytes, done) {
      if (!isClosed) post(bytes);
      waiting.push(done);
      if (isClosed || withoutReceiptBytes < tunnelCreditBytes) settleWaiting();
    },
    onMessage(listener) {
      port.on('message', ({ data }: { data: unknown }) => receive(data, listener));
      port.start();
    },
    onClose(listener) {
      if (isClosed) queueMicrotask(listener);
      else closeListeners.push(listener);
    },
    close,
  };
}
