import { fork } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { corpusFolder, type FuzzOrder, type FuzzReport, nameInput } from './fuzzer.ts';
import { targets } from './targets.ts';

const usage = `Throws bytes that nobody expects at everything that takes bytes from elsewhere, guided by which code they reach.

  npm run fuzz [-- WORD …] [--seconds N] [--seed N] [--json]
  npm run fuzz -- TARGET --input FILE

  WORD      only the targets whose names contain one of the words: ${targets.map(({ name }) => name).join(', ')}
  --seconds how long to invent inputs, all together (default 60); 0 only runs what is kept in e2e/fuzz/corpus
  --seed    of what is invented (default: another one each day). With an empty out/fuzz the same seed invents the same inputs, as
            long as they reach the same code: what depends on the time may differ
  --input   runs this one file, as a finding names it
  --json    one object per line and target, instead of the table

What reaches new code is left in out/fuzz, and the next run begins with it. An input that breaks something goes to e2e/fuzz/corpus at
once, where every later run tries it again. The exit code is 1 where something broke.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
/** An input takes milliseconds; one that takes this long hangs. */
const standstillMs = 20_000;
const heapMegabytes = 768;
const mostAtOnce = 4;

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    input: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const chosen = targets.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
const seconds = Number(values.seconds);
const seed = Number(values.seed);

interface Row {
  readonly name: string;
  readonly inputs: number;
  readonly perSecond: number;
  readonly kept: number;
  readonly blocks: number;
  readonly broken?: string;
  /** The input that broke it, relative to the root. */
  readonly file?: string;
}

if (values.help) process.stdout.write(usage);
else if (chosen.length === 0 || !Number.isFinite(seconds) || seconds < 0 || !Number.isInteger(seed)) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'proxima-fuzz-'));
  const rows = new Map<string, Row>();
  const waiting = [...chosen];
  const width = Math.min(chosen.length, availableParallelism(), mostAtOnce);
  const work = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const { name, about } = target;
      process.stderr.write(`${name}: ${about}\n`);
      const row = await fuzz({
        target: name,
        seconds: (seconds * width) / chosen.length,
        seed,
        currentFile: join(folder, name),
        reachedFolder: join(root, 'out/fuzz', name),
        ...(values.input !== undefined && { input: resolve(values.input) }),
      });
      rows.set(name, row);
      if (values.json) process.stdout.write(`${JSON.stringify(row)}\n`);
      if (row.broken !== undefined) process.stderr.write(`  BROKEN by ${row.file}\n  ${row.broken}\n`);
    }
  };
  try {
    await Promise.all(Array.from({ length: width }, work));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const inOrder = chosen.flatMap(({ name }) => rows.get(name) ?? []);
  if (!values.json) process.stdout.write(formatTable(inOrder));
  const broken = inOrder.filter((row) => row.broken !== undefined).length;
  process.stderr.write(`${inOrder.length - broken} targets held, ${broken} broke\n`);
  writeReport(inOrder);
  return broken === 0;
}

/** For `npm test`. */
function writeReport(rows: readonly Row[]): void {
  const outcomes = rows.map(({ name, broken }) => ({ name, ok: broken === undefined, detail: broken ?? '' }));
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, 'out/fuzz.json'), JSON.stringify(outcomes));
}

/** Runs one target in a process of its own, and takes its end for what it is. */
async function fuzz(order: FuzzOrder): Promise<Row> {
  const child = fork(fileURLToPath(new URL('fuzzer.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', `--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  let done: Extract<FuzzReport, { kind: 'done' }> | undefined;
  let broken: string | undefined;
  let errors = '';
  let inputs = 0;
  child.stderr?.on('data', (text: Buffer) => (errors = (errors + text.toString()).slice(-4_000)));
  let timer: NodeJS.Timeout;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      broken = `stood still for ${standstillMs / 1000} s`;
      child.kill('SIGKILL');
    }, standstillMs);
  };
  watch();
  child.on('message', (report: FuzzReport) => {
    watch();
    inputs = report.inputs;
    if (report.kind === 'done') done = report;
    else if (report.kind === 'broken') broken = report.why;
  });
  child.send(order);
  const code = await new Promise<number | null>((settle) => child.once('exit', settle));
  clearTimeout(timer!);
  if (!done) broken ??= `the process ended with ${code ?? 'a signal'}: ${errors.trim()}`;
  return {
    name: order.target,
    inputs,
    perSecond: done ? Math.round(done.inputs / done.seconds) : 0,
    kept: done?.kept ?? 0,
    blocks: done?.blocks ?? 0,
    ...(broken !== undefined && { broken, file: keepFinding(order) }),
  };
}

/** A finding is a test from now on. */
function keepFinding({ target, currentFile, input }: FuzzOrder): string {
  if (input !== undefined) return relative(root, input);
  const folder = corpusFolder(target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, nameInput(readFileSync(currentFile)));
  copyFileSync(currentFile, file);
  return relative(root, file);
}

function formatTable(rows: readonly Row[]): string {
  const head = ['target', 'inputs', 'a second', 'kept', 'blocks', 'verdict'];
  const lines = rows.map(({ name, inputs, perSecond, kept, blocks, broken, file }) => [
    name,
    String(inputs),
    String(perSecond),
    String(kept),
    String(blocks),
    broken === undefined ? 'held' : `BROKEN by ${file}`,
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)),
  );
  return [head, ...lines]
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
