import { parseArgs } from 'node:util';
import { benchRelay } from './relay.ts';
import { benchEngines } from './engines.ts';
import { benchFrames } from './frames.ts';
import { benchHosts } from './hosts.ts';
import { benchLatency } from './latency.ts';
import { benchMemory } from './memory.ts';
import { benchOpen } from './open.ts';
import { benchPlace } from './place.ts';
import { benchRegistry } from './registry.ts';
import type { Bench, Row } from './measurement.ts';
import { formatLines, formatTable } from './report.ts';

const benches: Readonly<Record<string, Bench>> = {
  hosts: benchHosts,
  relay: benchRelay,
  latency: benchLatency,
  memory: benchMemory,
  place: benchPlace,
  open: benchOpen,
  registry: benchRegistry,
  frames: benchFrames,
  engines: benchEngines,
};

const usage = `Measures Proxima beside peers and floors, in the same run. Only the ratios mean something on another machine.

  npm run bench [-- WORD …] [--json] [--quick]

  WORD     only the benches whose names contain one of the words: ${Object.keys(benches).join(', ')}
  --json   one object per line and row, instead of the table
  --quick  as little as shows that everything runs; its figures mean nothing
`;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const chosen = Object.entries(benches).filter(
  ([name]) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);

if (values.help) process.stdout.write(usage);
else if (chosen.length === 0) {
  process.stderr.write(`No bench is called so.\n\n${usage}`);
  process.exitCode = 2;
} else await run();

async function run(): Promise<void> {
  const startedAt = performance.now();
  const report = (line: string) =>
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  const rows: Row[] = [];
  for (const [, bench] of chosen) {
    const measured = await bench({ report, isQuick: values.quick });
    if (values.json) process.stdout.write(formatLines(measured));
    rows.push(...measured);
  }
  if (!values.json) process.stdout.write(`\n${formatTable(rows)}`);
}
