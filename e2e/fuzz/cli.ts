import { fork } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { corpusFolder, type FuzzOrder, type FuzzReport, listInputs, nameInput } from './fuzzer.ts';
import { targets } from './targets.ts';

const usage = `Throws bytes that nobody expects at everything that takes bytes from elsewhere, guided by which code they reach.

  npm run fuzz [-- WORD …] [--seconds N] [--seed N] [--json]
  npm run fuzz -- TARGET --input FILE

  WORD      only the targets whose names contain one of the words: ${targets.map(({ name }) => name).join(', ')}
  --seconds how long for all together (default 60); 0 only runs what is kept in e2e/fuzz/corpus
  --seed    of what is invented (default: another one each day)
  --input   runs this one file, as a finding names it
  --json    one object per line and target, instead of the table

What reached new code is left in out/fuzz; an input that breaks something goes to e2e/fuzz/corpus at once, where every later run tries
it again. The exit code is 1 where something broke.
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
/** An input takes milliseconds; one that takes this long hangs. */
const standstillMs = 20_000;
const heapMegabytes = 768;

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
  readonly corpus: number;
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
  const rows: Row[] = [];
  try {
    for (const { name, about } of chosen) {
      process.stderr.write(`${name}: ${about}\n`);
      const row = await fuzz({
        target: name,
        seconds: seconds / chosen.length,
        seed,
        currentFile: join(folder, name),
        keptFolder: join(root, 'out/fuzz', name),
        ...inputsOf(name),
      });
      rows.push(row);
      if (values.json) process.stdout.write(`${JSON.stringify(row)}\n`);
      if (row.broken !== undefined) process.stderr.write(`  BROKEN by ${row.file}\n  ${row.broken}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!values.json) process.stdout.write(formatTable(rows));
  const broken = rows.filter((row) => row.broken !== undefined).length;
  process.stderr.write(`${rows.length - broken} targets held, ${broken} broke\n`);
  return broken === 0;
}

function inputsOf(target: string): Pick<FuzzOrder, 'inputs'> {
  if (values.input !== undefined) return { inputs: [resolve(values.input)] };
  return seconds === 0 ? { inputs: listInputs(corpusFolder(target)) } : {};
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
    if (report.kind === 'running') inputs += 1;
    else if (report.kind === 'done') done = report;
    else broken = report.why;
  });
  child.send(order);
  const code = await new Promise<number | null>((settle) => child.once('exit', settle));
  clearTimeout(timer!);
  if (!done) broken ??= `the process ended with ${code ?? 'a signal'}: ${errors.trim()}`;
  return {
    name: order.target,
    inputs,
    perSecond: done ? Math.round(done.inputs / done.seconds) : 0,
    corpus: done?.corpus ?? 0,
    blocks: done?.blocks ?? 0,
    ...(broken !== undefined && { broken, file: keepFinding(order) }),
  };
}

/** A finding is a test from now on. */
function keepFinding({ target, currentFile }: FuzzOrder): string {
  const folder = corpusFolder(target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, nameInput(readFileSync(currentFile)));
  copyFileSync(currentFile, file);
  return relative(root, file);
}

function formatTable(rows: readonly Row[]): string {
  const head = ['target', 'inputs', 'a second', 'corpus', 'blocks', 'verdict'];
  const lines = rows.map(({ name, inputs, perSecond, corpus, blocks, broken, file }) => [
    name,
    String(inputs),
    String(perSecond),
    String(corpus),
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
