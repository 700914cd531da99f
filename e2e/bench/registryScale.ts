import { parseArgs } from 'node:util';
import { simulatePool } from '../../electron/registry/simulation.ts';

/** `npm run -s … e2e/bench/registryScale.ts -- --sessions 100000`: the numbers of docs/scale.md, as one line of JSON. */
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    gateways: { type: 'string', default: '10' },
    managers: { type: 'string', default: '100' },
    sessions: { type: 'string', default: '100000' },
    slack: { type: 'string', default: '2' },
    'claims-per-second': { type: 'string', default: '500' },
    storm: { type: 'string', default: '2000' },
    'transactions-per-second': { type: 'string', default: '5300' },
    'one-way-ms': { type: 'string', default: '0.25' },
  },
});
const startedAt = performance.now();
const report = await simulatePool(
  {
    gateways: Number(values.gateways),
    managers: Number(values.managers),
    sessions: Number(values.sessions),
    slack: Number(values.slack),
    claimsPerSecond: Number(values['claims-per-second']),
    storm: Number(values.storm),
    transactionsPerSecond: Number(values['transactions-per-second']),
    oneWayMs: Number(values['one-way-ms']),
  },
  (line) =>
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`),
);
process.stdout.write(`${JSON.stringify({ ...values, ...report })}\n`);
