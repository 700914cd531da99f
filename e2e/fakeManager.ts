import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A manager with a fault that a real one can't be made to show. */
export interface FakeManager {
  readonly port: number;
  /** Connections that are open now. */
  openConnections(): number;
  stop(): Promise<void>;
}

/** Listens on loopback, with TLS where a certificate is given, and lets `behave` do what it wants with each connection. */
export async function startFakeManager(
  behave: (socket: Socket) => void,
  certificate?: { readonly certificatePem: string; readonly privateKeyPem: string },
): Promise<FakeManager> {
  const open = new Set<Socket>();
  const accept = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    // Who doesn't read never learns that the other side is gone.
    socket.resume();
    behave(socket);
  };
  const server: Server = certificate
    ? createTlsServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, accept)
    : createPlainServer(accept);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    openConnections: () => open.size,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
