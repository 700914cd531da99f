import { countOutcomes, countPlaywright, countVitest, type TestCounts } from './testResults.ts';

/** One line of `npm test`. */
export interface Check {
  /** What filters are compared with. */
  readonly name: string;
  /** Node runs it: a script and its arguments, relative to the root. */
  readonly command: readonly string[];
  readonly limitMs: number;
  /** For a run of many tests: where it leaves its JSON report, and how that is read. Else it counts as one. */
  readonly tests?: { readonly reportFile: string; readonly count: (report: unknown) => TestCounts };
}

const quickLimitMs = 120_000;
const unitLimitMs = 420_000;
const packLimitMs = 180_000;
const endToEndLimitMs = 900_000;

const typeZones = [
  'shared',
  'electron',
  'electron/tsconfig.preload.json',
  'renderer',
  'tsconfig.tests.json',
  'build',
  'e2e',
];

/** Checks of the text: none of them opens a port or writes but to dist/, so any two run side by side. */
export const textChecks: readonly Check[] = [
  quick('format', 'prettier/bin/prettier.cjs', '--check', '.'),
  ...typeZones.map((zone) =>
    quick(`types of ${nameZone(zone)}`, 'typescript/bin/tsc', '--noEmit', '-p', zone),
  ),
  quick('lint', 'oxlint/bin/oxlint', '-c', 'build/oxlint.config.mjs', '--deny-warnings'),
  quick('dead code', 'knip/bin/knip.js', '-c', 'build/knip.json', '--no-progress'),
  { name: 'build', command: ['build/run.mjs', 'build/build.ts'], limitMs: quickLimitMs },
];

export const unitTests: Check = {
  name: 'unit',
  command: [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...['--config', 'build/vitest.config.ts'],
    ...['--reporter=default', '--reporter=json', '--outputFile.json=out/unit.json'],
  ],
  limitMs: unitLimitMs,
  tests: { reportFile: 'out/unit.json', count: countVitest },
};

/** Packs for the three systems, and looks at what is in the packages. Prints a table of that. */
export const packCheck: Check = {
  name: 'packages',
  command: ['build/run.mjs', 'build/package.ts', '--check'],
  limitMs: packLimitMs,
  tests: { reportFile: 'out/packages.json', count: countOutcomes },
};

/** Tries again what broke something once, and then invents inputs for some seconds. Prints a table of what was tried. */
export const fuzzCheck: Check = {
  name: 'fuzz',
  command: ['build/run.mjs', 'e2e/fuzz/cli.ts', '--seconds', '5'],
  limitMs: quickLimitMs,
  tests: { reportFile: 'out/fuzz.json', count: countOutcomes },
};

export const endToEndTests: Check = {
  name: 'end-to-end',
  command: ['node_modules/playwright/cli.js', 'test', '-c', 'e2e/playwright.config.ts'],
  limitMs: endToEndLimitMs,
  tests: { reportFile: 'out/e2e.json', count: countPlaywright },
};

/** The checks whose names contain any of the words; all where there's none. */
export function selectChecks(checks: readonly Check[], words: readonly string[]): readonly Check[] {
  if (words.length === 0) return checks;
  return checks.filter(({ name }) => words.some((word) => name.includes(word.toLowerCase())));
}

function quick(name: string, script: string, ...args: string[]): Check {
  return { name, command: [`node_modules/${script}`, ...args], limitMs: quickLimitMs };
}

function nameZone(zone: string): string {
  return /tsconfig\.(\w+)\.json$/.exec(zone)?.[1] ?? zone;
}
