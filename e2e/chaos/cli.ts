import { parseArgs } from 'node:util';
import { planFaults } from './faults.ts';
import { breakManagers } from './managerRounds.ts';
import { runRegistryChaos } from './registry.ts';
import { formatTable, isSound } from './report.ts';

const usage = `Breaks things under load, and counts what was lost. Nothing may be.

  npm run chaos -- registry [--rounds 20] [--clients 20] [--json]
  npm run chaos -- manager [--rounds 20] [--json]

  registry   kill -9 (leader, follower, all) and SIGSTOP of three etcd servers under clients that claim, change and release
  manager    the broker's socket to a Proxima manager, in the middle of a running top over SSH
  --rounds   how many faults, one after the other
  --clients  how many processes' registries
  --json     one object per line and round, instead of the table
`;

const leaseSeconds = 6;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    rounds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [rounds, clients] = [Number(values.rounds), Number(values.clients)];
const areCounts = [rounds, clients].every((count) => Number.isInteger(count) && count > 0);

if (values.help) process.stdout.write(usage);
else if (!['registry', 'manager'].includes(positionals.join()) || !areCounts) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else if (positionals[0] === 'manager') {
  if (!(await breakManagers(rounds, values.json))) process.exitCode = 1;
} else await run();

async function run(): Promise<void> {
  const startedAt = performance.now();
  const report = (line: string) =>
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
  report(`registry: ${clients} clients, ${rounds} rounds`);
  const done = await runRegistryChaos({
    faults: planFaults(rounds, leaseSeconds),
    clients,
    leaseSeconds,
    onRound(round) {
      if (values.json) process.stdout.write(`${JSON.stringify(round)}\n`);
      const verdict = isSound(round) ? 'nothing lost' : 'NOT SOUND';
      report(`${round.round}/${rounds} ${round.name}: outage ${Math.round(round.outageMs)} ms, ${verdict}`);
    },
  });
  if (!values.json) process.stdout.write(`\n${formatTable(done)}`);
  if (!done.every(isSound)) process.exitCode = 1;
}
