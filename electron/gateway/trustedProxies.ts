import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Addresses whose `X-Forwarded-*` are believed: the balancers in front of this gateway. */
export type TrustedProxies = readonly Range[];

/** Who asks, and what for: what a trusted proxy says of it, else what the connection itself shows. */
export interface Peer {
  /** The nearest address that isn't a trusted proxy's; what a browser could have made up lies beyond it. */
  readonly address: string;
  /** The name that the browser was told to go to: `Host`, or what it was before a trusted proxy. */
  readonly host: string | undefined;
  /** Whether the browser's own connection is encrypted, as far as that can be known. */
  readonly isEncrypted: boolean;
  /** Names the request in the logs of everybody on its way. */
  readonly requestId: string;
}

export interface PeerReaderOptions {
  readonly trustedProxies: TrustedProxies;
  /** Somebody who isn't trusted sent what only a proxy may say; it was ignored. */
  readonly noteForged: () => void;
}

const forwardingHeaders = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded'] as const;
const requestIdPattern = /^[\w.:@+/=-]{8,128}$/;

/**
 * Reads `10.0.0.0/8, ::1, 192.0.2.7`: networks and single addresses.
 *
 * @throws with a sentence for the person.
 */
export function parseTrustedProxies(texts: readonly string[]): TrustedProxies {
  return texts.map((text) => {
    const [, base = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const address = parseAddress(base);
    const allBits = address?.kind() === 'ipv4' ? 32 : 128;
    if (!address || Number(bits ?? 0) > allBits)
      throw new Error(`a trusted proxy is an address or a network like 10.0.0.0/8, not ${text}`);
    return [address, Number(bits ?? allBits)];
  });
}

/**
 * Tells who is behind a request. `X-Forwarded-For` grows to the right, so that it is read from there for as long as those who wrote it are
 * trusted (RFC 7239, sections 5.2 and 8.1, which standardises what these headers do).
 */
export function createPeerReader({
  trustedProxies,
  noteForged,
}: PeerReaderOptions): (request: IncomingMessage) => Peer {
  const isTrusted = (text: string): boolean => {
    const address = parseAddress(text);
    return (
      address !== undefined &&
      trustedProxies.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
    );
  };

  return (request) => {
    const { headers, socket } = request;
    const direct = normalAddress(socket.remoteAddress ?? '');
    if (!isTrusted(direct)) {
      if (forwardingHeaders.some((name) => headers[name] !== undefined)) noteForged();
      return {
        address: direct,
        host: headers.host,
        isEncrypted: 'encrypted' in socket,
        requestId: randomUUID(),
      };
    }
    let address = direct;
    for (const hop of listOf(headers['x-forwarded-for']).toReversed()) {
      if (parseAddress(hop) === undefined) break;
      address = normalAddress(hop);
      if (!isTrusted(address)) break;
    }
    const givenId = lastOf(headers['x-request-id']);
    return {
      address,
      host: lastOf(headers['x-forwarded-host']) ?? headers.host,
      isEncrypted:
        (lastOf(headers['x-forwarded-proto']) ?? ('encrypted' in socket ? 'https' : 'http')) === 'https',
      requestId: givenId !== undefined && requestIdPattern.test(givenId) ? givenId : randomUUID(),
    };
  };
}

/** Several headers of one name are one list (RFC 9110, section 5.3). */
function listOf(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

/** What the nearest proxy wrote. */
const lastOf = (header: string | string[] | undefined): string | undefined => listOf(header).at(-1);

/** Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::1]:4711`. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) !== 0 ? ipaddr.process(bare) : undefined;
}

const normalAddress = (text: string): string => parseAddress(text)?.toString() ?? '';
