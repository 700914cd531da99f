import { quantile } from './bench/measurement.ts';

/** What a soak has seen. */
export interface Soak {
  readonly sessions: number;
  readonly minutes: number;
  /** From each key to the end of the first frame that shows a change, in ms, of all sessions but the flooding one. */
  readonly keyMs: readonly number[];
  /** Keys that nothing had answered when the next one was due. */
  readonly unanswered: number;
  readonly floodedBytes: number;
  /** The resident memory of the gateway, in MB, at regular times. */
  readonly memory: readonly number[];
}

/** What the collector and its generations move by, without anything having been kept. */
const flatLimitMegabytes = 12;
const buckets = [5, 10, 15, 20, 30, 50, 100, 200, 500, 1_000];
const barWidth = 50;

/** Of ten equal stretches of the time the second's median, when all is warm, and the last one's. Ten minutes: the second minute. */
export function judgeSoak({ sessions, minutes, keyMs, unanswered, floodedBytes, memory }: Soak) {
  const stretch = Math.max(1, Math.floor(memory.length / 10));
  const early = quantile(memory.slice(stretch, 2 * stretch), 0.5);
  const late = quantile(memory.slice(-stretch), 0.5);
  return {
    sessions,
    minutes,
    keys: keyMs.length,
    unanswered,
    p50: quantile(keyMs, 0.5),
    p95: quantile(keyMs, 0.95),
    p99: quantile(keyMs, 0.99),
    max: Math.max(...keyMs),
    floodMegabytesPerSecond: floodedBytes / 1_000_000 / (minutes * 60),
    memoryAtStart: memory[0] ?? Number.NaN,
    memoryEarly: early,
    memoryAtEnd: late,
    memoryHighest: Math.max(...memory),
    memorySlopePerMinute: (late - early) / (minutes * 0.8),
    isFlat: late - early <= flatLimitMegabytes,
  };
}

/** For people. */
export function formatSoak(soak: Soak): string {
  const judged = judgeSoak(soak);
  const one = (value: number) => value.toFixed(1);
  return [
    `${judged.sessions} sessions for ${judged.minutes} min, one of them flooding with ${one(judged.floodMegabytesPerSecond)} MB/s`,
    '',
    `Key to frame of the others, ${judged.keys} keys, ${judged.unanswered} without an answer within their second:`,
    `  p50 ${one(judged.p50)} ms · p95 ${one(judged.p95)} ms · p99 ${one(judged.p99)} ms · longest ${one(judged.max)} ms`,
    ...histogramOf(soak.keyMs),
    '',
    `Memory of the gateway: ${one(judged.memoryAtStart)} MB at the start, ${one(judged.memoryEarly)} MB in the second tenth, ` +
      `${one(judged.memoryAtEnd)} MB in the last, ${one(judged.memoryHighest)} MB at most; ` +
      `${judged.memorySlopePerMinute.toFixed(2)} MB a minute: ${judged.isFlat ? 'flat' : 'not flat'}`,
    '',
  ].join('\n');
}

function histogramOf(samples: readonly number[]): readonly string[] {
  const counts = [...buckets, Infinity].map((upTo, index, all) => ({
    label: upTo === Infinity ? `  > ${buckets.at(-1)} ms` : `  ≤ ${upTo} ms`,
    count: samples.filter((sample) => sample <= upTo && sample > (all[index - 1] ?? -1)).length,
  }));
  const most = Math.max(1, ...counts.map(({ count }) => count));
  return counts
    .filter(({ count }) => count > 0)
    .map(
      ({ label, count }) =>
        `${label.padEnd(12)} ${String(count).padStart(6)} ${'█'.repeat(Math.ceil((barWidth * count) / most))}`,
    );
}
