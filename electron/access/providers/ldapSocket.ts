import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { LdapProvider } from '../../../shared/model/access.ts';
import { requestStartTls } from './startTls.ts';

const defaultPorts: Readonly<Record<string, number>> = { 'ldap:': 389, 'ldaps:': 636 };

/**
 * Connects by TLS 1.2 or newer to a directory whose certificate is verified: at once (`ldaps://`), or after StartTLS (`ldap://`,
 * RFC 4513, section 3), before which nothing of ours is sent. What goes wrong, goes wrong with `signal` as well.
 *
 * @throws the error of the connection; nothing is left open then.
 */
export async function openLdapSocket(
  { url, authoritiesPem }: Pick<LdapProvider, 'url' | 'authoritiesPem'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const place = { host, port: port === '' ? (defaultPorts[protocol] ?? 389) : Number(port) };
  const options: ConnectionOptions = {
    // Of a name, for virtual servers (RFC 6066, section 3). An address is compared with the certificate as `host`.
    ...(isIP(host) === 0 && { servername: host }),
    ...(authoritiesPem !== undefined && { ca: authoritiesPem }),
    minVersion: 'TLSv1.2',
  };
  const opened: Socket[] = [];
  const track = <T extends Socket>(socket: T): T => {
    socket.on('error', () => {});
    opened.push(socket);
    return socket;
  };
  try {
    if (protocol === 'ldaps:') {
      const socket = track(connectTls({ ...place, ...options }));
      await once(socket, 'secureConnect', { signal });
      return socket;
    }
    const plain = track(connectTcp(place));
    await once(plain, 'connect', { signal });
    await untilAborted(signal, requestStartTls(plain));
    const socket = track(connectTls({ ...options, host, socket: plain }));
    await once(socket, 'secureConnect', { signal });
    return socket;
  } catch (error) {
    for (const socket of opened) socket.destroy();
    throw error;
  }
}

/** @throws the reason of `signal`, where it is quicker. */
function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
