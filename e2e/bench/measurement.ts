/** What was measured of one subject: ours, a peer, or a floor that nobody can beat. */
export interface Measurement {
  readonly bench: string;
  /** The work, the same for every subject beside each other. */
  readonly work: string;
  readonly subject: string;
  readonly unit: 'ms' | 'MB' | 'MB/s' | 'CPU s/GB' | 'per second' | 'sessions';
  readonly samples: readonly number[];
}

/** Runs one bench. `report` is given one line per step. */
export type Bench = (report: (line: string) => void) => Promise<readonly Measurement[]>;

/** The value below which the share of the samples lies; by the nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const index = Math.ceil(share * sorted.length) - 1;
  return sorted[Math.min(sorted.length - 1, Math.max(0, index))] ?? Number.NaN;
}

export interface Summary {
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly low: number;
  readonly high: number;
}

export function summarise(samples: readonly number[]): Summary {
  return {
    median: quantile(samples, 0.5),
    p95: quantile(samples, 0.95),
    p99: quantile(samples, 0.99),
    low: Math.min(...samples),
    high: Math.max(...samples),
  };
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
