import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, startChild } from './childProcess.ts';
import type { Check } from './checks.ts';

/** What one check found. */
export interface CheckResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Each with its reason. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** Everything that it printed. */
  readonly output: string;
}

export interface CheckRun {
  readonly root: string;
  /** Is told each result as it comes, and a sign of life from a long check. */
  readonly onResult: (result: CheckResult) => void;
  readonly onWait: (line: string) => void;
  /** Ends what runs, starts nothing more. */
  readonly signal: AbortSignal;
}

const signOfLifeMs = 15_000;
/** Playwright lets its tests put away what they started. */
const graceMs = 15_000;

/** Runs the checks in their order, at most `width` at once. */
export async function runChecks(
  checks: readonly Check[],
  width: number,
  run: CheckRun,
): Promise<CheckResult[]> {
  const waiting = [...checks];
  const results: CheckResult[] = [];
  const work = async () => {
    for (let check = waiting.shift(); check && !run.signal.aborted; check = waiting.shift()) {
      const result = await runCheck(check, run);
      if (run.signal.aborted) return;
      results.push(result);
      run.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

async function runCheck(check: Check, { root, onWait, signal }: CheckRun): Promise<CheckResult> {
  const startedAt = performance.now();
  const passedSeconds = () => (performance.now() - startedAt) / 1000;
  const { tests } = check;
  if (tests) rmSync(join(root, tests.reportFile), { force: true });
  let output = '';
  const collect = (text: string) => void (output += text);
  const child = startChild(process.execPath, check.command, {
    cwd: root,
    environment: { FORCE_COLOR: undefined, NO_COLOR: '1' },
    onOutput: collect,
    onErrorOutput: collect,
    endSignal: 'SIGINT',
    graceMs,
  });
  const signsOfLife = setInterval(() => {
    onWait(`${check.name}: ${Math.round(passedSeconds())} s, ${readLastLine(output)}`);
  }, signOfLifeMs);
  const code = await awaitWithin(child, check.limitMs, signal, (limit) => collect(limit));
  clearInterval(signsOfLife);
  return { name: check.name, ...count(check, root, code, collect), seconds: passedSeconds(), output };
}

async function awaitWithin(
  child: Child,
  limitMs: number,
  signal: AbortSignal,
  onLimit: (line: string) => void,
): Promise<number> {
  const end = () => void child.end();
  signal.addEventListener('abort', end, { once: true });
  const limit = setTimeout(() => {
    onLimit(`\nEnded: not done within ${limitMs / 1000} s.\n`);
    end();
  }, limitMs);
  const code = await child.exited;
  clearTimeout(limit);
  signal.removeEventListener('abort', end);
  return code;
}

function count(
  { tests }: Check,
  root: string,
  code: number,
  complain: (line: string) => void,
): Pick<CheckResult, 'passed' | 'failed' | 'skipped'> {
  if (!tests) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
  try {
    const counts = tests.count(JSON.parse(readFileSync(join(root, tests.reportFile), 'utf8')));
    // An error outside of any test shows in the exit code only; and a run without a test shows nothing.
    const isSound = (code === 0 && counts.passed > 0) || counts.failed > 0;
    return isSound ? counts : { ...counts, failed: 1 };
  } catch (error) {
    complain(`\nNo report: ${error instanceof Error ? error.message : String(error)}\n`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

function readLastLine(output: string): string {
  const line = output.split('\n').findLast((candidate) => candidate.trim() !== '') ?? '';
  return line.trim().slice(0, 90);
}
