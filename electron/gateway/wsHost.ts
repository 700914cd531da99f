import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Failure, failureOf, type Result, webSocketCloseCodeOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import type { CallWire } from '../../shared/contract/serveCalls.ts';
import { tunnelMessageLimitBytes } from '../../shared/contract/tunnelPort.ts';
import { sessionIdSchema } from '../../shared/model/session.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { expectedAuthority } from './authority.ts';
import type { Log } from './log.ts';
import type { SignIn } from './signIn.ts';
import { createWebSocketCalls } from './webSocketCalls.ts';
import { createWebSocketTunnel, tunnelProtocols } from './webSocketTunnel.ts';

/** Gives the picture of a live session to a tunnel; what it answers goes to the tunnel's other side. */
export type AttachTunnel = (sessionId: string, wire: TunnelWire) => Promise<Result<void>>;

export interface WsHostOptions {
  readonly allowedAuthorities: ReadonlySet<string>;
  readonly signIn: SignIn;
  readonly serveCalls: (wire: CallWire) => void;
  readonly attachTunnel: AttachTunnel;
  readonly log: Log;
  /** How often a socket is asked for a sign of life, and its sign-in checked. A socket that gave none since the last time is ended. */
  readonly livenessIntervalMs: number;
}

export interface WsHost {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every peer, and takes no more. */
  close(): void;
}

/** The longest call: 10,000 identifiers, or a private key with its host. */
const callMessageLimitBytes = 1024 * 1024;
const closeTimeoutMs = 5_000;
const refusalTimeoutMs = 5_000;
const endpoints = { '/rpc': 'calls', '/websocket-tunnel': 'tunnel' } as const;

type Admission =
  | { readonly kind: 'calls' }
  | { readonly kind: 'tunnel'; readonly sessionId: string }
  | { readonly kind: 'refused'; readonly status: number; readonly failure: Failure };

/** The WebSockets of the gateway: `/rpc` for the contract, `/websocket-tunnel?session=…` for the picture of one session. */
export function createWsHost(options: WsHostOptions): WsHost {
  const { signIn, log } = options;
  const common = {
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    closeTimeout: closeTimeoutMs,
  };
  const callServer = new WebSocketServer({ ...common, maxPayload: callMessageLimitBytes });
  const tunnelServer = new WebSocketServer({
    ...common,
    maxPayload: tunnelMessageLimitBytes,
    handleProtocols: (offered) => tunnelProtocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  /** Every open socket, with the cookie that it came with and whether it gave a sign of life. */
  const sockets = new Map<WebSocket, { readonly cookie: string | undefined; alive: boolean }>();

  const liveness = setInterval(() => {
    for (const [socket, state] of sockets) {
      if (!state.alive) socket.terminate();
      else if (!signIn.isSignedIn(state.cookie)) endWith(socket, failureOf('sign_in_needed'));
      else {
        state.alive = false;
        socket.ping();
      }
    }
  }, options.livenessIntervalMs);

  function admit(socket: WebSocket, request: IncomingMessage): void {
    const state = { cookie: request.headers.cookie, alive: true };
    const markAlive = () => {
      state.alive = true;
    };
    sockets.set(socket, state);
    socket.on('message', markAlive);
    socket.on('pong', markAlive);
    // A frame against the protocol (too long, not UTF-8, not masked): ws has told the peer already.
    socket.on('error', (error) => log.warn({ reason: error.message }, 'Ended a WebSocket'));
    socket.on('close', () => sockets.delete(socket));
  }

  async function serveTunnel(socket: WebSocket, sessionId: string): Promise<void> {
    const wire = createWebSocketTunnel(socket, sessionId);
    const attached = await options.attachTunnel(sessionId, wire).catch((error: unknown) => {
      log.error({ sessionId, reason: String(error) }, 'Attaching a tunnel failed');
      return { ok: false, failure: failureOf('internal') } as const;
    });
    if (!attached.ok) wire.close(attached.failure);
  }

  return {
    handleUpgrade(request, socket, head) {
      const admission = judgeUpgrade(request, options);
      switch (admission.kind) {
        case 'calls':
          callServer.handleUpgrade(request, socket, head, (upgraded) => {
            admit(upgraded, request);
            options.serveCalls(createWebSocketCalls(upgraded));
          });
          return;
        case 'tunnel':
          tunnelServer.handleUpgrade(request, socket, head, (upgraded) => {
            admit(upgraded, request);
            void serveTunnel(upgraded, admission.sessionId);
          });
          return;
        case 'refused':
          log.warn({ code: admission.failure.code, status: admission.status }, 'Refused a WebSocket');
          refuseUpgrade(socket, admission.status, admission.failure);
          return;
        default:
          admission satisfies never;
      }
    },
    close() {
      clearInterval(liveness);
      for (const socket of sockets.keys()) endWith(socket, failureOf('broker_stopping'));
    },
  };
}

function endWith(socket: WebSocket, failure: Failure): void {
  socket.close(webSocketCloseCodeOf(failure), failure.code);
}

/** Nothing of a request is acted upon before all of this holds. */
function judgeUpgrade(request: IncomingMessage, options: WsHostOptions): Admission {
  const [path = '', query = ''] = request.url?.split('?', 2) ?? [];
  const endpoint = Object.hasOwn(endpoints, path) ? endpoints[path as keyof typeof endpoints] : undefined;
  if (endpoint === undefined) return refusal(failureOf('input_invalid'), 404);
  const authority = expectedAuthority(request, options.allowedAuthorities);
  // Browsers name the page that opens a WebSocket, and send our cookie along whatever page it is.
  if (authority === undefined || request.headers.origin !== `https://${authority}`)
    return refusal(failureOf('origin_refused'));
  if (!options.signIn.isSignedIn(request.headers.cookie)) return refusal(failureOf('sign_in_needed'));
  const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  switch (endpoint) {
    case 'calls':
      return protocols.length === 0 ? { kind: 'calls' } : refusal(failureOf('input_invalid'));
    case 'tunnel': {
      const sessionId = sessionIdSchema.safeParse(new URLSearchParams(query).get('session'));
      return sessionId.success && tunnelProtocols.some((protocol) => protocols.includes(protocol))
        ? { kind: 'tunnel', sessionId: sessionId.data }
        : refusal(failureOf('input_invalid'));
    }
    default:
      return endpoint satisfies never;
  }
}

function refusal(failure: Failure, status: number = failureTable[failure.code].http): Admission {
  return { kind: 'refused', status, failure };
}

function refuseUpgrade(socket: Duplex, status: number, failure: Failure): void {
  const body = JSON.stringify(failure);
  const timer = setTimeout(() => socket.destroy(), refusalTimeoutMs);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy());
  socket.resume();
  socket.end(
    [
      `HTTP/1.1 ${status} Refused`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
