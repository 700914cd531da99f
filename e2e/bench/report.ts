import { type Goal, quantile, type Row } from './measurement.ts';

/** A row with its samples summed up, as `--json` prints it. What a row doesn't have is `null`. */
interface JudgedRow {
  readonly name: string;
  /** The median. */
  readonly value: number;
  readonly unit: Row['unit'];
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly floor: string | null;
  readonly floorValue: number | null;
  /** Plainly `value` ÷ `peerValue`, whether more is better or less. */
  readonly ratioToPeer: number | null;
  readonly ratioToFloor: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
  readonly low: number;
  readonly high: number;
  readonly p99: number;
  readonly rounds: number;
}

export function judge({ name, unit, samples, peer, floor, goal }: Row): JudgedRow {
  const value = quantile(samples, 0.5);
  const peerValue = peer ? quantile(peer.samples, 0.5) : null;
  const floorValue = floor ? quantile(floor.samples, 0.5) : null;
  const ratioToPeer = peerValue === null ? null : value / peerValue;
  const ratioToFloor = floorValue === null ? null : value / floorValue;
  return {
    name,
    value,
    unit,
    peer: peer?.name ?? null,
    peerValue,
    floor: floor?.name ?? null,
    floorValue,
    ratioToPeer,
    ratioToFloor,
    goal: goal ? describeGoal(goal, unit) : null,
    met: goal ? isMet(goal, { value, ratioToPeer, ratioToFloor }[goal.of]) : null,
    low: Math.min(...samples),
    high: Math.max(...samples),
    p99: quantile(samples, 0.99),
    rounds: samples.length,
  };
}

/** A goal beside something that wasn't measured isn't met. */
function isMet({ atMost = Infinity, atLeast = -Infinity }: Goal, figure: number | null): boolean {
  return figure !== null && figure <= atMost && figure >= atLeast;
}

function describeGoal({ of, atMost, atLeast }: Goal, unit: Row['unit']): string {
  const measure = of === 'value' ? ` ${unit}` : of === 'ratioToPeer' ? ' × peer' : ' × floor';
  const bounds = [
    ...(atMost === undefined ? [] : [`≤ ${format(atMost)}`]),
    ...(atLeast === undefined ? [] : [`≥ ${format(atLeast)}`]),
  ];
  return `${bounds.join(' and ')}${measure}`;
}

/** One line of JSON for each row. */
export function formatLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(judge(row))}\n`).join('');
}

const head = [
  'what',
  'ours',
  '',
  'lowest … highest',
  'p99',
  'n',
  'floor',
  '',
  '÷ floor',
  'peer',
  '',
  '÷ peer',
  'goal',
  '',
];

/** For people: the median, the spread, and what that is of the floor's and the peer's. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [head, ...rows.map(judge).map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) => {
      const line = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
      return `${line.trimEnd()}\n`;
    })
    .join('');
}

function cellsOf(row: JudgedRow): readonly string[] {
  return [
    row.name,
    format(row.value),
    row.unit,
    `${format(row.low)} … ${format(row.high)}`,
    // Of fewer samples it would be the greatest.
    row.rounds >= 100 ? format(row.p99) : '',
    String(row.rounds),
    format(row.floorValue),
    row.floor ?? '',
    row.ratioToFloor === null ? '' : `× ${format(row.ratioToFloor)}`,
    format(row.peerValue),
    row.peer ?? '',
    row.ratioToPeer === null ? '' : `× ${format(row.ratioToPeer)}`,
    row.goal ?? '',
    row.met === null ? '' : row.met ? 'met' : 'not met',
  ];
}

/** Three significant digits. */
function format(value: number | null): string {
  if (value === null) return '';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
