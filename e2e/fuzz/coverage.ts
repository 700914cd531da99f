import { type Profiler, Session } from 'node:inspector';

/** Which blocks of the watched scripts run, as V8 counts them. */
export interface Coverage {
  /** Those that ran since the last call. */
  take(): ReadonlySet<string>;
  stop(): void;
}

/** Counts from now on. Blocks are ranges of V8's own block coverage. */
export function watchCoverage(watched: RegExp): Coverage {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return {
    take() {
      const blocks = new Set<string>();
      session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
        for (const { url, functions } of result) if (watched.test(url)) addBlocks(blocks, url, functions);
      });
      return blocks;
    },
    stop: () => session.disconnect(),
  };
}

function addBlocks(blocks: Set<string>, url: string, functions: readonly Profiler.FunctionCoverage[]): void {
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges)
      if (count > 0) blocks.add(`${url}:${startOffset}-${endOffset}`);
}
