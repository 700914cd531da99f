import { RPCLink } from '@orpc/client/message-port';
import type { Failure } from '../../shared/contract/failure.ts';
import { portChannel } from '../../shared/contract/portChannel.ts';
import { tunnelPortEndSchema } from '../../shared/contract/tunnelPort.ts';
import type { PortRequest, TunnelPortReceipt } from '../../shared/contract/tunnelPort.ts';
import type { ContractLine, Wire } from './wire.ts';
import type { TunnelPort } from './tunnelPort.ts';

/** Makes a channel, and hands its far end through the preload script to the host process. */
function requestPort(request: PortRequest): MessagePort {
  const { port1, port2 } = new MessageChannel();
  window.postMessage({ type: portChannel, ...request }, location.origin, [port2]);
  return port1;
}

/** A line of calls: to the broker, or to the desktop app itself. */
export function openElectronLine(purpose: 'contract' | 'farm'): ContractLine {
  const port = requestPort({ purpose });
  const closed = new Promise<void>((resolve) => port.addEventListener('close', () => resolve()));
  let ended: Failure | undefined;
  // Before the link listens: it knows nothing but text.
  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (typeof event.data === 'string') return;
    event.stopImmediatePropagation();
    ended = tunnelPortEndSchema.safeParse(event.data).data?.failure;
    close();
  });
  const link = new RPCLink({ port });
  port.start();
  const close = () => {
    port.close();
    // Told to the far end only; the streams of this one wait for it too.
    port.dispatchEvent(new Event('close'));
  };
  return { link, closed, endedBy: () => ended, close };
}

function openTunnel(sessionId: string, signal: AbortSignal): TunnelPort {
  const port = requestPort({ purpose: 'tunnel', sessionId });
  signal.addEventListener('abort', () => port.close(), { once: true });
  const encoder = new TextEncoder();
  let receive = (_bytes: Uint8Array) => {};
  let close = (..._failure: Parameters<Parameters<TunnelPort['onClose']>[0]>) => {};
  let ended = false;
  const endOnce = (...failure: Parameters<typeof close>) => {
    if (ended || signal.aborted) return;
    ended = true;
    port.close();
    close(...failure);
  };
  port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (ended || signal.aborted) return;
    if (data instanceof Uint8Array) {
      // Counted before the listener hands the memory on.
      const received = data.byteLength;
      receive(data);
      port.postMessage({ received } satisfies TunnelPortReceipt);
      return;
    }
    const end = tunnelPortEndSchema.safeParse(data);
    if (end.success) endOnce(end.data.failure);
  });
  port.addEventListener('close', () => endOnce({ code: 'host_process_lost' }));
  return {
    send(instructions) {
      if (!ended && !signal.aborted) port.postMessage(encoder.encode(instructions));
    },
    onMessage(listener) {
      receive = listener;
      port.start();
    },
    onClose(listener) {
      close = listener;
    },
  };
}

/** The host process of the desktop app, behind its preload script. */
export const openElectronWire = (): Wire => ({
  openContract: () => openElectronLine('contract'),
  openTunnel,
});
