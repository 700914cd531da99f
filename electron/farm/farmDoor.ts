import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { failureOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import { readSignInCookie, type SignInCookie, signInCookieHeader } from '../gateway/cookies.ts';
import type { FarmDoor } from '../gateway/farmDoor.ts';
import { servedByHeader } from '../gateway/servedBy.ts';
import type { Peer } from '../gateway/trustedProxies.ts';
import type { NodeDirectory } from './nodeDirectory.ts';
import type { NodeDocument } from './nodeDocument.ts';
import { isReachable } from './nodeLink.ts';
import type { Relay, Relayed } from './relay.ts';
import { relayHeader, type RelayPasses } from './relayPass.ts';

export interface FarmDoorPorts {
  readonly directory: Pick<NodeDirectory, 'ownRoute' | 'find' | 'takers' | 'noteSilent'>;
  readonly relay: Pick<Relay, 'http' | 'upgrade'>;
  readonly passes: Pick<RelayPasses, 'read'>;
  /** Whether the cookie is somebody's, whichever node made it: nothing is relayed for strangers. */
  readonly isSignedIn: (secret: string, peer: Peer) => Promise<boolean>;
  readonly isDraining: () => boolean;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** Where a request goes. */
type Way =
  | { readonly kind: 'own' }
  | { readonly kind: 'relay'; readonly node: NodeDocument; readonly cookie?: SignInCookie }
  | { readonly kind: 'take-over'; readonly cookie: SignInCookie };

/** Scripts and styles may be kept by caches: they carry nobody's cookie. */
const isForCaches = (request: IncomingMessage) => request.url?.startsWith('/assets/') === true;

/**
 * Sends each request to the node that its cookie names. Where that one is gone, or takes nobody any more, the request is served here and
 * its cookie rewritten: who is signed in is known to all nodes.
 */
export function createFarmDoor(ports: FarmDoorPorts): FarmDoor {
  const { directory, relay, isDraining, log } = ports;
  const own = directory.ownRoute;

  /** The same for one person's requests, so that their cookie settles at once. */
  function chooseTaker(cookie: SignInCookie | undefined): NodeDocument | undefined {
    const rank = ({ route }: NodeDocument) =>
      createHash('sha256')
        .update(`${route} ${cookie?.secret ?? ''}`)
        .digest('hex');
    return directory
      .takers()
      .filter(isReachable)
      .sort((left, right) => rank(left).localeCompare(rank(right)))[0];
  }

  async function findWay(request: IncomingMessage, peer: Peer): Promise<Way> {
    const cookie = readSignInCookie(request.headers.cookie);
    const isRelayed = request.headers[relayHeader] !== undefined;
    const isForeign = cookie !== undefined && cookie.route !== own;
    if (isDraining() && !isRelayed) {
      const node = chooseTaker(cookie);
      if (node) return { kind: 'relay', node, ...(cookie && { cookie }) };
    }
    if (!isForeign || !(await ports.isSignedIn(cookie.secret, peer))) return { kind: 'own' };
    const node = directory.find(cookie.route);
    return isRelayed || !node || node.isDraining || !isReachable(node)
      ? { kind: 'take-over', cookie }
      : { kind: 'relay', node, cookie };
  }

  /** What to do after a node didn't answer. */
  function afterSilence(node: NodeDocument, cookie: SignInCookie | undefined): Way {
    log.warn({ route: node.route }, 'A node does not answer; its people are taken over');
    directory.noteSilent(node);
    return cookie && cookie.route !== own ? { kind: 'take-over', cookie } : { kind: 'own' };
  }

  /** Follows the way, and a second one where nobody was at the end of the first. */
  async function follow(
    request: IncomingMessage,
    peer: Peer,
    send: (node: NodeDocument) => Promise<Relayed>,
  ): Promise<Way | Exclude<Relayed, 'silent'>> {
    const way = await findWay(request, peer);
    if (way.kind !== 'relay') return way;
    const sent = await send(way.node);
    const mayRepeat = request.method === 'GET' || request.method === 'HEAD';
    if (sent === 'silent' || (sent === 'unanswered' && mayRepeat)) return afterSilence(way.node, way.cookie);
    return sent;
  }

  function headersFor(request: IncomingMessage, way: Way): (readonly [string, string])[] {
    if (way.kind !== 'take-over') return [[servedByHeader, `${own}; own`]];
    const { secret } = way.cookie;
    return [
      [servedByHeader, `${own}; taken-over`],
      ...(isForCaches(request) ? [] : [['Set-Cookie', signInCookieHeader({ secret, route: own })] as const]),
    ];
  }

  const lost = failureOf('node_lost');
  const { what, http: lostStatus } = failureTable[lost.code];

  return {
    readPeer(request) {
      const pass = request.headers[relayHeader];
      return typeof pass === 'string' ? ports.passes.read(pass, request) : undefined;
    },

    async answer(request, response, peer) {
      const followed = await follow(request, peer, (node) => relay.http(node, request, response, peer));
      if (typeof followed === 'object') {
        for (const [name, value] of headersFor(request, followed)) response.setHeader(name, value);
        return false;
      }
      if (followed === 'answered') return true;
      // A form that may or may not have been taken.
      response.writeHead(lostStatus, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
      response.end(`${what} Load the page again.\n`);
      return true;
    },

    async upgrade(request, socket, head, peer) {
      const followed = await follow(request, peer, (node) =>
        relay.upgrade(node, request, socket, head, peer),
      );
      if (typeof followed === 'object') return headersFor(request, followed);
      if (followed !== 'answered') socket.destroy();
      return 'answered';
    },

    hasOthers: () => directory.takers().some(isReachable),
  };
}
