import { X509Certificate } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { Socket } from 'node:net';
import { isLoopbackAuthority } from '../gateway/authority.ts';
import type { NodeDocument } from './nodeDocument.ts';

/** An attempt to have another node answer. */
export interface Dialled {
  readonly request: ClientRequest;
  /** Resolves to whether the node is there, and is the one that it says; nothing was sent to it before. */
  readonly isThere: Promise<boolean>;
}

/** On the way between two machine rooms; a node that is dead on a machine that lives answers at once. */
const connectTimeoutMs = 1_500;

/** Whether it can be asked without anybody listening on the way: plain HTTP leaves this machine for nobody. */
export const isReachable = ({ address, certificatePem }: NodeDocument): boolean =>
  new URL(address).protocol === 'https:'
    ? certificatePem !== undefined
    : isLoopbackAuthority(new URL(address).host);

/**
 * Dials a node. Its certificate has to be the very one that it put into the directory, which only nodes can write: names and authorities
 * don't matter then, and self-signed ones are as good as any.
 */
export function dial(
  { address, certificatePem = '' }: NodeDocument,
  { method, url }: Pick<IncomingMessage, 'method' | 'url'>,
  headers: readonly string[],
): Dialled {
  const { protocol, hostname, port } = new URL(address);
  const isSecure = protocol === 'https:';
  const target = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port,
    method: method ?? 'GET',
    path: url ?? '/',
    headers: [...headers],
    setHost: false,
    agent: false,
  } as const;
  const request = isSecure
    ? requestSecure({
        ...target,
        ca: certificatePem,
        allowPartialTrustChain: true,
        servername: '',
        minVersion: 'TLSv1.2',
        checkServerIdentity: (_name, shown) =>
          shown.raw.equals(new X509Certificate(certificatePem).raw)
            ? undefined
            : new Error('another certificate than the node told of'),
      })
    : requestPlain(target);
  const isThere = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => request.destroy(new Error('no answer in time')), connectTimeoutMs);
    const settle = (connected: boolean) => {
      clearTimeout(timer);
      resolve(connected);
    };
    request.once('socket', (socket: Socket) =>
      socket.once(isSecure ? 'secureConnect' : 'connect', () => settle(true)),
    );
    request.once('error', () => settle(false));
    request.once('close', () => settle(false));
  });
  return { request, isThere };
}
