import { createORPCClient } from '@orpc/client';
import type { ClientContext, ClientLink } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../shared/contract/contract.ts';
import { openElectronWire } from './electron.ts';
import { reconnectDelayMs } from './reconnectDelay.ts';
import { openWebSocketWire } from './webSocket.ts';
import type { ContractLine, OpenTunnel, Wire } from './wire.ts';

export type ContractClient = ContractRouterClient<Contract>;

/**
 * `connecting` until the host process has answered for the first time, `lost` whenever it stops answering after that; `signed-out`
 * where it is there again, and its person has to sign in first; `moving` from a gateway that is being stopped to another one of its
 * farm.
 */
export type ConnectionState = 'connecting' | 'connected' | 'moving' | 'lost' | 'signed-out';

/** The renderer's connection to its host process. It never gives up: while it is lost it is tried again by itself. */
export interface HostConnection {
  /** Calls made while the connection is lost fail at once; before the first answer, and while it moves, they wait. */
  readonly client: ContractClient;
  getState(): ConnectionState;
  /** Calls the listener after every change of the state; returns how to stop that. */
  subscribe(listener: () => void): () => void;
  /** Something happened by which it may work again: while it is lost it is tried at once. */
  tryNow(): void;
  readonly openTunnel: OpenTunnel;
}

declare global {
  interface Window {
    /** Set by the preload script of the desktop app. */
    readonly proximaDesktop?: true;
  }
}

/** How often an idle line is asked for a sign of life; also keeps proxies from cutting it (Apache: 60 s). */
const checkIntervalMs = 20_000;
const checkTimeoutMs = 10_000;

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Resolves to whether the host process answers on this line in time. */
async function answers(line: ContractLine): Promise<boolean> {
  const client: ContractClient = createORPCClient(line.link);
  const timeout = sleep(checkTimeoutMs).then(() => false);
  const closed = line.closed.then(() => false);
  const answered = client.app.describe({}).then(
    () => true,
    () => false,
  );
  return Promise.race([answered, timeout, closed]);
}

/** Resolves after `milliseconds`, or sooner when the network or the window comes back, or `reasons` tells of another. */
function waitForReason(milliseconds: number, reasons?: EventTarget): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      document.removeEventListener('visibilitychange', done);
      reasons?.removeEventListener('reason', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    window.addEventListener('online', done);
    document.addEventListener('visibilitychange', done);
    reasons?.addEventListener('reason', done);
  });
}

/** Resolves when the line was closed, or doesn't answer any more. */
async function breaks(line: ContractLine): Promise<void> {
  const closed = line.closed.then(() => false);
  const timeToCheck = () => waitForReason(checkIntervalMs).then(() => true);
  while (await Promise.race([timeToCheck(), closed])) {
    if (!(await answers(line))) return;
  }
}

/** Connects over the given wire, and again whenever the line breaks, until the page goes away. */
export function connect(wire: Wire): HostConnection {
  let state: ConnectionState = 'connecting';
  let line: ContractLine | undefined;
  const listeners = new Set<() => void>();
  const reasons = new EventTarget();
  const setState = (next: ConnectionState) => {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };

  const keepConnected = async () => {
    for (let attempt = 0; ; attempt++) {
      const candidate = wire.openContract();
      if (await answers(candidate)) {
        attempt = 0;
        line = candidate;
        setState('connected');
        await breaks(candidate);
        line = undefined;
        if (candidate.endedBy?.()?.code === 'node_draining') {
          setState('moving');
          // Its answer gives this page's cookie to the gateway that takes over.
          await wire.isSignedOut?.();
          attempt = -1;
          continue;
        }
      }
      if (state !== 'signed-out') setState('lost');
      candidate.close();
      void wire.isSignedOut?.().then((isOut) => {
        if (isOut && line === undefined) setState('signed-out');
      });
      await waitForReason(reconnectDelayMs(attempt, Math.random()), reasons);
    }
  };

  /** Resolves once it is known whether there is a line. */
  const untilKnown = () =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (state === 'connecting' || state === 'moving') return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });

  const link: ClientLink<ClientContext> = {
    call: async (path, input, options) => {
      await untilKnown();
      const current = line;
      if (current === undefined) throw new Error('the connection to the host process is lost');
      return current.link.call(path, input, options);
    },
  };

  void keepConnected();
  return {
    client: createORPCClient(link),
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tryNow: () => void reasons.dispatchEvent(new Event('reason')),
    openTunnel: wire.openTunnel,
  };
}

/** Connects to the host process of this page: the desktop app's own, or the gateway that served it. */
export const connectToHostProcess = (): HostConnection =>
  connect(window.proximaDesktop === true ? openElectronWire() : openWebSocketWire());
