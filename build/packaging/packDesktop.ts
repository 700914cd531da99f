import { type Arch, build, type CliOptions, type Configuration, Platform } from 'electron-builder';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { billFolder, composeConfiguration, packageFolder } from '../electronBuilder.config.ts';
import { writeBill } from './bill.ts';
import { engineModules } from './engineModules.ts';
import type { System } from './stubRuntime.ts';
import { mergeUpdateFiles } from './updateFiles.ts';
import { prepareTools } from './tools.ts';
import { composeNsisInclude } from './windowsAssociations.ts';

const platforms: Readonly<Record<System, Platform>> = {
  linux: Platform.LINUX,
  darwin: Platform.MAC,
  win32: Platform.WINDOWS,
};

export interface PackOptions {
  readonly root: string;
  readonly system: System;
  /** An unpacked Electron for that system; without one electron-builder downloads what each target needs. */
  readonly distribution?: string;
  /** `dir`, `zip`, `deb` …; empty for all that the configuration has for that system. */
  readonly targets: readonly string[];
  readonly arch?: Arch;
  /** Relative to the root, or absolute. */
  readonly output?: string;
}

/** The bill of materials and what else a package is made of beside the app itself; dist/ is up to date before. */
export function prepareParts(root: string): void {
  const folder = join(root, billFolder);
  mkdirSync(folder, { recursive: true });
  writeBill(folder, {
    root,
    builtFolders: ['dist/electron', 'dist/renderer'],
    without: ['headless.js'],
    unbundled: ['keytar', 'electron-updater', ...engineModules],
    runtime: ['electron'],
  });
  writeFileSync(join(folder, 'installer.nsh'), composeNsisInclude());
}

/**
 * Packs the desktop app, once its parts are prepared. electron-builder writes to standard output what it does.
 *
 * @returns the files that it made.
 * @throws what electron-builder says.
 */
export async function packDesktop(options: PackOptions): Promise<readonly string[]> {
  forgetEmptySettings();
  Object.assign(process.env, prepareTools(options.root, join(options.root, billFolder)));
  const targets = options.targets.length > 0 ? options.targets : listTargets(options.system);
  // Archives can't be updated in place, and must not be told where updates are; deb and rpm write into the app how it was installed.
  const archives = targets.filter((target) => isArchive(options.system, target));
  const marked = targets.filter((target) => target === 'deb' || target === 'rpm');
  const others = targets.filter(
    (target) => !archives.includes(target) && target !== 'deb' && target !== 'rpm',
  );
  const { output = packageFolder } = options;
  const feedFile = join(isAbsolute(output) ? output : join(options.root, output), 'latest-linux.yml');
  rmSync(feedFile, { force: true });
  const files: string[] = [];
  if (archives.length > 0) files.push(...(await packTargets(options, archives, { publish: null })));
  if (others.length > 0) files.push(...(await packTargets(options, others)));
  if (marked.length > 0) {
    const former = existsSync(feedFile) ? readFileSync(feedFile, 'utf8') : undefined;
    files.push(...(await packTargets(options, marked)));
    if (former !== undefined && existsSync(feedFile))
      writeFileSync(feedFile, mergeUpdateFiles(former, readFileSync(feedFile, 'utf8')));
  }
  return files;
}

/** A workflow hands over secrets that don't exist as empty texts, which electron-builder would take for a certificate's path. */
function forgetEmptySettings(): void {
  for (const [name, value] of Object.entries(process.env))
    if (value === '' && /^(CSC_|WIN_CSC_|APPLE_|PROXIMA_)/.test(name)) delete process.env[name];
}

/** What a person unpacks wherever they like; on macOS it's what updates are delivered in. */
function isArchive(system: System, target: string): boolean {
  return system !== 'darwin' && (target === 'tar.gz' || target === 'zip');
}

function listTargets(system: System): string[] {
  const { linux, mac, win } = composeConfiguration(system);
  const targets = { linux, darwin: mac, win32: win }[system]?.target;
  return (Array.isArray(targets) ? targets : []).map((target) =>
    typeof target === 'string' ? target : target.target,
  );
}

async function packTargets(
  options: PackOptions,
  targets: readonly string[],
  change: Pick<Configuration, 'publish'> = {},
): Promise<readonly string[]> {
  const { root, system, distribution, arch, output = packageFolder } = options;
  const configuration = composeConfiguration(system);
  const cliOptions: CliOptions = {
    projectDir: root,
    targets: platforms[system].createTarget([...targets], ...(arch === undefined ? [] : [arch])),
    publish: 'never',
    config: {
      ...configuration,
      ...change,
      directories: { ...configuration.directories, output },
      ...(distribution !== undefined && { electronDist: distribution }),
    },
  };
  return build(cliOptions);
}
