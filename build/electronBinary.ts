import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from './childProcess.ts';

/** Electron's npm package comes without its binary, which is a download of its own. */
export type ElectronBinary =
  { readonly kind: 'found'; readonly path: string } | { readonly kind: 'missing'; readonly why: string };

const root = fileURLToPath(new URL('..', import.meta.url));
const packageFolder = join(root, 'node_modules/electron');
/** Goes away with node_modules, so that a new installation tries again. */
const failureFile = join(root, 'node_modules/.cache/proxima/electron-download-failed');
const retryAfterMs = 24 * 3_600_000;
const downloadLimitMs = 300_000;
const heartbeatMs = 5_000;

/** Looks for the binary without starting a download, which `require('electron')` would. */
export function findElectron(folder = packageFolder, environment = process.env): ElectronBinary {
  const pathFile = join(folder, 'path.txt');
  const relativePath = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : undefined;
  const override = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const path =
    override === undefined || override === ''
      ? relativePath && join(folder, 'dist', relativePath)
      : join(override, relativePath ?? defaultExecutable());
  if (path !== undefined && existsSync(path)) return { kind: 'found', path };
  return { kind: 'missing', why: 'Electron’s binary isn’t on this machine (npx install-electron gets it)' };
}

function defaultExecutable(): string {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

/**
 * Finds the binary, or gets it (about 120 MB). A download that failed isn't tried again for a day.
 *
 * @param onStart is given what ends the download before its time.
 */
export async function ensureElectron(
  report: (line: string) => void,
  onStart: (end: () => Promise<void>) => void,
): Promise<ElectronBinary> {
  const found = findElectron();
  if (found.kind === 'found') return found;
  const failure = readRecentFailure();
  if (failure !== undefined) return { kind: 'missing', why: failure };
  const startedAt = Date.now();
  const passed = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  report('Getting Electron (npx install-electron, about 120 MB) …');
  const heartbeat = setInterval(() => report(`Getting Electron: ${passed()}`), heartbeatMs);
  let output = '';
  const collect = (text: string) => void (output += text);
  const child = startChild(process.execPath, [join(packageFolder, 'install.js')], {
    cwd: root,
    onOutput: collect,
    onErrorOutput: collect,
  });
  onStart(() => child.end());
  const limit = setTimeout(() => void child.end(), downloadLimitMs);
  await child.exited;
  clearInterval(heartbeat);
  clearTimeout(limit);
  const result = findElectron();
  if (result.kind === 'found') {
    report(`Got Electron in ${passed()}.`);
    return result;
  }
  const reason = /^\w*Error: (.*)$/m.exec(output)?.[1] ?? 'no answer in time';
  const why = `Electron’s binary can’t be had here (npx install-electron: ${reason})`;
  mkdirSync(dirname(failureFile), { recursive: true });
  writeFileSync(failureFile, why);
  return { kind: 'missing', why };
}

function readRecentFailure(): string | undefined {
  const stats = statSync(failureFile, { throwIfNoEntry: false });
  if (!stats) return undefined;
  if (Date.now() - stats.mtimeMs < retryAfterMs) return readFileSync(failureFile, 'utf8');
  rmSync(failureFile);
  return undefined;
}
