import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEtcd } from '../e2e/rig/etcdProgram.ts';
import { findSlapd } from '../e2e/rig/slapdProgram.ts';
import { endToEndTests, fuzzCheck, packCheck, selectChecks, textChecks, unitTests } from './checks.ts';
import { ensurePackages } from './debian.ts';
import { findElectron } from './electronBinary.ts';
import { type CheckResult, type CheckRun, runChecks } from './runChecks.ts';
import { composeSummary } from './testResults.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const filters = process.argv.slice(2).filter((word) => word !== '--');
const texts = selectChecks(textChecks, filters);
const fuzzing = selectChecks([fuzzCheck], filters);
const packs = selectChecks([packCheck], filters);
const units = selectChecks([unitTests], filters);
const endToEnds = selectChecks([endToEndTests], filters);

if (texts.length + fuzzing.length + packs.length + units.length + endToEnds.length === 0) {
  const names = [...textChecks, fuzzCheck, packCheck, unitTests, endToEndTests].map(({ name }) => name);
  process.stderr.write(`No check is called so. There are: ${names.join(', ')}\n`);
  process.exit(2);
}

const packages =
  endToEnds.length + units.length > 0
    ? await ensurePackages(['session manager', 'targets', 'balancers', 'browser', 'keyring'], print)
    : ({ kind: 'ready' } as const);

// Else each test file that needs them would get them itself.
if (endToEnds.length + units.length > 0) {
  await findEtcd(print);
  await findSlapd(print);
}

// Without it the rpm isn't made, and the check says so.
if (packs.length > 0) await ensurePackages(['packaging'], print);

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => abort.abort());
mkdirSync(join(root, 'out'), { recursive: true });
const run: CheckRun = {
  root,
  onResult: printResult,
  onWait: (line) => print(`  … ${line}`),
  signal: abort.signal,
};

const results = await runChecks([...texts, ...fuzzing, ...packs], 2, run);
printPackages(results);
results.push(...(await runChecks(units, 1, run)));
results.push(...(await runEndToEnd()));
if (abort.signal.aborted) {
  print('Interrupted.');
  process.exit(130);
}

process.exitCode = summarise(results);

/** The table of what is in each package is printed whether or not anything is wrong with it. */
function printPackages(ran: readonly CheckResult[]): void {
  const packed = ran.filter(({ name }) => name === packCheck.name);
  for (const line of packed.flatMap(({ output }) => output.split('\n')))
    if (line.startsWith('| ')) print(`  ${line}`);
}

async function runEndToEnd(): Promise<CheckResult[]> {
  if (endToEnds.length === 0) return [];
  if (packages.kind === 'missing') {
    const output = `Debian packages are missing: ${packages.what.join(' ')}\n${packages.todo}`;
    const result = { name: endToEndTests.name, passed: 0, failed: 1, skipped: [], seconds: 0, output };
    printResult(result);
    return [result];
  }
  const electron = findElectron();
  const skipped = electron.kind === 'missing' ? [`in Electron: ${electron.why}`] : [];
  const ran = await runChecks(endToEnds, 1, run);
  return ran.map((result) => ({ ...result, skipped: [...result.skipped, ...skipped] }));
}

/** Prints what failed in full, each skip with its reason, and the counts. @returns the exit code. */
function summarise(all: readonly CheckResult[]): number {
  for (const { name, output } of all.filter(({ failed }) => failed > 0)) {
    print(`\n──── ${name} ────\n${output.trim()}`);
  }
  const skips = all.flatMap(({ name, skipped }) => skipped.map((reason) => `${name}: ${reason}`));
  if (skips.length > 0) print(`\n${skips.length} skipped:\n${skips.map((line) => `  ${line}`).join('\n')}`);
  const passed = all.reduce((sum, result) => sum + result.passed, 0);
  const failed = all.reduce((sum, result) => sum + result.failed, 0);
  print('');
  print(composeSummary(passed, failed));
  return failed > 0 ? 1 : 0;
}

function printResult({ name, passed, failed, seconds }: CheckResult): void {
  const tests = passed + failed === 1 ? '' : ` (${composeSummary(passed, failed)})`;
  print(`${failed === 0 ? '✓' : '✗'} ${name}${tests}, ${seconds.toFixed(1)} s`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
