import { build, Platform } from 'electron-builder';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.ts';
import configuration from './electronBuilder.config.ts';
import { ensureElectron } from './electronBinary.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const usage = `Packs the desktop app for this system into out/package.

  npm run package -- [--dir]

  --dir  a folder to run it from, instead of an archive
`;

const archiveHint =
  'An archive is made with 7-Zip, which electron-builder downloads unless ELECTRON_BUILDER_7ZIP_PATH names one; --dir needs none.';

const { values } = parseArgs({
  options: { dir: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (values.help) process.stdout.write(usage);
else process.exitCode = await packApp(values.dir);

async function packApp(asFolder: boolean): Promise<number> {
  const report = (line: string) => process.stdout.write(`${line}\n`);
  const electron = await ensureElectron(report, (end) => process.once('SIGINT', () => void end()));
  if (electron.kind === 'missing') {
    process.stderr.write(
      `${electron.why}, so there is nothing to pack the app with. A folder with an unpacked Electron can be given as ELECTRON_OVERRIDE_DIST_PATH.\n`,
    );
    return 1;
  }
  await ensureBuilt(report);
  try {
    const files = await build({
      projectDir: root,
      targets: Platform.current().createTarget(asFolder ? 'dir' : null),
      publish: 'never',
      config: { ...configuration, electronDist: findDistribution(electron.path) },
    });
    for (const file of asFolder ? [join(root, 'out/package')] : files) report(`Made ${file}`);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (!asFolder) process.stderr.write(`${archiveHint}\n`);
    return 1;
  }
}

/** The folder that holds the binary, or on macOS the whole application. */
function findDistribution(binary: string): string {
  return process.platform === 'darwin' ? join(dirname(binary), '../../..') : dirname(binary);
}
