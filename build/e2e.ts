import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.ts';
import { endToEndTests } from './checks.ts';
import { startChild } from './childProcess.ts';
import { ensurePackages } from './debian.ts';

// `npm run e2e -- WORD …` runs the end-to-end tests whose file names contain a word;
// `--screenshots` makes the pictures for docs/ instead.

const root = fileURLToPath(new URL('..', import.meta.url));
const makesPictures = process.argv.includes('--screenshots');
const words = process.argv.slice(2).filter((word) => word !== '--screenshots' && word !== '--');
const report = (line: string) => process.stdout.write(`${line}\n`);

const packages = await ensurePackages(['session manager', 'targets', 'balancers', 'browser'], report);
if (packages.kind === 'missing') {
  process.stderr.write(`Debian packages are missing: ${packages.what.join(' ')}\n${packages.todo}\n`);
  process.exit(1);
}
await ensureBuilt(report);

const filters = makesPictures ? ['screenshots.spec.ts', ...words] : words;
const child = startChild(process.execPath, [...endToEndTests.command, ...filters], {
  cwd: root,
  environment: makesPictures ? { PROXIMA_SCREENSHOTS: 'docs/screenshots' } : {},
  onOutput: (text) => process.stdout.write(text),
  endSignal: 'SIGINT',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.end());
process.exitCode = await child.exited;
