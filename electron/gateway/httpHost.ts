import { createServer, type Server } from 'node:https';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { securityHeaders } from '../../shared/contract/contentSecurityPolicy.ts';
import type { RendererFile, RendererFiles } from '../../shared/contract/rendererFile.ts';
import { expectedAuthority, isLoopbackAuthority } from './authority.ts';
import type { Log } from './log.ts';
import { refusePlainHttp } from './plainHttp.ts';
import { cookieHeaderOf, type SignIn } from './signIn.ts';
import {
  passOnPage,
  renderPage,
  signInNeeded,
  signInRefused,
  signInStyle,
  signInStylePath,
  signInThrottled,
} from './signInPage.ts';

export interface HttpHostOptions {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** Filled once the port is known; lower-case. */
  readonly allowedAuthorities: ReadonlySet<string>;
  readonly rendererFiles: RendererFiles;
  readonly signIn: SignIn;
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
const retryAfterSeconds = 6;

/**
 * The HTTPS side of the gateway: the renderer's files and the sign-in. The page needs a signed-in person; its scripts and styles hold no
 * secret and are served to anybody, so that caches may keep them. Nothing here changes anything, but for the use of the token.
 */
export function createHttpHost(options: HttpHostOptions): Server {
  const server = createServer(
    {
      key: options.privateKeyPem,
      cert: options.certificatePem,
      minVersion: 'TLSv1.2',
      ...limits,
    },
    (request, response) => answer(request, response, options),
  );
  server.maxConnections = maxConnections;
  refusePlainHttp(server);
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, options: HttpHostOptions): void {
  const authority = expectedAuthority(request, options.allowedAuthorities);
  if (authority === undefined) {
    options.log.warn({ remoteAddress: request.socket.remoteAddress }, 'Refused a request to an unknown name');
    reply(response, 421, 'Proxima is not known by this name. Its administrator can allow it.\n', {});
    return;
  }
  if (!isLoopbackAuthority(authority)) response.setHeader('Strict-Transport-Security', 'max-age=31536000');
  const path = request.url?.split('?', 1)[0] ?? '';
  if (path === '/sign-in') {
    if (request.method !== 'GET') refuseMethod(response, 'GET');
    else answerSignIn(request, response, options);
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuseMethod(response, 'GET, HEAD');
  } else if (path === signInStylePath) {
    reply(response, 200, signInStyle, { 'Content-Type': 'text/css; charset=utf-8' });
  } else {
    answerFile(request, response, options.rendererFiles.get(path), options.signIn);
  }
}

function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: RendererFile | undefined,
  signIn: SignIn,
): void {
  if (!file) {
    reply(response, 404, 'There is nothing here.\n', {});
  } else if (!file.contentType.startsWith('text/html') || signIn.isSignedIn(request.headers.cookie)) {
    reply(response, 200, file.bytes, {
      'Content-Type': file.contentType,
      'Cache-Control': file.cacheControl,
    });
  } else if (request.headers['sec-fetch-site'] === 'cross-site') {
    // SameSite=Strict holds the cookie back when a link on another site led here, also through the redirect after signing in.
    replyPage(response, 200, passOnPage);
  } else {
    replyPage(response, 401, renderPage(signInNeeded));
  }
}

function answerSignIn(request: IncomingMessage, response: ServerResponse, options: HttpHostOptions): void {
  const { signIn, log } = options;
  const toApp = { Location: '/' };
  if (signIn.isSignedIn(request.headers.cookie)) {
    reply(response, 303, '', toApp);
    return;
  }
  // A browser that only looks ahead must not use the token up (https://wicg.github.io/nav-speculation/prefetch.html).
  if (request.headers['sec-purpose'] !== undefined) {
    reply(response, 503, '', {});
    return;
  }
  const remoteAddress = request.socket.remoteAddress ?? '';
  const token = new URLSearchParams(request.url?.split('?')[1] ?? '').get('token') ?? '';
  const outcome = signIn.redeem(token, remoteAddress);
  switch (outcome.kind) {
    case 'signed-in':
      log.info({ remoteAddress }, 'Somebody signed in');
      reply(response, 303, '', { ...toApp, 'Set-Cookie': cookieHeaderOf(outcome.cookieValue) });
      return;
    case 'refused':
      log.warn({ remoteAddress }, 'Refused a sign-in');
      replyPage(response, 401, renderPage(signInRefused));
      return;
    case 'throttled':
      replyPage(response, 429, renderPage(signInThrottled), { 'Retry-After': retryAfterSeconds });
      return;
    default:
      outcome satisfies never;
  }
}

function refuseMethod(response: ServerResponse, allowed: string): void {
  reply(response, 405, 'Not allowed here.\n', { Allow: allowed });
}

function replyPage(
  response: ServerResponse,
  status: number,
  page: string,
  headers: OutgoingHttpHeaders = {},
): void {
  reply(response, status, page, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
}

function reply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: OutgoingHttpHeaders,
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...securityHeaders,
    ...headers,
  });
  response.end(body);
}
