import { quantile } from '../bench/measurement.ts';
import type { ChaosRound } from './registry.ts';

/** Whether nothing was lost, left over, misplaced or miscounted. */
export const isSound = (round: ChaosRound): boolean =>
  round.lost + round.ghosts + round.wrongManager === 0 && round.areMirrorsEqual;

/** For people: one line for each kind of fault, and one for all. */
export function formatTable(rounds: readonly ChaosRound[]): string {
  const names = [...new Set(rounds.map(({ name }) => name))];
  const head = [
    'fault',
    'rounds',
    'acknowledged',
    'lost',
    'outage p50',
    'outage max',
    'ghosts',
    'wrong manager',
    'mirrors equal',
    'repeated',
    'leases lost',
  ];
  const rows = [
    ...names.map((name) =>
      summarise(
        name,
        rounds.filter((round) => round.name === name),
      ),
    ),
    summarise('all', rounds),
  ];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function summarise(name: string, rounds: readonly ChaosRound[]): string[] {
  const sum = (pick: (round: ChaosRound) => number) =>
    String(rounds.reduce((total, round) => total + pick(round), 0));
  const outages = rounds.map(({ outageMs }) => outageMs);
  const milliseconds = (value: number) => `${Math.round(value).toLocaleString('en')} ms`;
  return [
    name,
    String(rounds.length),
    sum(({ acknowledged }) => acknowledged),
    sum(({ lost }) => lost),
    milliseconds(quantile(outages, 0.5)),
    milliseconds(Math.max(...outages)),
    sum(({ ghosts }) => ghosts),
    sum(({ wrongManager }) => wrongManager),
    rounds.every(({ areMirrorsEqual }) => areMirrorsEqual) ? 'yes' : 'NO',
    sum(({ repeated }) => repeated),
    sum(({ leasesLost }) => leasesLost),
  ];
}
