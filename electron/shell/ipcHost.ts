import type { IpcMain, IpcMainEvent } from 'electron';
import { failureOf, type Result } from '../../shared/contract/failure.ts';
import { portChannel } from '../../shared/contract/portChannel.ts';
import { type ContractRouter, serveCalls } from '../../shared/contract/serveCalls.ts';
import { portRequestSchema } from '../../shared/contract/tunnelPort.ts';
import type { CallContext, Caller } from '../broker/caller.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { appOrigin } from './appScheme.ts';
import type { Log } from './log.ts';
import { createPortCalls, type PortCalls } from './portCalls.ts';
import { createPortTunnel } from './portTunnel.ts';

/** The app's own broker. */
interface OwnBroker {
  readonly router: ContractRouter<CallContext>;
  /** Whoever sits at the app. */
  readonly caller: Caller;
  /** Gives the picture of a live session to a tunnel; what it answers goes to the tunnel's other side. */
  readonly attachTunnel: (sessionId: string, wire: TunnelWire, caller: Caller) => Promise<Result<void>>;
}

/** A farm's gateway, which what comes over the ports is passed on to as it is. */
export interface FarmBroker {
  readonly relayCalls: (wire: PortCalls) => Promise<void>;
  readonly relayTunnel: (sessionId: string, wire: TunnelWire) => Promise<Result<void>>;
}

export type IpcHostOptions = (OwnBroker | FarmBroker) & {
  readonly ipcMain: Pick<IpcMain, 'on'>;
  /** Which of the two it is, and how that is changed; left out, nobody can ask. */
  readonly farmCalls?: Parameters<typeof serveCalls>[0];
  readonly log: Log;
};

/** Serves the contract and the tunnels to our own page, over the MessagePorts that it sends. Whatever else comes is refused. */
export function serveIpc(options: IpcHostOptions): void {
  const { ipcMain, farmCalls, log } = options;
  const report = (call: string, error: unknown) =>
    log.error({ call, reason: error instanceof Error ? error.stack : String(error) }, 'A call failed');
  const serveFarm = farmCalls && serveCalls(farmCalls, report);
  const isRelay = 'relayCalls' in options;
  const serve = isRelay ? undefined : serveCalls(options.router, report);

  function serveContract(wire: PortCalls): void {
    if (!isRelay) serve?.(wire, { caller: options.caller });
    else
      options.relayCalls(wire).catch((error: unknown) => {
        report('relay', error);
        wire.end(failureOf('internal'));
      });
  }

  async function serveTunnel(sessionId: string, wire: TunnelWire): Promise<void> {
    const attaching = isRelay
      ? options.relayTunnel(sessionId, wire)
      : options.attachTunnel(sessionId, wire, options.caller);
    const attached = await attaching.catch((error: unknown) => {
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
        serveContract(createPortCalls(port));
        return;
      case 'farm':
        if (serveFarm) serveFarm(createPortCalls(port), {});
        else port.close();
        return;
      case 'tunnel': {
        const { sessionId } = request.data;
        void serveTunnel(sessionId, createPortTunnel(port, isRelay ? undefined : sessionId));
        return;
      }
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
