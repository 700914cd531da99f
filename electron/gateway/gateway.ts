import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { RendererFiles } from '../../shared/contract/rendererFile.ts';
import { type ContractRouter, serveCalls } from '../../shared/contract/serveCalls.ts';
import type { GatewayAccess } from '../access/access.ts';
import type { CallContext } from '../broker/caller.ts';
import { authorityOf, ownAuthorities } from './authority.ts';
import { createDrain, type Drain } from './drain.ts';
import type { FarmDoor } from './farmDoor.ts';
import { createHttpHost, type ServerPair } from './httpHost.ts';
import type { Log } from './log.ts';
import type { NodeView } from './nodeView.ts';
import { type GatewayObserver, silentObserver } from './observer.ts';
import { nameRequests } from './requestLog.ts';
import { createPeerReader, type TrustedProxies } from './trustedProxies.ts';
import { type AttachTunnel, createWsHost } from './wsHost.ts';

export interface GatewayOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number };
  /** Left out: plain HTTP; then a trusted proxy has to say that browsers came by HTTPS. */
  readonly tls?: ServerPair | undefined;
  /** Balancers in front of it. Default: none. */
  readonly trustedProxies?: TrustedProxies;
  readonly rendererFiles: RendererFiles;
  readonly router: ContractRouter<CallContext>;
  readonly attachTunnel: AttachTunnel;
  /** What is behind it, as far as balancers and monitoring care. */
  readonly node: NodeView;
  /** Default: one that nobody begins. */
  readonly drain?: Drain;
  /** To the other nodes of its farm; left out, there are none. */
  readonly farm?: FarmDoor;
  readonly observer?: GatewayObserver;
  readonly log: Log;
  /**
   * The names under which people reach this gateway, as in their address bar (`proxima.example`, `proxima.example:8443`). Requests to any
   * other name are refused. Default: the address that it listens on; on loopback also `localhost`.
   */
  readonly publicAuthorities?: readonly string[];
  /** Default: 30 s. */
  readonly livenessIntervalMs?: number;
  /** Who may come in. Closed by whoever made it. */
  readonly access: GatewayAccess;
  /** The end of the sticky cookie: by it a balancer finds this node. */
  readonly route: string;
}

export interface Gateway {
  /** `https://…/`, under the first of its names. */
  readonly url: string;
  readonly port: number;
  /** The address to open; with the one-time token until that was used, which ends in the route as the cookie does. A secret: for the person who started the gateway only. */
  signInUrl(): string;
  /** How many people have a window open here. */
  countPeople(): number;
  /** Tells every peer and ends every socket at once; resolves when nothing is left. */
  close(): Promise<void>;
}

/** Time for the last frames to leave before the sockets are destroyed. */
const farewellMs = 200;

/** Serves the renderer, the contract and the tunnels over HTTPS. Fails with `internal` where the address can't be listened on. */
export async function createGateway(options: GatewayOptions): Promise<Result<Gateway>> {
  const { listen, drain = createDrain(), observer = silentObserver } = options;
  const log = nameRequests(options.log);
  const allowedAuthorities = new Set(options.publicAuthorities?.map((name) => name.toLowerCase()));
  const readDirectPeer = createPeerReader({
    trustedProxies: options.trustedProxies ?? [],
    noteForged: () => observer.forwardingForged(),
  });
  const readPeer = (request: IncomingMessage) => options.farm?.readPeer(request) ?? readDirectPeer(request);
  const server = createHttpHost({ ...options, allowedAuthorities, drain, observer, readPeer, log });
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  const wsHost = createWsHost({
    allowedAuthorities,
    access: options.access,
    serveCalls: serveCalls(options.router, (call, error) =>
      log.error({ call, reason: error instanceof Error ? error.stack : String(error) }, 'A call failed'),
    ),
    attachTunnel: options.attachTunnel,
    readPeer,
    route: options.route,
    farm: options.farm,
    observer,
    log,
    livenessIntervalMs: options.livenessIntervalMs ?? 30_000,
  });
  server.on('upgrade', wsHost.handleUpgrade);
  // Where there is nobody to go to, windows stay to the end.
  const stopListening = drain.onDrain(() => options.farm?.hasOthers() === true && wsHost.handOver());

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
    stopListening();
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
      const token = options.access.ownerToken();
      return token === undefined ? url : `${url}sign-in?token=${token}.${options.route}`;
    },
    countPeople: () => wsHost.countPeople(),
    close: () => (closing ??= closeAll()),
  });
}
