import { parseArgs } from 'node:util';
import { formatFarmTable, isFarmSound, runFarmChaos } from './farm.ts';
import { planFaults } from './faults.ts';
import { breakManagers } from './managerRounds.ts';
import { runRegistryChaos } from './registry.ts';
import { formatTable, isSound } from './report.ts';

const usage = `Breaks things under load, and counts what was lost. Nothing may be.

  npm run chaos -- registry [--rounds 20] [--clients 20] [--json]
  npm run chaos -- farm [--users 4] [--members 3] [--json]
  npm run chaos -- manager [--rounds 20] [--json]

  registry   kill -9 (leader, follower, all) and SIGSTOP of three etcd servers under clients that claim, change and release
  farm       SIGTERM and kill -9 of a gateway behind Apache under people in real browsers with live sessions
  manager    the broker's socket to a Proxima manager, in the middle of a running top over SSH
  --users    how many people
  --members  how many etcd servers, 1 or 3
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
    users: { type: 'string', default: '4' },
    members: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [rounds, clients, users] = [Number(values.rounds), Number(values.clients), Number(values.users)];
const areCounts = [rounds, clients, users].every((count) => Number.isInteger(count) && count > 0);

if (values.help) process.stdout.write(usage);
else if (positionals.join() === 'registry' && areCounts) await run();
else if (positionals.join() === 'farm' && areCounts) await runFarm();
else if (positionals.join() === 'manager' && areCounts) {
  if (!(await breakManagers(rounds, values.json))) process.exitCode = 1;
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}

async function runFarm(): Promise<void> {
  const done = await runFarmChaos({
    users,
    etcdSize: values.members === '1' ? 1 : 3,
    onRound: (round) => values.json && process.stdout.write(`${JSON.stringify(round)}\n`),
  });
  if (!values.json) process.stdout.write(formatFarmTable(done));
  if (!done.every(isFarmSound)) process.exitCode = 1;
}

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
