import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCandidate, runAptGet } from '../../build/aptGet.ts';

const run = promisify(execFile);
const downloadTimeoutMs = 60_000;
const packageName = 'etcd-server';

export type EtcdProgram =
  { readonly kind: 'found'; readonly path: string } | { readonly kind: 'missing'; readonly why: string };

let finding: Promise<EtcdProgram> | undefined;

/**
 * Debian's etcd: of this machine where it is installed, else out of its package, which is unpacked into a cache folder and not
 * installed, so that no service is started. The first time takes a few seconds, later ones nothing.
 */
export function findEtcd(report: (line: string) => void = () => {}): Promise<EtcdProgram> {
  finding ??= find(report);
  return finding;
}

/** What the title of a test that can't run without it ends with. */
export const etcdSkipReason = (program: EtcdProgram): string =>
  program.kind === 'found' ? '' : ` (skipped: ${program.why})`;

async function find(report: (line: string) => void): Promise<EtcdProgram> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const unpacked = join(findCacheFolder(), packageName);
  const path = [...folders.map((folder) => join(folder, 'etcd')), join(unpacked, 'usr/bin/etcd')].find(
    (candidate) => existsSync(candidate),
  );
  if (path !== undefined) return { kind: 'found', path };
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
    return { kind: 'missing', why: 'etcd isn’t installed, and this isn’t Debian, whose package has it' };
  try {
    await unpack(unpacked, report);
    return { kind: 'found', path: join(unpacked, 'usr/bin/etcd') };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split('\n').at(-1) ?? '') : String(error);
    return { kind: 'missing', why: `Debian’s ${packageName} could not be had: ${reason}` };
  }
}

function findCacheFolder(): string {
  const path = process.env['XDG_CACHE_HOME'];
  return join(path !== undefined && isAbsolute(path) ? path : join(homedir(), '.cache'), 'proxima');
}

/** @throws where apt knows no such package, or can't get it. */
async function unpack(target: string, report: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-etcd-package-'));
  try {
    if (!hasCandidate(packageName) && process.getuid?.() === 0)
      await runAptGet(['update'], 'Reading the package lists', join(folder, 'apt.log'), report);
    if (!hasCandidate(packageName)) throw new Error('apt knows no such package; run apt-get update');
    report(`Getting Debian’s ${packageName} …`);
    // As root apt would first try as a user of its own, which can't write here, and then say so.
    const options = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=0'];
    await run('apt-get', [...options, 'download', packageName], { cwd: folder, timeout: downloadTimeoutMs });
    const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
    if (file === undefined) throw new Error('apt-get download left no package');
    await mkdir(dirname(target), { recursive: true });
    const staged = await mkdtemp(`${target}-`);
    await run('dpkg-deb', ['-x', join(folder, file), staged]);
    await rename(staged, target).catch(async (error: unknown) => {
      await rm(staged, { recursive: true, force: true });
      // Another process of ours was quicker.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
