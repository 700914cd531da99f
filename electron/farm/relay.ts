import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import type { Peer } from '../gateway/trustedProxies.ts';
import type { NodeDocument } from './nodeDocument.ts';
import { dial } from './nodeLink.ts';
import { requestHeaders, responseHeaders } from './relayHeaders.ts';
import type { RelayPasses } from './relayPass.ts';

/** How a relayed request came out. */
export type Relayed =
  | 'answered'
  /** Nobody is there; nothing was sent or answered, so that somebody else may serve it. */
  | 'silent'
  /** It was sent, and nobody knows what became of it. */
  | 'unanswered'
  /** So many are under way that this one isn't begun. */
  | 'busy';

export interface Relay {
  http(node: NodeDocument, request: IncomingMessage, response: ServerResponse, peer: Peer): Promise<Relayed>;
  upgrade(
    node: NodeDocument,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    peer: Peer,
  ): Promise<Relayed>;
  /** Cuts what runs through nodes that are gone: their browsers come back, and are served. */
  cut(isGone: (node: NodeDocument) => boolean): void;
}

export interface RelayTimings {
  /** Signing in hashes passwords and asks others; the longest is far below. */
  readonly answerMs: number;
  /** Nothing moved either way. WebSockets are pinged more often. */
  readonly idleMs: number;
}

const defaultTimings: RelayTimings = { answerMs: 15_000, idleMs: 90_000 };
/** Two sockets each. */
const mostRelayed = 500;

/** Carries requests to the node that they belong to, byte by byte; neither side is read faster than the other takes it. */
export function createRelay(passes: RelayPasses, timings: RelayTimings = defaultTimings): Relay {
  const running = new Map<{ destroy(): unknown }, NodeDocument>();

  function begin(node: NodeDocument, request: IncomingMessage, peer: Peer, isUpgrade: boolean) {
    const pass = passes.write(node.route, request, peer);
    const dialled = dial(node, request, requestHeaders(request, pass, isUpgrade));
    running.set(dialled.request, node);
    dialled.request.once('close', () => running.delete(dialled.request));
    dialled.request.on('error', () => undefined);
    return dialled;
  }

  return {
    async http(node, request, response, peer) {
      if (running.size >= mostRelayed) return 'busy';
      const { request: sent, isThere } = begin(node, request, peer, false);
      response.once('close', () => sent.destroy());
      if (!(await isThere)) return 'silent';
      const answered = new Promise<IncomingMessage | undefined>((resolve) => {
        sent.once('response', resolve);
        sent.once('close', () => resolve(undefined));
        sent.setTimeout(timings.answerMs, () => sent.destroy());
      });
      // A body that breaks off breaks the request off; the answer tells the rest.
      pipeline(request, sent, () => undefined);
      const answer = await answered;
      if (!answer) return response.destroyed ? 'answered' : 'unanswered';
      sent.setTimeout(timings.idleMs);
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      const headers = responseHeaders(answer, `${node.route}; relayed`);
      response.writeHead(answer.statusCode ?? 502, headers.flat());
      await new Promise<void>((resolve) => pipeline(answer, response, () => resolve()));
      return 'answered';
    },

    async upgrade(node, request, socket, head, peer) {
      if (running.size >= mostRelayed) return 'busy';
      const { request: sent, isThere } = begin(node, request, peer, true);
      const leave = () => sent.destroy();
      socket.once('close', leave);
      if (!(await isThere)) return 'silent';
      const outcome = new Promise<Relayed>((resolve) => {
        sent.once('close', () => resolve(socket.destroyed ? 'answered' : 'unanswered'));
        sent.once('response', (answer: IncomingMessage) => {
          refuse(answer, socket, node);
          resolve('answered');
        });
        sent.once('upgrade', (answer: IncomingMessage, far: Duplex, farHead: Buffer) => {
          sent.setTimeout(0);
          join(answer, far, farHead);
          resolve('answered');
        });
      });
      sent.setTimeout(timings.answerMs, leave);
      sent.end();
      return outcome;

      function join(answer: IncomingMessage, far: Duplex, farHead: Buffer): void {
        running.set(far, node);
        far.once('close', () => running.delete(far));
        if ('setTimeout' in far)
          (far as Duplex & { setTimeout(ms: number, cut: () => void): void }).setTimeout(timings.idleMs, () =>
            far.destroy(),
          );
        const headers = [
          ...responseHeaders(answer, `${node.route}; relayed`),
          ['Connection', 'Upgrade'] as const,
          ['Upgrade', 'websocket'] as const,
        ];
        socket.write(statusLines(101, 'Switching Protocols', headers));
        if (farHead.length > 0) socket.write(farHead);
        if (head.length > 0) far.write(head);
        // Two pipelines have a listener or two each at every event.
        for (const stream of [socket, far]) stream.setMaxListeners(32);
        const end = () => {
          far.destroy();
          socket.destroy();
        };
        pipeline(socket, far, end);
        pipeline(far, socket, end);
      }
    },

    cut(isGone) {
      for (const [connection, node] of running) if (isGone(node)) connection.destroy();
    },
  };
}

/** The answer isn't a WebSocket; it is passed on, and the socket ends with it. */
function refuse(answer: IncomingMessage, socket: Duplex, node: NodeDocument): void {
  const headers = [...responseHeaders(answer, `${node.route}; relayed`), ['Connection', 'close'] as const];
  socket.write(statusLines(answer.statusCode ?? 502, answer.statusMessage ?? '', headers));
  pipeline(answer, socket, () => socket.destroy());
}

const statusLines = (status: number, text: string, headers: readonly (readonly [string, string])[]) =>
  [`HTTP/1.1 ${status} ${text}`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
