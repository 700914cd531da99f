import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.ts';
import { packageFolder } from './electronBuilder.config.ts';
import { ensureElectron } from './electronBinary.ts';
import { readVersion } from './packaging/desktopCheck.ts';
import { describeGateway, layOutGateway } from './packaging/gatewayPackage.ts';
import { checkPackages } from './packaging/packCheck.ts';
import { packDesktop, prepareParts } from './packaging/packDesktop.ts';
import type { System } from './packaging/stubRuntime.ts';
import { makeDeb, makeRpm } from './packaging/systemPackage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Packs the desktop app for this system into ${packageFolder}: deb and tar.gz on Linux, zip elsewhere.

  npm run package -- [options]

  --dir         a folder to run it from, instead of archives
  --all         every package of this system (AppImage, deb, rpm, tar.gz; dmg and zip; NSIS, MSI and zip); what of the tools
                isn't here, electron-builder downloads
  --gateway     instead, the package of the headless programs: deb, rpm where rpmbuild is, and the folder that the container
                file is built from
  --node FILE   a Node program that the gateway's package takes along; without one it depends on nodejs 20.19 or later
  --check       packs nothing to keep: the pack check, with a stub in Electron's place (part of npm test)
  --json        with --check: one JSON object per check, with "name" and "ok"

Signing, the address of the updates and the maintainer's name come from the environment: docs/install.md.
`;

const toolHint =
  'What electron-builder needs and didn’t find here, it downloads. The targets without any flag need nothing but what npm installed.';

const { values: flags } = parseArgs({
  options: {
    dir: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    gateway: { type: 'boolean', default: false },
    node: { type: 'string' },
    check: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const report = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

// electron-builder's exit hook makes 0 of an exit code that is only set.
process.exit(
  await run().catch((error: unknown) => {
    complain(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);

async function run(): Promise<number> {
  if (flags.help) {
    report(usage.trimEnd());
    return 0;
  }
  if (flags.check) {
    // Whoever reads only the beginning must not break off a check that has something installed.
    process.stdout.on('error', () => undefined);
    await ensureBuilt(complain);
    return checkPackages({ root, asJson: flags.json, print: report });
  }
  return flags.gateway ? packGateway() : packApp();
}

async function packApp(): Promise<number> {
  const electron = await ensureElectron(report, (end) => process.once('SIGINT', () => void end()));
  if (electron.kind === 'missing') {
    complain(
      `${electron.why}, so there is nothing to pack the app with. Unpack Electron’s archive for this system into a folder, and give that as ELECTRON_OVERRIDE_DIST_PATH. “npm run package -- --check” shows how packages are made without it, and “--gateway” packs what needs none.`,
    );
    return 1;
  }
  await ensureBuilt(report);
  prepareParts(root);
  try {
    const system = process.platform as System;
    const files = await packDesktop({
      root,
      system,
      distribution: findDistribution(electron.path),
      targets: chooseTargets(system),
    });
    for (const file of flags.dir ? [join(root, packageFolder)] : files) report(`Made ${file}`);
    return 0;
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    complain(toolHint);
    return 1;
  }
}

function chooseTargets(system: System): string[] {
  if (flags.dir) return ['dir'];
  if (flags.all) return [];
  return system === 'linux' ? ['deb', 'tar.gz'] : ['zip'];
}

async function packGateway(): Promise<number> {
  await ensureBuilt(report);
  const version = readVersion(root);
  const tree = join(root, packageFolder, 'gateway-tree');
  rmSync(tree, { recursive: true, force: true });
  layOutGateway({ root, tree, version, ...(flags.node !== undefined && { node: flags.node }) });
  report(`Made ${tree}`);
  for (const [kind, make] of [
    ['deb', makeDeb],
    ['rpm', makeRpm],
  ] as const) {
    const about = describeGateway(kind, tree, version);
    const file = join(root, packageFolder, `${about.name}_${version}_${about.architecture}.${kind}`);
    try {
      make(about, tree, file);
      report(`Made ${file}`);
    } catch (error) {
      if (kind === 'deb') throw error;
      report(`No rpm: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return 0;
}

/** The folder that holds the binary, or on macOS the one that holds the whole application. */
function findDistribution(binary: string): string {
  return process.platform === 'darwin' ? join(dirname(binary), '../../..') : dirname(binary);
}
