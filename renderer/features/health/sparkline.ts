import { medianOf } from '../../../shared/model/median.ts';
import { countOf, describeMilliseconds, describeRate } from '../../app/figures.ts';

export interface SparklineShape {
  /** Paths of SVG, one for each run of answers; a single answer is a line of no length, which a round cap makes a dot. */
  readonly lines: readonly string[];
  /** Where a probe had no answer. */
  readonly gaps: readonly number[];
}

/** Room for the stroke, so that no peak is cut off. */
const margin = 2;
/** Below this a jitter of milliseconds, or a claim now and then, isn't drawn as a mountain. */
const smallestScale = 1;

/** Values, oldest first, spread over a box: the newest at its right edge, nothing at its bottom. `slots` is how many fit. */
export function shapeSparkline(
  values: readonly (number | null)[],
  box: { readonly width: number; readonly height: number; readonly slots: number },
): SparklineShape {
  const top = Math.max(smallestScale, ...values.filter((value) => value !== null));
  const step = (box.width - 2 * margin) / Math.max(1, box.slots - 1);
  const x = (index: number) => round(box.width - margin - (values.length - 1 - index) * step);
  const y = (value: number) => round(box.height - margin - (value / top) * (box.height - 2 * margin));
  const lines: string[] = [];
  const gaps: number[] = [];
  let line: string[] = [];
  const endLine = () => {
    const [first] = line;
    if (first !== undefined) lines.push(`M${(line.length === 1 ? [first, first] : line).join('L')}`);
    line = [];
  };
  values.forEach((value, index) => {
    if (value === null) {
      endLine();
      gaps.push(x(index));
    } else {
      line.push(`${x(index)} ${y(value)}`);
    }
  });
  endLine();
  return { lines, gaps };
}

const round = (value: number) => Math.round(value * 10) / 10;

/** What a line of round trips shows, for those who don't see it. */
export function tellRoundTrips(values: readonly (number | null)[]): string {
  const answers = values.filter((value) => value !== null);
  const median = medianOf(answers);
  if (median === undefined) return values.length === 0 ? 'No round trips yet' : 'No answer in the last looks';
  const range = [Math.min(...answers), Math.max(...answers)].map(describeMilliseconds).join(' to ');
  const missed = values.length - answers.length;
  const without = missed === 0 ? '' : `, ${countOf(missed, 'look')} without an answer`;
  return `Last ${countOf(values.length, 'round trip')}: ${range}, median ${describeMilliseconds(median)}${without}`;
}

/** What a line of claims per second shows. */
export const tellClaims = (values: readonly number[]): string =>
  `Claims per second in the last ${countOf(values.length, 'look')}: at most ${describeRate(Math.max(0, ...values))}`;
