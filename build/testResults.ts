import { z } from 'zod';

/** How many tests went how, and the name of each that was skipped, with its reason where it tells one. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** Reads the report of vitest's `json` reporter. A file that couldn't even be loaded counts as one failed test. */
export function countVitest(report: unknown): TestCounts {
  const { testResults } = vitestReport.parse(report);
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed').length + broken.length;
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  return { passed, failed, skipped: skipped.map(({ fullName }) => fullName) };
}

const playwrightTest = z.object({
  projectName: z.string(),
  status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
  annotations: z.array(z.object({ type: z.string(), description: z.string().optional() })),
});
const playwrightSpec = z.object({ title: z.string(), tests: z.array(playwrightTest) });
const playwrightSuite = z.object({
  specs: z.array(playwrightSpec),
  get suites() {
    return z.array(playwrightSuite).optional();
  },
});
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.unknown()),
});

/** Reads the report of Playwright's `json` reporter. An error outside of any test counts as one failed test. */
export function countPlaywright(report: unknown): TestCounts {
  const { suites, errors } = playwrightReport.parse(report);
  const tests = listSpecs(suites).flatMap((spec) =>
    spec.tests.map((test) => ({ ...test, title: spec.title })),
  );
  const passed = tests.filter(({ status }) => status === 'expected' || status === 'flaky').length;
  const failed = tests.filter(({ status }) => status === 'unexpected').length + errors.length;
  const skipped = tests
    .filter(({ status }) => status === 'skipped')
    .map(({ title, annotations }) => {
      const reason = annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
      return reason === undefined ? title : `${title}: ${reason}`;
    });
  return { passed, failed, skipped };
}

function listSpecs(suites: readonly z.infer<typeof playwrightSuite>[]): z.infer<typeof playwrightSpec>[] {
  return suites.flatMap(({ specs, suites: inner }) => [...specs, ...listSpecs(inner ?? [])]);
}

const packOutcomes = z.array(
  z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), skipped: z.literal(true).optional() }),
);

/** Reads what the pack check leaves; what can't be examined on this machine is skipped, with its reason. */
export function countOutcomes(report: unknown): TestCounts {
  const outcomes = packOutcomes.parse(report);
  return {
    passed: outcomes.filter(({ ok, skipped }) => ok && !skipped).length,
    failed: outcomes.filter(({ ok }) => !ok).length,
    skipped: outcomes.filter(({ skipped }) => skipped).map(({ name, detail }) => `${name}: ${detail}`),
  };
}

/** The last line of `npm test`; what was skipped is listed above it. */
export const composeSummary = (passed: number, failed: number): string =>
  `${passed} passed, ${failed} failed`;
