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
  readonly seconds: number;
  readonly seed: number;
  /** Where the input that runs is found after a crash. */
  readonly currentFile: string;
  /** Where inputs go that reached something new. */
  readonly keptFolder: string;
  /** Only these, in their order; nothing is invented. */
  readonly inputs?: readonly string[];
}

export type FuzzReport =
  /** Once for each input, so that nobody takes work for a standstill. */
  | { readonly kind: 'running' }
  | { readonly kind: 'broken'; readonly why: string }
  | {
      readonly kind: 'done';
      readonly inputs: number;
      readonly corpus: number;
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

/** Coverage is dear: it's asked for this many inputs at once, and which of them it was only where there is something new. */
const batchInputs = 24;

const report = (message: FuzzReport): void => void process.send?.(message);

async function fuzz(order: FuzzOrder): Promise<void> {
  const target = findTarget(order.target);
  const open = await target.open();
  const startedAt = performance.now();
  const passed = () => (performance.now() - startedAt) / 1000;
  let inputs = 0;
  const run = async (input: Uint8Array) => {
    writeFileSync(order.currentFile, input);
    report({ kind: 'running' });
    await open.run(input);
    inputs += 1;
  };
  const told = [...target.seeds, ...listInputs(corpusFolder(target.name)).map((file) => readFileSync(file))];
  try {
    if (order.inputs) {
      for (const file of order.inputs) await run(readFileSync(file));
      return report({ kind: 'done', inputs, corpus: told.length, blocks: 0, seconds: passed() });
    }
    const coverage = watchCoverage(target.watched);
    const corpus: Uint8Array[] = [...told];
    const material: MutationMaterial = {
      corpus,
      dictionary: target.dictionary.map((word) => Buffer.from(word)),
      limitBytes: target.limitBytes,
    };
    const random = createRandom(order.seed);
    for (const input of told) await run(input);
    const seen = new Set(coverage.take());
    mkdirSync(order.keptFolder, { recursive: true });
    while (passed() < order.seconds) {
      const batch = Array.from({ length: batchInputs }, () => mutate(material, random));
      for (const input of batch) await run(input);
      const fresh = new Set([...coverage.take()].filter((block) => !seen.has(block)));
      for (const block of fresh) seen.add(block);
      for (const input of batch) {
        if (fresh.size === 0) break;
        await run(input);
        const reached = [...coverage.take()].filter((block) => fresh.delete(block));
        if (reached.length === 0) continue;
        corpus.push(input);
        writeFileSync(join(order.keptFolder, nameInput(input)), input);
      }
    }
    report({ kind: 'done', inputs, corpus: corpus.length, blocks: seen.size, seconds: passed() });
    coverage.stop();
  } finally {
    await open.close();
  }
}

process.once('message', (order: FuzzOrder) => {
  fuzz(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      report({
        kind: 'broken',
        why: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      process.disconnect();
    },
  );
});
