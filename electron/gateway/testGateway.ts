import { implement } from '@orpc/server';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { WebSocket } from 'ws';
import { contract, type HostEvent } from '../../shared/contract/contract.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { rendererFileOf } from '../../shared/contract/rendererFile.ts';
import type { ContractRouter } from '../../shared/contract/serveCalls.ts';
import { createTestAccess } from '../access/testAccess.ts';
import type { TunnelWire } from '../broker/ports.ts';
// Only tests import this file, and they may use what the gateway may not.
// oxlint-disable-next-line no-restricted-imports
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import type { NodeView } from './nodeView.ts';

export const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
export const tunnelPath = `/websocket-tunnel?session=${sessionId}`;
export const page = '<!doctype html><title>Proxima</title>';

export const toBytes = (content: string) => new Uint8Array(Buffer.from(content));
const rendererFiles = new Map([
  ['/', rendererFileOf('index.html', toBytes(page))],
  ['/index.html', rendererFileOf('index.html', toBytes(page))],
  ['/assets/main-3f2a.js', rendererFileOf('assets/main-3f2a.js', toBytes('export {};'))],
]);

export const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 1 });
export const certificate = await issueCertificate(authority, {
  commonName: 'localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
});

export interface TestGatewayOptions extends Partial<GatewayOptions> {
  /** What the stream of hosts consists of; it is asked for the next as fast as it is taken. */
  readonly watchHosts?: () => Iterable<HostEvent>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Dialled {
  readonly socket: WebSocket;
  readonly frames: { text: string; binary: boolean }[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

export interface DialOptions {
  readonly cookie?: string;
  readonly origin?: string;
  readonly protocols?: readonly string[];
  readonly host?: string;
}

/** A real gateway on loopback with as little behind it as its tests need, and the browser's half of everything. */
export type TestGateway = Awaited<ReturnType<typeof startTestGateway>>;

export async function startTestGateway({ watchHosts, ...options }: TestGatewayOptions = {}) {
  const logged: string[] = [];
  const log = (level: string) => (details: object, sentence: string) =>
    void logged.push(`${level} ${sentence} ${JSON.stringify(details)}`);
  const { access = createTestAccess().access, route = 'hosta', ...others } = options;
  const created = await createGateway({
    access,
    route,
    listen: { address: '127.0.0.1', port: 0 },
    tls: certificate,
    node: calmNode,
    rendererFiles,
    router: createRouter(watchHosts),
    attachTunnel: () => Promise.resolve(fail('session_unknown')),
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    ...others,
  });
  if (!created.ok) throw new Error(created.failure.detail);
  const gateway: Gateway = created.value;

  async function ask(
    path: string,
    { method = 'GET', headers = {}, body: sent }: AskOptions = {},
  ): Promise<Answer> {
    const asked = request({
      host: '127.0.0.1',
      port: gateway.port,
      path,
      method,
      headers,
      ca: authority.certificatePem,
      servername: 'localhost',
      agent: false,
    });
    asked.end(sent);
    const [response] = await once(asked, 'response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, headers: response.headers, body };
  }

  function dial(path: string, { cookie, origin, protocols, host }: DialOptions): Dialled {
    const socket = new WebSocket(`wss://127.0.0.1:${gateway.port}${path}`, [...(protocols ?? [])], {
      ca: authority.certificatePem,
      origin: origin ?? `https://127.0.0.1:${gateway.port}`,
      headers: { ...(cookie !== undefined && { Cookie: cookie }), ...(host !== undefined && { Host: host }) },
    });
    const frames: Dialled['frames'] = [];
    socket.on('message', (data: Buffer, binary) => frames.push({ text: data.toString(), binary }));
    socket.on('error', () => undefined);
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    return { socket, frames, closed };
  }

  return {
    access,
    gateway,
    logged,
    ask,
    dial,
    async dialRefused(path: string, dialOptions: DialOptions) {
      const { socket } = dial(path, dialOptions);
      const [, response] = await once(socket, 'unexpected-response');
      let body = '';
      for await (const chunk of response) body += chunk;
      return { status: response.statusCode as number, body };
    },
    /** Uses the token up. Returns a `Cookie` header. */
    async signIn(): Promise<string> {
      const { pathname, search } = new URL(gateway.signInUrl());
      const { headers } = await ask(pathname + search);
      return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    },
  };
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A node with all that it needs, and nothing to do. */
const calmNode: NodeView = {
  registry: () => [{ poolId: 'main', status: 'live' }],
  countManagersUp: () => 1,
  sessions: () => [],
  onOpening: () => () => undefined,
};

/** A session that takes every tunnel, and keeps what comes over it. */
export function createTestLine() {
  const wires: TunnelWire[] = [];
  const received: string[] = [];
  let closes = 0;
  return {
    wires,
    received,
    closes: () => closes,
    attachTunnel: (_sessionId: string, wire: TunnelWire): Promise<Result<void>> => {
      wires.push(wire);
      wire.onMessage((bytes) => received.push(Buffer.from(bytes).toString()));
      wire.onClose(() => {
        closes++;
      });
      return Promise.resolve(succeed(undefined));
    },
  };
}

/** As little of the contract as these tests call. */
function createRouter(watchHosts: TestGatewayOptions['watchHosts'] = () => []) {
  const os = implement(contract);
  const called = {
    app: {
      describe: os.app.describe.handler(() => ({
        version: '0.1.0',
        runsIn: 'gateway' as const,
        secretStorage: 'none' as const,
        groups: [],
        notices: [],
      })),
    },
    hosts: {
      watch: os.hosts.watch.handler(async function* () {
        yield* watchHosts();
      }),
    },
  };
  // Only what these tests call.
  return called as unknown as ContractRouter;
}
