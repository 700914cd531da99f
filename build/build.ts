import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashInputs } from './hashInputs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One folder of dist/: what it is made of, relative to the root, and the vite configurations that fill it. */
interface Target {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly configs: readonly string[];
}

const targets: readonly Target[] = [
  {
    name: 'electron',
    inputs: ['electron', 'shared', 'package-lock.json'],
    configs: ['build/vite.electron.config.ts', 'build/vite.preload.config.ts'],
  },
  {
    name: 'renderer',
    inputs: ['renderer', 'shared', 'package-lock.json'],
    configs: ['build/vite.renderer.config.ts'],
  },
];

/**
 * Brings dist/ up to date: builds the targets whose inputs changed since they were built. A folder is replaced
 * whole, once its build has succeeded; an interrupted build leaves the former one as it was.
 *
 * @throws what vite says about code that can't be built.
 */
export async function ensureBuilt(report: (line: string) => void): Promise<void> {
  for (const target of targets) {
    const stampFile = join(root, 'dist', `${target.name}.inputs`);
    const hash = hashInputs(root, [...target.inputs, ...target.configs]);
    if (readStamp(stampFile) === hash) continue;
    const startedAt = performance.now();
    report(`Building dist/${target.name} …`);
    await buildTarget(target, stampFile);
    writeFileSync(stampFile, hash);
    report(`Built dist/${target.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
  }
}

async function buildTarget(target: Target, stampFile: string): Promise<void> {
  // Loading vite takes longer than everything else that a start with nothing to build does.
  const { build } = await import('vite');
  const folder = join(root, 'dist', target.name);
  const newFolder = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    for (const config of target.configs) {
      await build({ configFile: join(root, config), logLevel: 'warn', build: { outDir: newFolder } });
    }
    rmSync(stampFile, { force: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(newFolder, folder);
  } finally {
    rmSync(newFolder, { recursive: true, force: true });
  }
}

function readStamp(stampFile: string): string | undefined {
  try {
    return readFileSync(stampFile, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBuilt((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
