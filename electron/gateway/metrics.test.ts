import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';
import { createMetricsHost, type MetricsHost } from './metricsHost.ts';
import type { OpeningOutcome } from './nodeView.ts';
import { createTestLine, startTestGateway, tunnelPath } from './testGateway.ts';

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function createTestMetrics() {
  let tell: (outcome: OpeningOutcome) => void = () => undefined;
  const metrics = createMetrics({
    node: {
      registry: () => [{ poolId: 'main', status: 'stale', lagMs: 12 }],
      countManagersUp: () => 2,
      sessions: () => [
        { protocol: 'ssh', state: 'live' },
        { protocol: 'ssh', state: 'live' },
        { protocol: 'rdp', state: 'connecting' },
      ],
      onOpening(listener) {
        tell = listener;
        return () => undefined;
      },
    },
    drain: { isDraining: () => true },
    version: '0.1.0',
    route: 'hosta',
  });
  closers.push(() => metrics.close());
  return { metrics, tell: (outcome: OpeningOutcome) => tell(outcome) };
}

async function serve(metrics: Metrics): Promise<MetricsHost> {
  const host = await createMetricsHost({ address: '127.0.0.1', port: 0 }, metrics);
  if (!host.ok) throw new Error(host.failure.detail);
  closers.push(() => host.value.close());
  return host.value;
}

async function ask(port: number, path = '/metrics', headers: Record<string, string> = {}) {
  const asked = request({ host: '127.0.0.1', port, path, headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, type: response.headers['content-type'] as string, body };
}

describe('the numbers', () => {
  it('are those of the node, as Prometheus reads them', async () => {
    const { metrics, tell } = createTestMetrics();
    const { port } = await serve(metrics);
    tell({ protocol: 'ssh', durationMs: 700 });
    tell({ protocol: 'rdp', durationMs: 9_000, failureCode: 'host_unreachable' });
    metrics.observer.signedIn();
    metrics.observer.signInRefused('sign_in_refused');
    metrics.observer.refused('origin_refused');
    metrics.observer.forwardingForged();
    const { status, type, body } = await ask(port);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of [
      'proxima_node_info{version="0.1.0",route="hosta"} 1',
      'proxima_node_draining 1',
      'proxima_sessions{protocol="ssh",state="live"} 2',
      'proxima_sessions{protocol="rdp",state="connecting"} 1',
      'proxima_managers_up 2',
      'proxima_registry_status{pool="main",status="live"} 0',
      'proxima_registry_status{pool="main",status="stale"} 1',
      'proxima_registry_lag_seconds{pool="main"} 0.012',
      'proxima_session_open_seconds_bucket{le="0.5",protocol="ssh"} 0',
      'proxima_session_open_seconds_bucket{le="1",protocol="ssh"} 1',
      'proxima_session_open_failures_total{protocol="rdp",code="host_unreachable"} 1',
      'proxima_sign_ins_total 1',
      'proxima_sign_in_refusals_total{code="sign_in_refused"} 1',
      'proxima_refusals_total{code="origin_refused"} 1',
      'proxima_forged_forwardings_total 1',
    ])
      expect(body.split('\n')).toContain(line);
    expect(body).toContain('nodejs_eventloop_lag_seconds');
  });

  it('are told to whoever asks for them at this machine, and nothing else is', async () => {
    const { port } = await serve(createTestMetrics().metrics);
    expect((await ask(port, '/')).status).toBe(404);
    expect((await ask(port, '/metrics', { Host: 'evil.example' })).status).toBe(421);
  });

  it('count tunnels and their bytes, both ways', async () => {
    const { metrics } = createTestMetrics();
    const line = createTestLine();
    const test = await startTestGateway({ ...line, observer: metrics.observer });
    closers.push(() => test.gateway.close());
    const cookie = await test.signIn();
    const tunnel = test.dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    await once(tunnel.socket, 'message');
    const [wire] = line.wires;
    wire?.send(new Uint8Array(Buffer.from('4.sync,1.1;')), () => undefined);
    tunnel.socket.send('3.nop;');
    await expect.poll(() => line.received).toEqual(['3.nop;']);
    const { text } = await metrics.render();
    expect(text).toContain('proxima_tunnels 1\n');
    expect(text).toContain('proxima_relayed_bytes_total{direction="from-host"} 11\n');
    expect(text).toContain('proxima_relayed_bytes_total{direction="to-host"} 6\n');
    expect(text).toContain('proxima_sign_ins_total 1\n');
    tunnel.socket.close();
    await tunnel.closed;
    await expect.poll(async () => (await metrics.render()).text).toContain('proxima_tunnels 0\n');
  });
});
