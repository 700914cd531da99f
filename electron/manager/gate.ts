import { constants } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer, type TlsOptions } from 'node:tls';
import { serveClient } from './clientLine.ts';
import { judgeIdentity, readIdentity, type ClientIdentity } from './clientIdentity.ts';
import type { GateTls } from './gateTls.ts';
import type { ManagerPolicy } from './policy.ts';
import { createSessionDesk, type SessionDesk, type SessionDeskOptions } from './sessionDesk.ts';

export interface GateOptions extends SessionDeskOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number };
  /** Left out, the gate speaks without TLS and lets everybody in: for loopback. */
  readonly tls?: GateTls | undefined;
  readonly policy: ManagerPolicy;
  /** For tests: after how long a client that says nothing has vanished. */
  readonly clientSilenceMs?: number;
}

/** A session manager that is safe to expose, in front of an engine. */
export interface Gate extends Pick<SessionDesk, 'load' | 'drain' | 'whenEmpty' | 'replacePolicy'> {
  readonly port: number;
  /** Lets in whom these say, from now on; clients whose certificate they revoke are sent away. */
  replaceTls(tls: GateTls): void;
  /** Ends all sessions, and the engine. */
  close(): Promise<void>;
}

/** Clients that haven't said yet who they are count as well. */
const mostConnections = 20_000;
/** For clients that don't take their last words. */
const lastWordsMs = 500;
/**
 * Opens the gate.
 *
 * @throws where it can't listen.
 */
export async function openGate(options: GateOptions): Promise<Gate> {
  const { engine, log } = options;
  let { tls, policy } = options;
  const sessions = createSessionDesk(policy, options);
  const clients = new Map<Socket, { readonly identity: ClientIdentity; end(): void }>();
  const connections = new Map<string, number>();
  /** Addresses with too many connections, told to the log once. */
  const told = new Set<string>();

  /** What isn't let in is hung up on in good order, and told to the log once. */
  function admit(socket: Socket) {
    const identity = readIdentity(socket);
    const refusal =
      tls?.clientAuthoritiesPem === undefined ? undefined : judgeIdentity(socket, identity, tls.revoked);
    const { commonName, remoteAddress } = identity;
    const client = { client: commonName === '' ? remoteAddress : commonName, from: remoteAddress };
    if (refusal !== undefined) {
      log.warn(client, `Client refused: ${refusal}`);
      return turnAway(socket);
    }
    const desk = sessions.serve(identity, client);
    const served = serveClient(socket, desk, policy.limits.handshakeSeconds * 1000, options.clientSilenceMs);
    clients.set(socket, { identity, end: served.end });
    socket.once('close', () => clients.delete(socket));
  }

  /** Before TLS: who has too many connections is hung up on. */
  function count(socket: Socket) {
    const from = socket.remoteAddress ?? '';
    const before = connections.get(from) ?? 0;
    if (before >= policy.limits.connectionsPerClient) {
      if (!told.has(from)) log.warn({ from }, 'Client refused: too many connections');
      told.add(from);
      return void socket.destroy();
    }
    connections.set(from, before + 1);
    socket.once('close', () => {
      const now = (connections.get(from) ?? 1) - 1;
      told.delete(from);
      if (now > 0) connections.set(from, now);
      else connections.delete(from);
    });
  }

  const server: Server = tls
    ? createTlsServer(
        { ...composeTlsOptions(tls), handshakeTimeout: policy.limits.handshakeSeconds * 1000 },
        admit,
      )
        .on('connection', count)
        .on('tlsClientError', (error, socket) => {
          const code = 'code' in error ? error.code : undefined;
          log.warn({ from: socket.remoteAddress, code }, 'Client refused: no TLS handshake');
          socket.destroy();
        })
    : createTcpServer({ noDelay: true }, (socket) => {
        count(socket);
        if (!socket.destroyed) admit(socket);
      });
  server.maxConnections = mostConnections;
  server.listen({ host: options.listen.address, port: options.listen.port, backlog: 1_024 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    ...sessions,
    port,
    replaceTls(next) {
      tls = next;
      if (server instanceof TlsServer) server.setSecureContext(composeTlsOptions(next));
      for (const { identity, end } of clients.values())
        if (identity.serials.some((serial) => next.revoked.has(serial))) end();
    },
    replacePolicy(next) {
      policy = next;
      sessions.replacePolicy(next);
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      sessions.endAll();
      for (const socket of clients.keys()) socket.destroySoon();
      await engine.close();
      const timer = setTimeout(() => {
        for (const socket of clients.keys()) socket.destroy();
      }, lastWordsMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

const composeTlsOptions = (tls: GateTls): TlsOptions => ({
  cert: tls.certificatePem,
  key: tls.privateKeyPem,
  minVersion: 'TLSv1.2',
  ciphers:
    'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
  honorCipherOrder: true,
  // A resumed session would come in with a certificate that was checked long ago.
  secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  ...(tls.clientAuthoritiesPem !== undefined && {
    ca: tls.clientAuthoritiesPem,
    requestCert: true,
    // Looked into at `admit`, where there is somebody to tell the log why.
    rejectUnauthorized: false,
  }),
});

/** Hangs up on a client in good order, without reading what it says. */
function turnAway(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), 1_000);
  socket.on('error', () => {});
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
  socket.end();
}
