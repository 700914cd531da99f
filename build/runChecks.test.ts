import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Check } from './checks.ts';
import { type CheckRun, runChecks } from './runChecks.ts';

let root: string;
let told: string[];
let abort: AbortController;
let run: CheckRun;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'proxima-checks-'));
  told = [];
  abort = new AbortController();
  run = {
    root,
    onResult: ({ name }) => told.push(name),
    onWait: () => {},
    signal: abort.signal,
  };
});
afterEach(() => rmSync(root, { recursive: true }));

function check(name: string, script: string, change: Partial<Check> = {}): Check {
  return { name, command: ['-e', script], limitMs: 10_000, ...change };
}

const reportFile = 'report.json';
const tests = {
  reportFile,
  count: (report: unknown) => ({ passed: Number(report), failed: 0, skipped: [] }),
};

it('tells results as they come, and keeps what a check printed', async () => {
  const waitForIt = `const timer = setInterval(() => {
    if (!fs.existsSync('told')) return;
    clearInterval(timer);
    console.error('wrong');
    process.exitCode = 1;
  }, 10)`;
  const slow = check('slow', waitForIt);
  const onResult: CheckRun['onResult'] = ({ name }) => {
    told.push(name);
    writeFileSync(join(root, 'told'), '');
  };
  const results = await runChecks([slow, check('quick', 'console.log("fine")')], 2, { ...run, onResult });
  expect(told).toEqual(['quick', 'slow']);
  expect(results.map(({ passed, failed, output }) => [passed, failed, output])).toEqual([
    [1, 0, 'fine\n'],
    [0, 1, 'wrong\n'],
  ]);
});

it('ends a check that takes too long, and counts it as failed', async () => {
  const endless = check('endless', 'setInterval(() => {}, 1000)', { limitMs: 200 });
  const [result] = await runChecks([endless], 1, run);
  expect(result).toMatchObject({ passed: 0, failed: 1 });
  expect(result?.output).toContain('not done within 0.2 s');
});

it('counts the tests of a report', async () => {
  const [result] = await runChecks(
    [check('tests', `fs.writeFileSync('${reportFile}', '7')`, { tests })],
    1,
    run,
  );
  expect(result).toMatchObject({ passed: 7, failed: 0 });
});

it('is not content with an old report, an empty one, or a failure outside of the tests', async () => {
  writeFileSync(join(root, reportFile), '7');
  const write = (content: string) => `fs.writeFileSync('${reportFile}', '${content}');`;
  const results = await runChecks(
    [
      check('none written', '', { tests }),
      check('damaged', write('{'), { tests }),
      check('empty', write('0'), { tests }),
      check('exit code', `${write('7')} process.exitCode = 1`, { tests }),
    ],
    1,
    run,
  );
  expect(results.map(({ name, failed }) => [name, failed])).toEqual([
    ['none written', 1],
    ['damaged', 1],
    ['empty', 1],
    ['exit code', 1],
  ]);
});

it('ends what runs and starts nothing more when interrupted', async () => {
  const endless = check('endless', 'setInterval(() => {}, 1000)');
  setTimeout(() => abort.abort(), 200);
  expect(await runChecks([endless, check('next', '')], 1, run)).toEqual([]);
  expect(told).toEqual([]);
});
