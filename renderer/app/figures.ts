const units = ['kB', 'MB', 'GB', 'TB'] as const;

const short = (value: number) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));

/** `980 B`, `1.2 kB`, `34 MB`: thousands, as networks count. */
export function describeBytes(bytes: number): string {
  let value = bytes;
  let unit: string = 'B';
  for (const next of units) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return unit === 'B' ? `${value} B` : `${short(value)} ${unit}`;
}

/** `0.4 ms`, `18 ms`, `1.2 s`. */
export const describeMilliseconds = (milliseconds: number): string =>
  milliseconds < 999.5 ? `${short(milliseconds)} ms` : `${short(milliseconds / 1000)} s`;

/** `1 manager`, `3 managers`. */
export const countOf = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** `0`, `0.4`, `18`, `1200`: how many a second. */
export const describeRate = (perSecond: number): string => (perSecond === 0 ? '0' : short(perSecond));
