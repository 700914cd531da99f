import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { expectedAuthority, ownAuthorities } from './authority.ts';
import type { Metrics } from './metrics.ts';
import { reply } from './replies.ts';

export interface MetricsHost {
  readonly port: number;
  close(): Promise<void>;
}

const limits = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8 * 1024,
};
const maxConnections = 20;

/**
 * `/metrics` for a Prometheus of this machine, on a listener of its own, so that no balancer can carry it outside. Whoever may connect
 * may read. Fails with `internal` where the address can't be listened on.
 */
export async function createMetricsHost(
  listen: { readonly address: string; readonly port: number },
  metrics: Pick<Metrics, 'render'>,
): Promise<Result<MetricsHost>> {
  let allowed: ReadonlySet<string> = new Set();
  const server = createServer(limits, (request, response) => {
    if (expectedAuthority(request.headers.host, allowed) === undefined) {
      reply(response, 421, 'Not known by this name.\n', {});
    } else if (request.method !== 'GET' || request.url !== '/metrics') {
      reply(response, 404, 'There is only GET /metrics here.\n', {});
    } else {
      metrics.render().then(
        ({ contentType, text }) => reply(response, 200, text, { 'Content-Type': contentType }),
        () => reply(response, 500, 'The numbers could not be read.\n', {}),
      );
    }
  });
  server.maxConnections = maxConnections;
  try {
    server.listen(listen.port, listen.address);
    await once(server, 'listening');
  } catch (error) {
    return fail('internal', `could not listen on ${listen.address}:${listen.port}: ${String(error)}`);
  }
  const { port } = server.address() as AddressInfo;
  allowed = new Set(ownAuthorities(listen.address, port));
  return succeed({
    port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}
