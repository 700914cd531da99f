import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import GuacamoleLite from 'guacamole-lite';
import { WebSocketServer } from 'ws';
import { createWebSocketTunnel, tunnelProtocols } from '../../electron/gateway/webSocketTunnel.ts';
import { createChannelOpener } from '../../electron/guacd/line.ts';
import { sampleManager } from '../gateway.ts';
import { encryptToken, liteKey } from './relayLite.ts';
import type { Way } from './relayClient.ts';

/** Stands between sources and clients. */
export type Carrier =
  | { readonly kind: 'Proxima'; readonly authorityPem?: string | undefined }
  /** Over TCP only: it has no TLS towards guacd. */
  | { readonly kind: 'guacamole-lite' }
  /** Looks at nothing, and copies with as little as Node can. */
  | { readonly kind: 'copy'; readonly sourcePort: number; readonly authorityPem?: string | undefined }
  /** The same with `pipe`. */
  | { readonly kind: 'pipe'; readonly sourcePort: number; readonly authorityPem?: string | undefined };

/** What a client asks a carrier for, to come to its source. */
export function pathOf({ carrier, sourcePort }: Way): string {
  return carrier === 'guacamole-lite' ? `/?token=${encryptToken(sourcePort)}` : `/?source=${sourcePort}`;
}

/** @returns its port. */
export async function startCarrier(carrier: Carrier): Promise<number> {
  switch (carrier.kind) {
    case 'Proxima':
      return startProxima(carrier.authorityPem);
    case 'guacamole-lite':
      return startLite();
    case 'copy':
    case 'pipe': {
      const server = createServer((client) => {
        client.setNoDelay(true);
        if (carrier.kind === 'copy') copy(client, carrier.sourcePort, carrier.authorityPem);
        else pipe(client, carrier.sourcePort, carrier.authorityPem);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return portOf(server);
    }
  }
}

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

/** The tunnel of the gateway, the relay and the channel; without what leads to them once per session. */
async function startProxima(authorityPem: string | undefined): Promise<number> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    handleProtocols: (offered) => tunnelProtocols.find((protocol) => offered.has(protocol)) ?? false,
  });
  const opener = createChannelOpener();
  server.on('connection', (socket, { url = '' }) => {
    const wire = createWebSocketTunnel(socket, randomUUID());
    const port = Number(new URL(url, 'ws://localhost').searchParams.get('source'));
    const opening = opener.open(
      {
        manager: sampleManager('bench', port),
        trust:
          authorityPem === undefined
            ? { kind: 'plain' }
            : { kind: 'authorities', certificatesPem: authorityPem },
        protocol: 'vnc',
        parameters: {},
        display: { width: 1920, height: 1080, dpi: 96 },
      },
      AbortSignal.timeout(20_000),
    );
    void opening.then(async (opened) => {
      if (!opened.ok) throw new Error(`the channel did not open: ${opened.failure.code}`);
      wire.onClose(() => opened.value.close());
      await opened.value.attach(wire);
    });
  });
  await once(server, 'listening');
  return portOf(server);
}

async function startLite(): Promise<number> {
  const lite = new GuacamoleLite(
    { host: '127.0.0.1', port: 0 },
    {},
    { crypt: { cypher: 'AES-256-CBC', key: liteKey }, log: { level: 'ERRORS', errorLog: () => {} } },
  );
  await once(lite.webSocketServer, 'listening');
  return portOf(lite.webSocketServer);
}

function copy(client: Socket, sourcePort: number, authorityPem: string | undefined): void {
  const buffers = Array.from({ length: 4 }, () => Buffer.allocUnsafeSlow(64 * 1024));
  let next = 0;
  const options = {
    host: '127.0.0.1',
    port: sourcePort,
    noDelay: true,
    onread: {
      // One is being read into while another is being written.
      buffer: () => buffers[next++ % buffers.length] ?? Buffer.alloc(0),
      callback: (count: number, buffer: Uint8Array) => {
        const isTaken = client.write(buffer.subarray(0, count), () => source.resume());
        if (!isTaken) source.pause();
        return isTaken;
      },
    },
  };
  const source: Socket =
    authorityPem === undefined ? connectTcp(options) : connectTls({ ...options, ca: authorityPem });
  endTogether(source, client);
  client.on('data', (data) => source.write(data));
}

function pipe(client: Socket, sourcePort: number, authorityPem: string | undefined): void {
  const options = { host: '127.0.0.1', port: sourcePort, noDelay: true };
  const source: Socket =
    authorityPem === undefined ? connectTcp(options) : connectTls({ ...options, ca: authorityPem });
  endTogether(source, client);
  source.pipe(client).pipe(source);
}

function endTogether(one: Socket, other: Socket): void {
  for (const [socket, partner] of [
    [one, other],
    [other, one],
  ] as const) {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => partner.destroy());
  }
}
