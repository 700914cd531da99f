import { type Measurement, summarise } from './measurement.ts';

/** One line of JSON for each measurement. */
export function formatLines(measurements: readonly Measurement[]): string {
  return measurements
    .map(
      ({ samples, ...rest }) =>
        `${JSON.stringify({ ...rest, ...summarise(samples), samples: samples.length })}\n`,
    )
    .join('');
}

/** For people: the median, the spread, and how many times the first subject of the same work is in it. */
export function formatTable(measurements: readonly Measurement[]): string {
  const head = [
    'bench',
    'work',
    'subject',
    '',
    'median',
    'p95',
    'p99',
    'lowest … highest',
    'n',
    'ours ÷ this',
  ];
  const rows = measurements.map((measurement) => {
    const { bench, work, subject, unit, samples } = measurement;
    const { median, p95, p99, low, high } = summarise(samples);
    const ours = measurements.find((other) => isSameWork(other, measurement));
    const ratio = ours && ours !== measurement ? summarise(ours.samples).median / median : undefined;
    return [
      bench,
      work,
      subject,
      unit,
      format(median),
      unit === 'ms' ? format(p95) : '',
      // Of fewer samples it would be the greatest.
      unit === 'ms' && samples.length >= 100 ? format(p99) : '',
      `${format(low)} … ${format(high)}`,
      String(samples.length),
      ratio === undefined ? '' : `× ${ratio.toFixed(2)}`,
    ];
  });
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

const isSameWork = (one: Measurement, other: Measurement) =>
  one.bench === other.bench && one.work === other.work && one.unit === other.unit;

/** Three significant digits. */
function format(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  if (value >= 10) return value.toFixed(1);
  return value !== 0 && value < 0.01 ? value.toPrecision(1) : value.toFixed(2);
}
