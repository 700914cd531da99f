import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Unit and property tests: everything beside its file, in plain Node. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['{shared,electron,build,e2e}/**/*.test.ts', 'renderer/**/*.test.ts'],
    environment: 'node',
    testTimeout: 15_000,
    // By default one less than there are cores: with two that is one, and half of the time many tests only wait.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
