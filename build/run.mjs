#!/usr/bin/env node
// Runs one of the project's TypeScript programs: `node build/run.mjs FILE [ARGUMENT …]`. It installs the npm packages
// first where they are missing or not those of the lock file, so it's plain JavaScript without a dependency. The
// program runs in this very process: signals and the exit code are its own, and nothing stays behind.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const heartbeatMs = 5_000;
const parentCheckMs = 250;

endWithNpm();
await ensureNpmPackages();
const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('Usage: node build/run.mjs FILE.ts [ARGUMENT …]\n');
  process.exit(2);
}
const program = resolve(root, file);
process.argv = [process.argv[0], program, ...args];
const { register } = await import('tsx/esm/api');
register();
await import(pathToFileURL(program).href);

/** npm passes SIGTERM on to the shell between us only, which ends without a word: what we notice is that it's gone. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, parentCheckMs);
  check.unref();
}

async function ensureNpmPackages() {
  const missing = findMissingPackages();
  if (missing.length === 0) return;
  const startedAt = Date.now();
  const passed = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  process.stderr.write(`Installing ${missing.length} npm packages (about half a minute) …\n`);
  const heartbeat = setInterval(() => {
    process.stderr.write(`Installing npm packages: ${passed()}\n`);
  }, heartbeatMs);
  const { code, output } = await runNpm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  clearInterval(heartbeat);
  if (code !== 0) {
    process.stderr.write(`${output}\nnpm ci failed after ${passed()}: see above.\n`);
    process.exit(1);
  }
  process.stderr.write(`Installed npm packages in ${passed()}.\n`);
}

/** What the lock file wants and npm's own record of node_modules doesn't have; optional ones depend on the platform. */
function findMissingPackages() {
  const wanted = readPackages('package-lock.json');
  const present = readPackages('node_modules/.package-lock.json');
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional)
    .filter(([path, entry]) => present[path]?.version !== entry.version)
    .map(([path]) => path);
}

function readPackages(path) {
  const lockFile = resolve(root, path);
  return existsSync(lockFile) ? JSON.parse(readFileSync(lockFile, 'utf8')).packages : {};
}

function runNpm(npmArgs) {
  const npm = process.env.npm_execpath;
  const child = npm?.endsWith('.js')
    ? spawn(process.execPath, [npm, ...npmArgs], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn('npm', npmArgs, {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        shell: process.platform === 'win32',
      });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const end = (signal) => {
    child.kill(signal);
    child.once('exit', () => process.kill(process.pid, signal));
    for (const name of signals) process.off(name, end);
  };
  for (const name of signals) process.on(name, end);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  return new Promise((done) => {
    child.on('error', (error) => done({ code: 1, output: error.message }));
    child.on('close', (code) => {
      for (const name of signals) process.off(name, end);
      done({ code: code ?? 1, output });
    });
  });
}
