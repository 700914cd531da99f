import type { IpcMain, IpcMainEvent } from 'electron';
import { failureOf, type Result } from '../../shared/contract/failure.ts';
import { portChannel } from '../../shared/contract/portChannel.ts';
import { type ContractRouter, serveCalls } from '../../shared/contract/serveCalls.ts';
import { portRequestSchema } from '../../shared/contract/tunnelPort.ts';
import type { CallContext, Caller } from '../broker/caller.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { appOrigin } from './appScheme.ts';
import type { Log } from './log.ts';
import { createPortCalls } from './portCalls.ts';
import { createPortTunnel } from './portTunnel.ts';

export interface IpcHostOptions {
  readonly ipcMain: Pick<IpcMain, 'on'>;
  readonly router: ContractRouter<CallContext>;
  /** Whoever sits at the app. */
  readonly caller: Caller;
  /** Gives the picture of a live session to a tunnel; what it answers goes to the tunnel's other side. */
  readonly attachTunnel: (sessionId: string, wire: TunnelWire, caller: Caller) => Promise<Result<void>>;
  readonly log: Log;
}

/** Serves the contract and the tunnels to our own page, over the MessagePorts that it sends. Whatever else comes is refused. */
export function serveIpc({ ipcMain, router, caller, attachTunnel, log }: IpcHostOptions): void {
  const serve = serveCalls(router, (call, error) =>
    log.error({ call, reason: error instanceof Error ? error.stack : String(error) }, 'A call failed'),
  );

  async function serveTunnel(sessionId: string, wire: TunnelWire): Promise<void> {
    const attached = await attachTunnel(sessionId, wire, caller).catch((error: unknown) => {
      log.error({ sessionId, reason: String(error) }, 'Attaching a tunnel failed');
      return { ok: false, failure: failureOf('internal') } as const;
    });
    if (!attached.ok) wire.close(attached.failure);
  }

  ipcMain.on(portChannel, (event, message: unknown) => {
    const [port, ...more] = event.ports;
    const request = portRequestSchema.safeParse(message);
    if (!port || more.length > 0 || !request.success || !isFromOwnPage(event)) {
      log.warn({ origin: event.senderFrame?.origin }, 'Refused a message to the main process');
      for (const refused of event.ports) refused.close();
      return;
    }
    switch (request.data.purpose) {
      case 'contract':
        serve(createPortCalls(port), { caller });
        return;
      case 'tunnel':
        void serveTunnel(request.data.sessionId, createPortTunnel(port, request.data.sessionId));
        return;
      default:
        request.data satisfies never;
    }
  });
}

/** The main frame of a window that shows our page, and is still there. */
function isFromOwnPage({ senderFrame }: IpcMainEvent): boolean {
  return (
    senderFrame !== null &&
    !senderFrame.isDestroyed() &&
    !senderFrame.detached &&
    senderFrame.parent === null &&
    senderFrame.origin === appOrigin
  );
}
