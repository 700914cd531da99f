import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { routeSchema } from '../../shared/model/farm.ts';
import type { Peer } from '../gateway/trustedProxies.ts';

/** Lower-case, as Node has the names of headers. Whatever it holds, a request that carries it is relayed no further. */
export const relayHeader = 'proxima-relay';

const passSchema = z.object({
  from: routeSchema,
  to: routeSchema,
  at: z.int(),
  /** Of the method and the path: it is good for nothing else. */
  target: z.string(),
  address: z.string(),
  host: z.string().optional(),
  isEncrypted: z.boolean(),
  requestId: z.string(),
});
type Pass = z.infer<typeof passSchema>;

/** What a node tells of a request that it relays, so that only a node of this farm can say it. */
export interface RelayPasses {
  write(to: string, request: RelayedRequest, peer: Peer): string;
  /** Who is behind it; `undefined` where it isn't of a node of this farm, is old, or was written for something else. */
  read(text: string, request: RelayedRequest): Peer | undefined;
}

type RelayedRequest = Pick<IncomingMessage, 'method' | 'url'>;

/** More than the clocks of two machines differ that share certificates. */
const lifetimeMs = 120_000;
const longestPass = 8 * 1024;

/** Passes under a key from `keyMaterial`, which every node has (RFC 5869, RFC 2104). */
export function createRelayPasses(
  keyMaterial: string | Uint8Array,
  ownRoute: string,
  now: () => number,
): RelayPasses {
  const key = Buffer.from(hkdfSync('sha256', keyMaterial, '', 'proxima relay', 32));
  const sign = (body: string) => createHmac('sha256', key).update(body).digest();
  return {
    write(to, request, { address, host, isEncrypted, requestId }) {
      const pass: Pass = {
        from: ownRoute,
        to,
        at: now(),
        target: targetOf(request),
        address,
        host,
        isEncrypted,
        requestId,
      };
      const body = Buffer.from(JSON.stringify(pass)).toString('base64url');
      return `${body}.${sign(body).toString('base64url')}`;
    },
    read(text, request) {
      if (text.length > longestPass) return undefined;
      const [body = '', mark = ''] = text.split('.');
      const [given, wanted] = [Buffer.from(mark, 'base64url'), sign(body)];
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
      const pass = passSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))).data;
      if (!pass || pass.to !== ownRoute || pass.target !== targetOf(request)) return undefined;
      if (Math.abs(now() - pass.at) > lifetimeMs) return undefined;
      const { address, host, isEncrypted, requestId } = pass;
      return { address, host, isEncrypted, requestId };
    },
  };
}

const targetOf = ({ method, url }: RelayedRequest): string =>
  createHash('sha256').update(`${method} ${url}`).digest('base64url');
