import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watchCoverage } from './coverage.ts';
import { type MutationMaterial, mutate } from './mutate.ts';
import { createRandom } from './random.ts';
import { findTarget } from './targets.ts';

// One target in a process of its own, so that a crash, endless work and endless memory end this process and nothing else. The input
// that runs is in a file, for whoever looks afterwards.

/** What the process is told as its first message. */
export interface FuzzOrder {
  readonly target: string;
  /** How long to invent inputs; 0 runs only what is known. */
  readonly seconds: number;
  readonly seed: number;
  /** Where the input that runs is found after a crash. */
  readonly currentFile: string;
  /** Where inputs go that reached something new, and where those of earlier runs are. */
  readonly reachedFolder: string;
  /** Only this one. */
  readonly input?: string;
}

export type FuzzReport =
  /** Some times a second, so that nobody takes work for a standstill. */
  | { readonly kind: 'running'; readonly inputs: number }
  | { readonly kind: 'broken'; readonly why: string; readonly inputs: number }
  | {
      readonly kind: 'done';
      readonly inputs: number;
      /** Inputs that each reach something that the others don't. */
      readonly kept: number;
      readonly blocks: number;
      readonly seconds: number;
    };

export const corpusFolder = (target: string): string =>
  fileURLToPath(new URL(`corpus/${target}`, import.meta.url));

export function listInputs(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .toSorted()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

export const nameInput = (input: Uint8Array): string =>
  createHash('sha256').update(input).digest('hex').slice(0, 16);

const reportMs = 250;
/** Of the processor's time: nothing else of the process gets its turn meanwhile, whatever the machine has to do besides. */
const longestWorkMs = 4_000;
const mostMemoryBytes = 1_400_000_000;
/** What earlier runs have left is more than anybody waits for. */
const mostReached = 400;

const report = (message: FuzzReport): void => void process.send?.(message);

/** Those that held. */
let inputs = 0;

async function fuzz(order: FuzzOrder): Promise<void> {
  const target = findTarget(order.target);
  const open = await target.open();
  const coverage = watchCoverage(target.watched);
  const startedAt = performance.now();
  const passed = () => (performance.now() - startedAt) / 1000;
  let reportedAt = 0;

  /** @returns whether it reached something new. */
  const run = async (input: Uint8Array): Promise<boolean> => {
    writeFileSync(order.currentFile, input);
    if (performance.now() - reportedAt > reportMs) {
      reportedAt = performance.now();
      report({ kind: 'running', inputs });
    }
    const before = process.cpuUsage();
    await open.run(input);
    inputs += 1;
    const { user, system } = process.cpuUsage(before);
    const workMs = (user + system) / 1000;
    if (workMs > longestWorkMs) throw new Error(`it took ${Math.round(workMs)} ms of the processor`);
    const bytes = process.memoryUsage.rss();
    if (bytes > mostMemoryBytes) throw new Error(`the process has ${Math.round(bytes / 1e6)} MB by now`);
    return coverage.look();
  };
  const finish = (kept: number) =>
    report({ kind: 'done', inputs, kept, blocks: coverage.blocks, seconds: passed() });

  try {
    if (order.input !== undefined) {
      await run(readFileSync(order.input));
      return finish(1);
    }
    const known = [
      ...target.seeds,
      ...listInputs(corpusFolder(target.name)).map((file) => readFileSync(file)),
    ];
    for (const input of known) await run(input);
    if (order.seconds === 0) return finish(known.length);

    const corpus = [...known];
    const inventedAt = performance.now();
    const inventing = () => performance.now() - inventedAt < order.seconds * 1000;
    for (const file of listInputs(order.reachedFolder).slice(0, mostReached)) {
      if (!inventing()) break;
      const input = readFileSync(file);
      if (await run(input)) corpus.push(input);
    }
    const material: MutationMaterial = {
      corpus,
      dictionary: target.dictionary.map((word) => Buffer.from(word)),
      mutations: target.mutations ?? [],
      limitBytes: target.limitBytes,
    };
    const random = createRandom(order.seed);
    mkdirSync(order.reachedFolder, { recursive: true });
    while (inventing()) {
      const input = mutate(material, random);
      if (!(await run(input))) continue;
      corpus.push(input);
      writeFileSync(join(order.reachedFolder, nameInput(input)), input);
    }
    finish(corpus.length);
  } finally {
    coverage.stop();
    await open.close();
  }
}

// Whoever asked is not there any more, or has been told.
process.once('disconnect', () => process.exit());
process.once('message', (order: FuzzOrder) => {
  fuzz(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      report({
        kind: 'broken',
        why: error instanceof Error ? (error.stack ?? error.message) : String(error),
        inputs,
      });
      process.disconnect();
    },
  );
});
