export interface Compared {
  readonly name: string;
  readonly samples: readonly number[];
}

/** What a row has to reach: its own median, or the ratio of that to the median of its peer or floor. */
export interface Goal {
  readonly of: 'value' | 'ratioToPeer' | 'ratioToFloor';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One figure: ours, beside the best peer that does the same and the floor that nobody can beat, of the same alternating run. */
export interface Row {
  /** Begins with its bench: `relay, images over TLS: CPU time`. */
  readonly name: string;
  readonly unit: 'ms' | 'µs' | 'MB' | 'MB/s' | 'CPU s/GB' | 'per second' | 'frames/s' | '%' | 'sessions';
  /** Ours, one per round; the median counts. */
  readonly samples: readonly number[];
  readonly peer?: Compared | undefined;
  readonly floor?: Compared | undefined;
  readonly goal?: Goal | undefined;
}

export interface BenchContext {
  /** Is given one line per step. */
  report(line: string): void;
  /** To see that everything runs: as few and as short rounds as there can be. Its figures mean nothing. */
  readonly isQuick: boolean;
}

/** Runs one bench. */
export type Bench = (context: BenchContext) => Promise<readonly Row[]>;

/** The value below which the share of the samples lies; by the nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const index = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, index))] ?? Number.NaN;
}

/** One sample of each subject, then the next of each: what disturbs the machine meanwhile disturbs all alike. */
export async function alternate<Subject extends string>(
  rounds: number,
  subjects: Readonly<Record<Subject, () => Promise<number> | number>>,
): Promise<Readonly<Record<Subject, readonly number[]>>> {
  const samples = Object.fromEntries(Object.keys(subjects).map((name) => [name, [] as number[]])) as Record<
    Subject,
    number[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(subjects) as Subject[]) samples[name].push(await subjects[name]());
  }
  return samples;
}
