import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Peer } from './trustedProxies.ts';

/** Where a request belongs that came to this node: to it, or to another of the farm. */
export interface FarmDoor {
  /** What another node tells of whom it relays for; `undefined` for a request that came here by itself. */
  readPeer(request: IncomingMessage): Peer | undefined;
  /** `false` where this node is to answer; headers that say how it came to that are set then. */
  answer(request: IncomingMessage, response: ServerResponse, peer: Peer): Promise<boolean>;
  /** `answered` where another node has taken the socket; else headers for this node's own answer. */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    peer: Peer,
  ): Promise<'answered' | readonly (readonly [name: string, value: string])[]>;
  /** Windows can go to another node. */
  hasOthers(): boolean;
}
