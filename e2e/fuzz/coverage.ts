import { type Profiler, Session } from 'node:inspector';

/** Which blocks of the watched scripts run, as V8 counts them. */
export interface Coverage {
  /** How many different blocks ran until the last look. */
  readonly blocks: number;
  /** @returns whether anything ran since the last look that never had. Takes some two milliseconds. */
  look(): boolean;
  stop(): void;
}

/**
 * Watches from now on. V8 tells a block of a function only where it ran more or less often than what is around it. So two things
 * count as new: such a block, and characters of the source that were never run.
 */
export function watchCoverage(watched: RegExp): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const blocks = new Set<string>();
  /** A byte for each character of a function: whether it ran. */
  const ran = new Map<string, Uint8Array>();

  function take(url: string, { ranges }: Profiler.FunctionCoverage): boolean {
    const [whole] = ranges;
    if (!whole || whole.count === 0) return false;
    const before = blocks.size;
    const now = new Uint8Array(whole.endOffset - whole.startOffset);
    // A block comes behind what it lies in.
    for (const { startOffset, endOffset, count } of ranges) {
      if (count > 0) blocks.add(`${url}:${startOffset}-${endOffset}`);
      now.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    }
    const name = `${url}:${whole.startOffset}-${whole.endOffset}`;
    const known = ran.get(name);
    if (!known) ran.set(name, now);
    else if (now.some((isRun, at) => isRun > (known[at] ?? 0))) {
      for (const [at, isRun] of now.entries()) if (isRun) known[at] = 1;
      return true;
    }
    return blocks.size > before;
  }

  return {
    get blocks() {
      return blocks.size;
    },
    look() {
      let isNew = false;
      session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
        for (const { url, functions } of result)
          if (watched.test(url)) for (const one of functions) isNew = take(url, one) || isNew;
      });
      return isNew;
    },
    stop: () => session.disconnect(),
  };
}
