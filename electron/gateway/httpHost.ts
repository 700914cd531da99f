import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import { failureOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import type { RendererFile, RendererFiles } from '../../shared/contract/rendererFile.ts';
import type { GatewayAccess } from '../access/access.ts';
import { expectedAuthority, isLoopbackAuthority } from './authority.ts';
import { readSignInCookie } from './cookies.ts';
import { createDesktopSignInRoutes } from './desktopSignInRoutes.ts';
import type { Drain } from './drain.ts';
import type { FarmDoor } from './farmDoor.ts';
import { answerHealth } from './health.ts';
import type { Log } from './log.ts';
import type { NodeView } from './nodeView.ts';
import type { GatewayObserver } from './observer.ts';
import { refusePlainHttp } from './plainHttp.ts';
import { refuseMethod, reply, replyPage } from './replies.ts';
import { logAsRequest } from './requestLog.ts';
import { servedByHeader } from './servedBy.ts';
import { passOnPage, renderFailurePage } from './signInPage.ts';
import { createSignInRoutes, type SignInRoutes } from './signInRoutes.ts';
import { signInStyle, signInStylePath } from './signInStyle.ts';
import type { Peer } from './trustedProxies.ts';

export interface ServerPair {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface HttpHostOptions {
  /** Left out: plain HTTP, for a balancer on the same machine. */
  readonly tls?: ServerPair | undefined;
  readonly readPeer: (request: IncomingMessage) => Peer;
  /** Filled once the port is known; lower-case. */
  readonly allowedAuthorities: ReadonlySet<string>;
  readonly rendererFiles: RendererFiles;
  readonly access: GatewayAccess;
  /** The end of the sticky cookie. */
  readonly route: string;
  readonly node: NodeView;
  readonly drain: Drain;
  /** To the other nodes; left out, there are none. */
  readonly farm?: FarmDoor | undefined;
  readonly observer: GatewayObserver;
  readonly log: Log;
}

const limits = {
  maxHeaderSize: 16 * 1024,
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
} as const;
const maxConnections = 2_000;
const reloadSeconds = 2;

/**
 * The HTTPS side of the gateway: the renderer's files and the sign-in. The page needs a signed-in person; its scripts and styles hold no
 * secret and are served to anybody, so that caches may keep them. Nothing here changes anything, but for signing in.
 */
export function createHttpHost(options: HttpHostOptions): Server {
  const signInRoutes = createSignInRoutes(options);
  const desktopRoutes = createDesktopSignInRoutes({ ...options, ...signInRoutes });
  const routes: SignInRoutes = {
    ...signInRoutes,
    answer: async (...asked) => (await desktopRoutes.answer(...asked)) || signInRoutes.answer(...asked),
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const peer = options.readPeer(request);
    response.setHeader('X-Request-Id', peer.requestId);
    response.setHeader(servedByHeader, options.route);
    void logAsRequest(peer.requestId, () =>
      answer(request, response, peer, options, routes).catch((error: unknown) => {
        options.log.error(
          { reason: error instanceof Error ? error.stack : String(error) },
          'A request failed',
        );
        if (response.headersSent) response.destroy();
        else
          reply(
            response,
            500,
            'Something went wrong inside Proxima. Try again; the log has the details.\n',
            {},
          );
      }),
    );
  };
  const server = createServerFor(options.tls, listener);
  server.maxConnections = maxConnections;
  return server;
}

function createServerFor(
  tls: ServerPair | undefined,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (!tls) return createPlainServer(limits, listener);
  const { privateKeyPem: key, certificatePem: cert } = tls;
  const server = createServer({ key, cert, minVersion: 'TLSv1.2', ...limits }, listener);
  refusePlainHttp(server);
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  peer: Peer,
  options: HttpHostOptions,
  routes: SignInRoutes,
): Promise<void> {
  if (answerHealth(request, response, { node: options.node, isDraining: options.drain.isDraining })) return;
  const authority = expectedAuthority(peer.host, options.allowedAuthorities);
  if (authority === undefined) {
    options.observer.refused('origin_refused');
    options.log.warn({ remoteAddress: peer.address }, 'Refused a request to an unknown name');
    reply(response, 421, 'Proxima is not known by this name. Its administrator can allow it.\n', {});
    return;
  }
  if (!isLoopbackAuthority(authority)) response.setHeader('Strict-Transport-Security', 'max-age=31536000');
  if (!peer.isEncrypted) {
    const headers = { Location: `https://${authority}${request.url ?? '/'}`, Connection: 'close' };
    reply(response, 308, 'Proxima speaks HTTPS only.\n', headers);
    return;
  }
  if (await options.farm?.answer(request, response, peer)) return;
  const path = request.url?.split('?', 1)[0] ?? '';
  if (
    options.drain.isDraining() &&
    isForNewcomers(path) &&
    !(await isSignedIn(request, peer, options.access))
  ) {
    refuseNewcomer(response, options);
    return;
  }
  if (await routes.answer(request, response, { authority, address: peer.address })) return;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
  } else if (path === signInStylePath) {
    reply(response, 200, signInStyle, { 'Content-Type': 'text/css; charset=utf-8' });
  } else {
    await answerFile(request, response, options.rendererFiles.get(path), peer, options, routes);
  }
}

async function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: RendererFile | undefined,
  peer: Peer,
  { access }: HttpHostOptions,
  routes: SignInRoutes,
): Promise<void> {
  if (!file) {
    reply(response, 404, 'There is nothing here.\n', {});
  } else if (!file.contentType.startsWith('text/html') || (await isSignedIn(request, peer, access))) {
    reply(response, 200, file.bytes, {
      'Content-Type': file.contentType,
      'Cache-Control': file.cacheControl,
    });
  } else if (request.headers['sec-fetch-site'] === 'cross-site') {
    // SameSite=Strict holds the cookie back when a link on another site led here, also through the redirect after signing in.
    replyPage(response, 200, passOnPage('/'));
  } else {
    routes.replySignInNeeded(response, '/');
  }
}

async function isSignedIn(request: IncomingMessage, peer: Peer, access: GatewayAccess): Promise<boolean> {
  const cookie = readSignInCookie(request.headers.cookie);
  return cookie !== undefined && (await access.fetchCaller(cookie.secret, peer.address)) !== undefined;
}

/** Where people come in; scripts and styles are still served to those who are in. */
const isForNewcomers = (path: string) =>
  path === '/' || /^\/(?:index\.html$|sign-in|invitation$|first-administrator$)/.test(path);

/** Their browser asks again by itself: a balancer has found another node by then. */
function refuseNewcomer(response: ServerResponse, { observer }: HttpHostOptions): void {
  const failure = failureOf('node_draining');
  observer.refused(failure.code);
  replyPage(
    response,
    failureTable[failure.code].http,
    renderFailurePage(failure, { path: '/', name: 'Try again' }),
    { 'Retry-After': reloadSeconds, Refresh: String(reloadSeconds), Connection: 'close' },
  );
}
