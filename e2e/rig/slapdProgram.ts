import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { hasCandidate, runAptGet } from '../../build/aptGet.ts';

const run = promisify(execFile);
const downloadTimeoutMs = 60_000;
const packageName = 'slapd';
const libraryFolder = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

export type SlapdProgram =
  | {
      readonly kind: 'found';
      readonly path: string;
      /** Of what came with it and isn't on the machine. */
      readonly libraryPath: string;
      readonly moduleFolder: string;
      readonly schemaFolder: string;
    }
  | { readonly kind: 'missing'; readonly why: string };

let finding: Promise<SlapdProgram> | undefined;

/**
 * OpenLDAP's server out of Debian's packages, which are unpacked into a cache folder and not installed: no service is started, no
 * user made, and the AppArmor profile of `/usr/sbin/slapd`, which allows its own folders only, isn't that of this one. The first
 * time takes a few seconds, later ones nothing.
 */
export function findSlapd(report: (line: string) => void = () => {}): Promise<SlapdProgram> {
  finding ??= find(report);
  return finding;
}

/** What the title of a test that can't run without it ends with. */
export const slapdSkipReason = (program: SlapdProgram): string =>
  program.kind === 'found' ? '' : ` (skipped: ${program.why})`;

async function find(report: (line: string) => void): Promise<SlapdProgram> {
  const unpacked = join(findCacheFolder(), packageName);
  const found: SlapdProgram = {
    kind: 'found',
    path: join(unpacked, 'usr/sbin/slapd'),
    libraryPath: join(unpacked, libraryFolder),
    moduleFolder: join(unpacked, 'usr/lib/ldap'),
    schemaFolder: join(unpacked, 'etc/ldap/schema'),
  };
  if (existsSync(found.path)) return found;
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
    return { kind: 'missing', why: 'this isn’t Debian, whose package has slapd' };
  try {
    await unpack(unpacked, report);
    return found;
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
  const folder = await mkdtemp(join(tmpdir(), 'proxima-slapd-package-'));
  try {
    if (!hasCandidate(packageName) && process.getuid?.() === 0)
      await runAptGet(['update'], 'Reading the package lists', join(folder, 'apt.log'), report);
    if (!hasCandidate(packageName)) throw new Error('apt knows no such package; run apt-get update');
    report(`Getting Debian’s ${packageName} …`);
    // As root apt would first try as a user of its own, which can't write here, and then say so.
    const options = ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=0'];
    const names = await listMissing();
    await run('apt-get', [...options, 'download', ...names], { cwd: folder, timeout: downloadTimeoutMs });
    const files = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
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
async function listMissing(): Promise<string[]> {
  const { stdout } = await run('apt-get', ['install', '--simulate', '--no-install-recommends', packageName], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const needed = [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  return [...new Set([packageName, ...needed])];
}
