import { parentPort, workerData } from 'node:worker_threads';
import type { LocalManagerReport, LocalManagerRequest, LocalManagerStart } from './localManagerMessages.ts';
import { openGate } from './manager/gate.ts';
import { openLocalEngine } from './manager/localEngine.ts';
import { managerPolicySchema } from './manager/policy.ts';

/** As long as a person's own lunch break of the network may last. */
const holdSeconds = 180;

/**
 * The person's own machine, and nobody else's zone: it may dial whatever its person may, itself included, and a host's setting
 * decides about that host's certificate. Files of the machine stay out of reach, as on any manager.
 */
const policy = managerPolicySchema.parse({
  version: 1,
  targets: { deny: [] },
  arguments: { 'ignore-cert': { rule: 'allow' } },
});

const report = (message: LocalManagerReport) => parentPort?.postMessage(message, []);
const tell = (level: 'info' | 'warn') => (fields: object, text: string) =>
  report({ kind: 'log', level, fields, text });

await run(workerData as LocalManagerStart);

async function run(start: LocalManagerStart): Promise<void> {
  try {
    const log = { info: tell('info'), warn: tell('warn') };
    const engineLog = {
      info: (text: string) => log.info({}, text),
      warn: (text: string) => log.warn({}, text),
    };
    const engine = await openLocalEngine(start.engine, engineLog);
    const gate = await openGate({
      listen: { address: '127.0.0.1', port: start.port },
      tls: { ...start, revoked: new Set() },
      engine,
      policy,
      sessionLimit: null,
      holdSeconds,
      version: start.engine.version,
      log,
    });
    parentPort?.on('message', (request: LocalManagerRequest) => {
      if (request === 'stop') void gate.close().then(() => report({ kind: 'stopped' }));
      else
        void engine.adoptGuacd().then((why) => report({ kind: 'guacd', ...(why !== undefined && { why }) }));
    });
    report({ kind: 'listening', port: gate.port, engine: engine.describe() });
  } catch (error) {
    report({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
  }
}
