import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Failure, failureOf, type Result, webSocketCloseCodeOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import type { CallWire } from '../../shared/contract/serveCalls.ts';
import { tunnelMessageLimitBytes } from '../../shared/contract/tunnelPort.ts';
import { sessionIdSchema } from '../../shared/model/session.ts';
import type { GatewayAccess } from '../access/access.ts';
import type { CallContext, Caller } from '../broker/caller.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { expectedAuthority } from './authority.ts';
import { readSignInCookie } from './cookies.ts';
import { countWire } from './countedWire.ts';
import type { FarmDoor } from './farmDoor.ts';
import type { Log } from './log.ts';
import type { GatewayObserver } from './observer.ts';
import { logAsRequest } from './requestLog.ts';
import { servedByHeader } from './servedBy.ts';
import type { Peer } from './trustedProxies.ts';
import { createWebSocketCalls } from './webSocketCalls.ts';
import { createWebSocketTunnel, tunnelProtocols } from './webSocketTunnel.ts';

/** Gives the picture of a live session to a tunnel; what it answers goes to the tunnel's other side. */
export type AttachTunnel = (sessionId: string, wire: TunnelWire, caller: Caller) => Promise<Result<void>>;

export interface WsHostOptions {
  readonly allowedAuthorities: ReadonlySet<string>;
  readonly access: Pick<GatewayAccess, 'callerOf' | 'fetchCaller' | 'onSignedOut'>;
  readonly serveCalls: (wire: CallWire, context: CallContext) => void;
  readonly attachTunnel: AttachTunnel;
  readonly readPeer: (request: IncomingMessage) => Peer;
  readonly route: string;
  /** To the other nodes; left out, there are none. */
  readonly farm?: FarmDoor | undefined;
  readonly observer: GatewayObserver;
  readonly log: Log;
  /** How often a socket is asked for a sign of life, and its sign-in checked. A socket that gave none since the last time is ended. */
  readonly livenessIntervalMs: number;
}

export interface WsHost {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** How many people have a window open. */
  countPeople(): number;
  /** Sends the windows to another node; the pictures of their sessions stay until they are there. */
  handOver(): void;
  /** Tells every peer, and takes no more. */
  close(): void;
}

/** The longest call: 10,000 identifiers, or a private key with its host. */
const callMessageLimitBytes = 1024 * 1024;
const closeTimeoutMs = 5_000;
const refusalTimeoutMs = 5_000;
const endpoints = { '/rpc': 'calls', '/websocket-tunnel': 'tunnel' } as const;

/** Time for the answer to the call that signed somebody out; long before anybody could do more. */
const signedOutDelayMs = 200;

interface OpenSocket {
  readonly secret: string;
  readonly caller: Caller;
  readonly kind: 'calls' | 'tunnel';
  alive: boolean;
}

/** Between two windows that are sent away, so that they don't all arrive at once. */
const handOverIntervalMs = 10;

type Admission =
  | { readonly kind: 'calls'; readonly caller: Caller }
  | { readonly kind: 'tunnel'; readonly sessionId: string; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly status: number; readonly failure: Failure };

