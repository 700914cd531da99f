import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild } from '../childProcess.ts';
import { examineHandedOut, examineLinux, feedOfCheck } from './archiveCheck.ts';
import {
  examineMac,
  examinePacked,
  examineWindows,
  formatMegabytes,
  type Packed,
  unpackedFolders,
} from './desktopCheck.ts';
import { examineGateway } from './gatewayCheck.ts';
import { createExamination, type Examination, NotHere, type Outcome } from './outcome.ts';
import { prepareParts } from './packDesktop.ts';
import type { System } from './stubRuntime.ts';
import { prepareTools } from './tools.ts';

export interface PackCheckOptions {
  readonly root: string;
  /** One JSON object per check, and nothing else, on standard output. */
  readonly asJson: boolean;
  readonly print: (line: string) => void;
}

/** Where `npm test` reads the outcomes. */
const outcomeFile = 'out/packages.json';
const workFolder = 'out/pack-check';
const targets: Readonly<Record<System, readonly string[]>> = {
  linux: ['deb', 'tar.gz'],
  darwin: ['zip'],
  win32: ['zip'],
};

/**
 * The pack check: packs for all three systems with a stub in Electron's place, makes real archives and packages, and looks at
 * what is in them. What can only be seen in a running Electron is for e2e/electron.spec.ts.
 *
 * @returns the exit code.
 */
export async function checkPackages({ root, asJson, print }: PackCheckOptions): Promise<number> {
  const work = join(root, workFolder);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const examination = createExamination((outcome) =>
    print(asJson ? JSON.stringify(outcome) : describe(outcome)),
  );
  const systems = ['linux', 'win32', 'darwin'] as const;
  const folders = Object.fromEntries(
    systems.map((system): [System, Packed] => {
      const output = join(work, system, 'packed');
      return [system, { system, output, folder: join(output, unpackedFolders[system]) }];
    }),
  ) as Record<System, Packed>;
  Object.assign(process.env, prepareTools(root, join(root, 'out/packaging')));

  await examination.check('bill of materials and licences made', () => {
    prepareParts(root);
    return 'by npm sbom, from what the source maps name';
  });
  const tree = join(work, 'gateway');
  // Two at a time: the gateway is installed while the last system is packed.
  await packWithStub(root, 'linux', work, examination);
  await Promise.all([
    packWithStub(root, 'win32', work, examination).then(() =>
      packWithStub(root, 'darwin', work, examination),
    ),
    examineGateway(root, tree, examination),
  ]);
  for (const system of systems) await examinePacked(root, folders[system], examination);
  await examineLinux(root, folders.linux, examination);
  await examineMac(root, folders.darwin, examination);
  await examineWindows(root, folders.win32, examination);
  await examineHandedOut(root, folders, examination);

  const { outcomes } = examination;
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, outcomeFile), JSON.stringify(outcomes, null, 2));
  const failed = outcomes.filter(({ ok }) => !ok);
  if (!asJson) {
    for (const line of composeTable(folders, tree)) print(line);
    const skipped = outcomes.filter((outcome) => outcome.skipped);
    const good = outcomes.length - failed.length - skipped.length;
    print(`${good} ok, ${failed.length} failed, ${skipped.length} not examined here`);
  }
  if (failed.length === 0) rmSync(work, { recursive: true, force: true });
  return failed.length === 0 ? 0 : 1;
}

async function packWithStub(
  root: string,
  system: System,
  work: string,
  { check }: Examination,
): Promise<void> {
  await check(`${system}: packed`, async () => {
    if (process.platform !== 'linux')
      throw new NotHere('the stub is packed on Linux; here Electron itself is');
    const startedAt = performance.now();
    let output = '';
    const collect = (text: string) => void (output += text);
    const rpm = system === 'linux' && isThere('/usr/bin/rpmbuild') ? ['rpm'] : [];
    const words = ['build/run.mjs', 'build/packaging/packStub.ts', system, join(work, system)];
    const child = startChild(process.execPath, [...words, ...targets[system], ...rpm], {
      cwd: root,
      environment: { ...withoutSigning(), PROXIMA_UPDATE_FEED: feedOfCheck },
      onOutput: collect,
      onErrorOutput: collect,
    });
    if ((await child.exited) !== 0) throw new Error(output.trim().split('\n').slice(-12).join('\n'));
    return `${['dir', ...targets[system], ...rpm].join(', ')} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  });
}

/** A check signs nothing, whatever the environment has to sign with. */
function withoutSigning(): Record<string, string | undefined> {
  const names = Object.keys(process.env).filter((name) =>
    /^(CSC_|WIN_CSC_|APPLE_|AZURE_|PROXIMA_)/.test(name),
  );
  return {
    ...Object.fromEntries(names.map((name) => [name, undefined])),
    npm_lifecycle_event: undefined,
    CSC_IDENTITY_AUTO_DISCOVERY: 'false',
  };
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function describe({ name, ok, detail, skipped }: Outcome): string {
  return `${skipped ? '–' : ok ? '✓' : '✗'} ${name}: ${detail}`;
}

/** What is in each package, without Electron itself, which is a stub here. */
function composeTable(folders: Readonly<Record<System, Packed>>, gateway: string): string[] {
  const rows = [
    ['package', 'app.asar', 'outside of it', 'resources', 'archives'],
    ...Object.values(folders).map(({ system, folder, output }) => {
      const resources = join(folder, system === 'darwin' ? 'Proxima.app/Contents/Resources' : 'resources');
      const archives = readdirSync(output).filter((name) => /\.(deb|rpm|zip|gz)$/.test(name));
      return [
        system,
        sizeOf(join(resources, 'app.asar')),
        sizeOf(join(resources, 'app.asar.unpacked')),
        sizeOf(resources),
        archives
          .map((name) => `${name.replace(/^.*\.(?=tar\.gz$|\w+$)/, '')} ${sizeOf(join(output, name))}`)
          .join(', '),
      ];
    }),
    [
      'gateway',
      '–',
      '–',
      sizeOf(join(gateway, 'tree')),
      `deb ${sizeOf(join(gateway, 'proxima-gateway.deb'))} unpressed`,
    ],
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
}

function sizeOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return '–';
  if (stats.isFile()) return formatMegabytes(stats.size);
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return formatMegabytes(
    files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0),
  );
}
