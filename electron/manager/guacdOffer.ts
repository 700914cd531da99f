import { execFile } from 'node:child_process';
import type { GuacdOffer } from '../../shared/model/guacdOffer.ts';

/** What a machine is asked while a way is looked for. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** Whether somebody sits in front of it, who can be asked for a password. */
  readonly hasDisplay: boolean;
  /** Runs a program to its end; without a code where it isn't there or takes too long. */
  run(
    program: string,
    args: readonly string[],
    limitMs: number,
  ): Promise<{ readonly code?: number; readonly output: string }>;
}

/** An offer, and how it is carried out. */
export interface GuacdWay extends GuacdOffer {
  /** A program and its arguments; no shell. */
  readonly run: readonly [string, ...string[]];
}

/** Where a guacd listens by default, and so does the one in the container. */
export const guacdDefaultPort = 4_822;

const questionLimitMs = 5_000;
const debianPackages = ['guacd', 'libguac-client-rdp0'] as const;
const homebrewFormula = 'guacamole-server';
const containerArguments = [
  'run',
  ...['--detach', '--name', 'proxima-guacd', '--restart', 'unless-stopped'],
  // On loopback: guacd lets in everybody who reaches it.
  ...['--publish', `127.0.0.1:${guacdDefaultPort}:${guacdDefaultPort}`],
  'guacamole/guacd:1.6.0',
];

/** The best way to guacd on this machine. A container is the way where nothing else is, to be run by whoever installs an engine for it. */
export async function findGuacdWay(machine: Machine): Promise<GuacdWay> {
  const { platform } = machine;
  const found =
    (platform === 'linux' ? await findDebianWay(machine) : undefined) ??
    (platform === 'darwin' ? await findHomebrewWay(machine) : undefined);
  return found ?? findContainerWay(machine);
}

/** Debian has guacd up to release 11, Ubuntu in its universe. */
async function findDebianWay({ run, isRoot, hasDisplay }: Machine): Promise<GuacdWay | undefined> {
  const policy = await run('apt-cache', ['policy', ...debianPackages], questionLimitMs);
  const candidates = policy.output.match(/^\s+Candidate: (?!\(none\))\S+$/gm) ?? [];
  if (policy.code !== 0 || candidates.length < debianPackages.length) return undefined;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...debianPackages] as const;
  const asRoot = hasDisplay && (await run('pkexec', ['--version'], questionLimitMs)).code === 0;
  return {
    means: 'debian-package',
    command: `sudo apt-get install --no-install-recommends ${debianPackages.join(' ')}`,
    canRun: isRoot || asRoot,
    run: isRoot ? [...install] : ['pkexec', ...install],
  };
}

async function findHomebrewWay({ run }: Machine): Promise<GuacdWay | undefined> {
  const { code } = await run('brew', ['info', homebrewFormula], questionLimitMs);
  if (code !== 0) return undefined;
  const install = ['brew', 'install', homebrewFormula] as const;
  return { means: 'homebrew', command: install.join(' '), canRun: true, run: [...install] };
}

async function findContainerWay({ run }: Machine): Promise<GuacdWay> {
  for (const program of ['docker', 'podman']) {
    const { code } = await run(program, ['info'], questionLimitMs);
    if (code === 0) return describeContainerWay(program, true);
  }
  return describeContainerWay('docker', false);
}

const describeContainerWay = (program: string, canRun: boolean): GuacdWay => ({
  means: 'container',
  command: [program, ...containerArguments].join(' '),
  canRun,
  run: [program, ...containerArguments],
});

const outputLimitBytes = 1024 * 1024;

/** This machine. */
export const thisMachine: Machine = {
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  hasDisplay: Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']),
  run: (program, args, limitMs) =>
    new Promise((resolve) => {
      const options = { timeout: limitMs, maxBuffer: outputLimitBytes, env: { ...process.env, LC_ALL: 'C' } };
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`;
        if (!error) resolve({ code: 0, output });
        else resolve(typeof error.code === 'number' ? { code: error.code, output } : { output });
      });
    }),
};
