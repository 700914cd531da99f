import { Arch } from 'electron-builder';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packDesktop } from './packDesktop.ts';
import { makeStubRuntime, type System } from './stubRuntime.ts';

// Packs the app for one system with a stub of Electron: node build/run.mjs build/packaging/packStub.ts SYSTEM FOLDER [TARGET …]
// A process of its own, since electron-builder writes to standard output and reads its settings from the environment.

const root = fileURLToPath(new URL('../..', import.meta.url));
const [system, folder = '', ...targets] = process.argv.slice(2);
const distribution = join(folder, 'electron');
const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8')) as {
  version: string;
};
makeStubRuntime(distribution, system as System, version);
try {
  const output = join(folder, 'packed');
  await packDesktop({ root, system: system as System, distribution, targets, output, arch: Arch.x64 });
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // electron-builder's exit hook makes 0 of an exit code that is only set.
  process.exit(1);
}
