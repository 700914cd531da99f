import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { RendererFiles } from '../../shared/contract/rendererFile.ts';
import { type ContractRouter, serveCalls } from '../../shared/contract/serveCalls.ts';
import { authorityOf, ownAuthorities } from './authority.ts';
import { createHttpHost } from './httpHost.ts';
import type { Log } from './log.ts';
import { createSignIn, type SignInOptions } from './signIn.ts';
import { type AttachTunnel, createWsHost } from './wsHost.ts';

export interface GatewayOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number };
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly rendererFiles: RendererFiles;
  readonly router: ContractRouter;
  readonly attachTunnel: AttachTunnel;
  readonly log: Log;
  /**
   * The names under which people reach this gateway, as in their address bar (`proxima.example`, `proxima.example:8443`). Requests to any
   * other name are refused. Default: the address that it listens on; on loopback also `localhost`.
   */
  readonly publicAuthorities?: readonly string[];
  /** Default: 30 s. */
  readonly livenessIntervalMs?: number;
  readonly signIn?: SignInOptions;
}

export interface Gateway {
  /** `https://…/`, under the first of its names. */
  readonly url: string;
  readonly port: number;
  /** The address to open; with the one-time token until that was used. A secret: for the person who started the gateway only. */
  signInUrl(): string;
  /** Tells every peer and ends every socket at once; resolves when nothing is left. */
  close(): Promise<void>;
}

/** Time for the last frames to leave before the sockets are destroyed. */
const farewellMs = 200;

/** Serves the renderer, the contract and the tunnels over HTTPS. Fails with `internal` where the address can't be listened on. */
export async function createGateway(options: GatewayOptions): Promise<Result<Gateway>> {
  const { listen, log } = options;
  const allowedAuthorities = new Set(options.publicAuthorities?.map((name) => name.toLowerCase()));
  const signIn = createSignIn(options.signIn);
  const server = createHttpHost({ ...options, allowedAuthorities, signIn });
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const wsHost = createWsHost({
    allowedAuthorities,
    signIn,
    serveCalls: serveCalls(options.router, (call, error) =>
      log.error({ call, reason: error instanceof Error ? error.stack : String(error) }, 'A call failed'),
    ),
    attachTunnel: options.attachTunnel,
    log,
    livenessIntervalMs: options.livenessIntervalMs ?? 30_000,
  });
  server.on('upgrade', wsHost.handleUpgrade);

  try {
    server.listen(listen.port, listen.address);
    await once(server, 'listening');
  } catch (error) {
    wsHost.close();
    return fail('internal', `could not listen on ${listen.address}:${listen.port}: ${String(error)}`);
  }
  server.on('error', (error) => log.error({ reason: error.message }, 'The gateway had a failure'));

  const { port } = server.address() as AddressInfo;
  if (allowedAuthorities.size === 0)
    for (const authority of ownAuthorities(listen.address, port)) allowedAuthorities.add(authority);
  const [authority = authorityOf(listen.address, port)] = allowedAuthorities;
  const url = `https://${authority}/`;

  async function closeAll(): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    wsHost.close();
    const farewell = setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, farewellMs);
    await closed;
    clearTimeout(farewell);
  }
  let closing: Promise<void> | undefined;

  return succeed({
    url,
    port,
    signInUrl() {
      const token = signIn.token();
      return token === undefined ? url : `${url}sign-in?token=${token}`;
    },
    close: () => (closing ??= closeAll()),
  });
}
