import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Drain } from './drain.ts';
import type { NodeView } from './nodeView.ts';
import type { GatewayObserver } from './observer.ts';

export interface MetricsPorts {
  readonly node: NodeView;
  readonly drain: Pick<Drain, 'isDraining'>;
  readonly version: string;
  readonly route: string;
}

export interface Metrics {
  /** To be told what the gateway does. */
  readonly observer: GatewayObserver;
  /** As Prometheus reads it (https://prometheus.io/docs/instrumenting/exposition_formats/). */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
  close(): void;
}

const openingBucketsSeconds = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32];
const poolStatuses = ['live', 'stale', 'suspended'] as const;

/** Numbers of this node. No label names a person, a host or a session. */
export function createMetrics({ node, drain, version, route }: MetricsPorts): Metrics {
  const register = new Registry();
  const registers = [register];
  // With them come the process's own, among them the lag of the event loop.
  collectDefaultMetrics({ register });

  /** Read at every scrape. */
  function watch(name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        gauge.reset();
        read(gauge);
      },
    });
  }
  watch('proxima_node_info', 'This node; always 1.', ['version', 'route'], (gauge) =>
    gauge.set({ version, route }, 1),
  );
  watch('proxima_node_draining', 'Whether this node takes nobody new.', [], (gauge) =>
    gauge.set(drain.isDraining() ? 1 : 0),
  );
  watch('proxima_sessions', 'Sessions of this node.', ['protocol', 'state'], (gauge) => {
    for (const { protocol, state } of node.sessions()) gauge.inc({ protocol, state });
  });
  watch('proxima_managers_up', 'Session managers that answer this node.', [], (gauge) =>
    gauge.set(node.countManagersUp()),
  );
  const statusHelp = 'The status of each pool of the session registry: 1 for the one that it has.';
  watch('proxima_registry_status', statusHelp, ['pool', 'status'], (gauge) => {
    for (const { poolId, status } of node.registry())
      for (const possible of poolStatuses)
        gauge.set({ pool: poolId, status: possible }, possible === status ? 1 : 0);
  });
  const lagHelp = 'From a change of the registry to this node having seen it.';
  watch('proxima_registry_lag_seconds', lagHelp, ['pool'], (gauge) => {
    for (const { poolId, lagMs } of node.registry())
      if (lagMs !== undefined) gauge.set({ pool: poolId }, lagMs / 1000);
  });

  const openSeconds = new Histogram({
    name: 'proxima_session_open_seconds',
    help: 'From the request to the first picture.',
    labelNames: ['protocol'],
    buckets: openingBucketsSeconds,
    registers,
  });
  const failures = new Counter({
    name: 'proxima_session_open_failures_total',
    help: 'Openings that failed, by the code of the failure table.',
    labelNames: ['protocol', 'code'],
    registers,
  });
  const stopListening = node.onOpening(({ protocol, durationMs, failureCode }) => {
    if (failureCode === undefined) openSeconds.observe({ protocol }, durationMs / 1000);
    else failures.inc({ protocol, code: failureCode });
  });

  const tunnels = new Gauge({ name: 'proxima_tunnels', help: 'Pictures that are being carried.', registers });
  const relayed = new Counter({
    name: 'proxima_relayed_bytes_total',
    help: 'Bytes carried by tunnels.',
    labelNames: ['direction'],
    registers,
  });
  const signIns = new Counter({ name: 'proxima_sign_ins_total', help: 'People who signed in.', registers });
  const signInRefusals = new Counter({
    name: 'proxima_sign_in_refusals_total',
    help: 'Sign-ins that were refused, by the code of the failure table.',
    labelNames: ['code'],
    registers,
  });
  const refusals = new Counter({
    name: 'proxima_refusals_total',
    help: 'Other requests and WebSockets that were refused, by the code of the failure table.',
    labelNames: ['code'],
    registers,
  });
  const forged = new Counter({
    name: 'proxima_forged_forwardings_total',
    help: 'Requests with X-Forwarded-* from somebody who is no trusted proxy.',
    registers,
  });

  return {
    observer: {
      signedIn: () => signIns.inc(),
      signInRefused: (code) => signInRefusals.inc({ code }),
      refused: (code) => refusals.inc({ code }),
      forwardingForged: () => forged.inc(),
      tunnelOpened: () => tunnels.inc(),
      tunnelClosed: () => tunnels.dec(),
      relayed: (direction, bytes) => relayed.inc({ direction }, bytes),
    },
    render: async () => ({ contentType: register.contentType, text: await register.metrics() }),
    close() {
      stopListening();
      register.clear();
    },
  };
}
