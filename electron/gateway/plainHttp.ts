import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** First byte of every TLS connection: the record type `handshake` (RFC 8446, section 5.1). */
const tlsHandshakeRecord = 0x16;
const firstByteTimeoutMs = 10_000;

/**
 * Lets a TLS server answer somebody who speaks plain HTTP to it: they are told to use https, instead of a silent end. What they sent
 * is not looked at.
 */
export function refusePlainHttp(server: Server): void {
  const acceptTls = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const end = () => socket.destroy();
    socket.setTimeout(firstByteTimeoutMs, end);
    socket.on('error', end);
    socket.once('data', (bytes) => {
      if (bytes[0] !== tlsHandshakeRecord) {
        socket.end(refusal);
        return;
      }
      socket.setTimeout(0);
      socket.off('timeout', end);
      socket.off('error', end);
      socket.pause();
      socket.unshift(bytes);
      for (const accept of acceptTls) Reflect.apply(accept, server, [socket]);
    });
  });
}

const text = 'Proxima speaks HTTPS only. Open the same address with https:// in front.\n';
const refusal = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${text.length}`,
  'Cache-Control: no-store',
  'Connection: close',
  '',
  text,
].join('\r\n');