/** The WebSockets of the gateway: `/rpc` for the contract, `/websocket-tunnel?session=…` for the picture of one session. */
export function createWsHost(options: WsHostOptions): WsHost {
  const { access, log } = options;
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
  /** How a request came to be served by this node. */
  const farmHeaders = new WeakMap<IncomingMessage, readonly (readonly [string, string])[]>();
  for (const server of [callServer, tunnelServer])
    server.on('headers', (headers, request) => {
      for (const [name, value] of farmHeaders.get(request) ?? [[servedByHeader, options.route]])
        headers.push(`${name}: ${value}`);
    });
  /** Every open socket, with the cookie that it came with and whether it gave a sign of life. */
  const sockets = new Map<WebSocket, OpenSocket>();
  let handingOver: NodeJS.Timeout | undefined;

  /** Looks at the cookie of every socket, which counts as use; ends those of whoever isn't signed in any more. */
  function endSignedOut(): void {
    for (const [socket, { secret }] of sockets)
      if (!access.callerOf(secret)) endWith(socket, failureOf('sign_in_needed'));
  }
  let looking: NodeJS.Timeout | undefined;
  const stopListening = access.onSignedOut(() => {
    looking ??= setTimeout(() => {
      looking = undefined;
      endSignedOut();
    }, signedOutDelayMs);
  });

  const liveness = setInterval(() => {
    endSignedOut();
    for (const [socket, state] of sockets) {
      if (!state.alive) socket.terminate();
      else {
        state.alive = false;
        socket.ping();
      }
    }
  }, options.livenessIntervalMs);

  function admit(
    socket: WebSocket,
    request: IncomingMessage,
    { kind, caller }: Exclude<Admission, { kind: 'refused' }>,
  ): void {
    const secret = readSignInCookie(request.headers.cookie)?.secret ?? '';
    const state: OpenSocket = { secret, caller, kind, alive: true };
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

  async function serveTunnel(socket: WebSocket, sessionId: string, caller: Caller): Promise<void> {
    const wire = countWire(createWebSocketTunnel(socket, sessionId), options.observer);
    const attached = await options.attachTunnel(sessionId, wire, caller).catch((error: unknown) => {
      log.error({ sessionId, reason: String(error) }, 'Attaching a tunnel failed');
      return { ok: false, failure: failureOf('internal') } as const;
    });
    if (!attached.ok) wire.close(attached.failure);
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, peer: Peer): Promise<void> {
    // Nobody else listens to it before it is upgraded.
    const destroy = () => socket.destroy();
    socket.on('error', destroy);
    const refused = judgeOrigin(request, peer, options);
    const sent = refused ? undefined : await options.farm?.upgrade(request, socket, head, peer);
    if (sent === 'answered') return;
    if (sent) farmHeaders.set(request, sent);
    const admission = refused ?? (await judgeUpgrade(request, peer, options));
    if (socket.destroyed || isClosed) {
      socket.destroy();
      return;
    }
    switch (admission.kind) {
      case 'calls':
        callServer.handleUpgrade(request, socket, head, (upgraded) => {
          admit(upgraded, request, admission);
          options.serveCalls(createWebSocketCalls(upgraded), { caller: admission.caller });
        });
        break;
      case 'tunnel':
        tunnelServer.handleUpgrade(request, socket, head, (upgraded) => {
          admit(upgraded, request, admission);
          void serveTunnel(upgraded, admission.sessionId, admission.caller);
        });
        break;
      case 'refused':
        log.warn({ code: admission.failure.code, status: admission.status }, 'Refused a WebSocket');
        options.observer.refused(admission.failure.code);
        refuseUpgrade(socket, admission.status, admission.failure, {
          'X-Request-Id': peer.requestId,
          [servedByHeader]: options.route,
        });
        break;
      default:
        admission satisfies never;
    }
    socket.off('error', destroy);
  }
  let isClosed = false;

  return {
    handleUpgrade(request, socket, head) {
      const peer = options.readPeer(request);
      void logAsRequest(peer.requestId, () =>
        upgrade(request, socket, head, peer).catch((error: unknown) => {
          log.error({ reason: String(error) }, 'Accepting a WebSocket failed');
          socket.destroy();
        }),
      );
    },
    countPeople: () =>
      new Set([...sockets.values()].map(({ caller }) => caller.person().id.toLowerCase())).size,
    handOver() {
      const windows = [...sockets].filter(([, { kind }]) => kind === 'calls').map(([socket]) => socket);
      clearInterval(handingOver);
      handingOver = setInterval(() => {
        const window = windows.shift();
        if (window) endWith(window, failureOf('node_draining'));
        else clearInterval(handingOver);
      }, handOverIntervalMs);
    },
    close() {
      isClosed = true;
      clearInterval(handingOver);
      clearInterval(liveness);
      clearTimeout(looking);
      stopListening();
      for (const socket of sockets.keys()) endWith(socket, failureOf('broker_stopping'));
    },
  };
}

function endWith(socket: WebSocket, failure: Failure): void {
  socket.close(webSocketCloseCodeOf(failure), failure.code);
}

/** Nothing of a request is acted upon before all of this holds. */
function endpointOf(request: IncomingMessage): 'calls' | 'tunnel' | undefined {
  const [path = ''] = request.url?.split('?', 1) ?? [];
  return Object.hasOwn(endpoints, path) ? endpoints[path as keyof typeof endpoints] : undefined;
}

/** What is refused whoever asks. */
function judgeOrigin(
  request: IncomingMessage,
  peer: Peer,
  options: WsHostOptions,
): Extract<Admission, { kind: 'refused' }> | undefined {
  if (endpointOf(request) === undefined) return refusal(failureOf('input_invalid'), 404);
  const authority = expectedAuthority(peer.host, options.allowedAuthorities);
  // Browsers name the page that opens a WebSocket, and send our cookie along whatever page it is.
  if (authority === undefined || !peer.isEncrypted || request.headers.origin !== `https://${authority}`)
    return refusal(failureOf('origin_refused'));
  return undefined;
}

async function judgeUpgrade(
  request: IncomingMessage,
  peer: Peer,
  options: WsHostOptions,
): Promise<Admission> {
  const cookie = readSignInCookie(request.headers.cookie);
  const caller = cookie && (await options.access.fetchCaller(cookie.secret, peer.address));
  if (!caller) return refusal(failureOf('sign_in_needed'));
  const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const endpoint = endpointOf(request);
  switch (endpoint) {
    case undefined:
      return refusal(failureOf('input_invalid'), 404);
    case 'calls':
      return protocols.length === 0 ? { kind: 'calls', caller } : refusal(failureOf('input_invalid'));
    case 'tunnel': {
      const sessionId = sessionIdSchema.safeParse(
        new URLSearchParams(request.url?.split('?', 2)[1]).get('session'),
      );
      return sessionId.success && tunnelProtocols.some((protocol) => protocols.includes(protocol))
        ? { kind: 'tunnel', sessionId: sessionId.data, caller }
        : refusal(failureOf('input_invalid'));
    }
    default:
      return endpoint satisfies never;
  }
}

function refusal(
  failure: Failure,
  status: number = failureTable[failure.code].http,
): Extract<Admission, { kind: 'refused' }> {
  return { kind: 'refused', status, failure };
}

function refuseUpgrade(
  socket: Duplex,
  status: number,
  failure: Failure,
  headers: Readonly<Record<string, string>>,
): void {
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
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '',
      body,
    ].join('\r\n'),
  );
}
