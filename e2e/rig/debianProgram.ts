import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCandidate, runAptGet } from '../../build/aptGet.ts';

const run = promisify(execFile);
const downloadTimeoutMs = 60_000;

/** A program of Debian's that a test can't run without. */
export type Missing = { readonly kind: 'missing'; readonly why: string };

/** What the title of a test that can't run without it ends with. */
export const skipReasonOf = (program: { readonly kind: 'found' } | Missing): string =>
  program.kind === 'found' ? '' : ` (skipped: ${program.why})`;

/** Where the files of a package are, once it is unpacked. */
export function findUnpacked(packageName: string): string {
  const path = process.env['XDG_CACHE_HOME'];
  const cache = path !== undefined && isAbsolute(path) ? path : join(homedir(), '.cache');
  return join(cache, 'proxima', packageName);
}

/**
 * Unpacks a package of Debian's into a cache folder, with those that it needs and this machine lacks where `withNeeded`. Nothing is
 * installed: no service is started, no user made. Takes a few seconds; resolves to why not where it can't be had.
 */
export async function unpackPackage(
  packageName: string,
  options: {
    readonly withNeeded: boolean;
    readonly notDebian: string;
    readonly report: (line: string) => void;
  },
): Promise<Missing | undefined> {
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
    return { kind: 'missing', why: options.notDebian };
  try {
    await unpack(packageName, options);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    return { kind: 'missing', why: `Debian’s ${packageName} could not be had: ${reason}` };
  }
}

/** @throws where apt knows no such package, or can't get it. */
async function unpack(
  packageName: string,
  { withNeeded, report }: { readonly withNeeded: boolean; readonly report: (line: string) => void },
): Promise<void> {
  const target = findUnpacked(packageName);
  const folder = await mkdtemp(join(tmpdir(), `proxima-${packageName}-package-`));
  try {
    if (!hasCandidate(packageName) && process.getuid?.() === 0)
      await runAptGet(['update'], 'Reading the package lists', join(folder, 'apt.log'), report);
    if (!hasCandidate(packageName)) throw new Error('apt knows no such package; run apt-get update');
    report(`Getting Debian’s ${packageName} …`);
    // As root apt would first try as a user of its own, which can't write here, and then say so.
    const options = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=0'];
    const names = withNeeded ? await listMissing(packageName) : [packageName];
    await run('apt-get', [...options, 'download', ...names], { cwd: folder, timeout: downloadTimeoutMs });
    const files = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    if (files.length === 0) throw new Error('apt-get download left no package');
    await mkdir(dirname(target), { recursive: true });
    const staged = await mkdtemp(`${target}-`);
    for (const file of files) await run('dpkg-deb', ['-x', join(folder, file), staged]);
    await rename(staged, target).catch(async (error: unknown) => {
      await rm(staged, { recursive: true, force: true });
      // Another process of ours was quicker.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The package, with those that it needs and this machine lacks. */
async function listMissing(packageName: string): Promise<string[]> {
  const { stdout } = await run('apt-get', ['install', '--simulate', '--no-install-recommends', packageName], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const needed = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  return [...new Set([packageName, ...needed])];
}
