import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { composeConfiguration } from '../electronBuilder.config.ts';
import { fileTypes } from './associations.ts';
import { formatMegabytes, type Packed, readVersion, schemes } from './desktopCheck.ts';
import { type Examination, expectNone, expectSame, NotHere } from './outcome.ts';
import type { System } from './stubRuntime.ts';
import { readYaml } from './yaml.ts';

export const feedOfCheck = 'https://updates.example/proxima/';
const iconSizes = [16, 32, 48, 64, 128, 256, 512, 1024];

/** The deb, the tar.gz and the rpm as they would be handed out. */
export async function examineLinux(root: string, packed: Packed, { check }: Examination): Promise<void> {
  const { output } = packed;
  const version = readVersion(root);
  const deb = join(output, `proxima_${version}_amd64.deb`);
  const tree = join(output, 'deb');
  await check('linux: deb', () => {
    mkdirSync(tree, { recursive: true });
    execFileSync('dpkg-deb', ['-x', deb, tree]);
    const field = (name: string) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
    expectSame('its name', field('Package'), 'proxima');
    expectSame('its version', field('Version'), version);
    if (!field('Depends').includes('libsecret-1-0')) throw new Error('it doesn’t depend on libsecret');
    expectSame(
      'how it was installed',
      readFileSync(join(tree, 'opt/Proxima/resources/package-type'), 'utf8'),
      'deb',
    );
    return `${formatMegabytes(statSync(deb).size)} without Electron, in /opt/Proxima`;
  });
  await check('linux: icons at every size', () => {
    for (const size of iconSizes) {
      const file = join(tree, `usr/share/icons/hicolor/${size}x${size}/apps/proxima.png`);
      expectSame(`width and height of ${size}x${size}`, readPngSize(file), [size, size]);
    }
    return iconSizes.join(', ');
  });
  await check('linux: desktop entry and file types', () => {
    const entry = readFileSync(join(tree, 'usr/share/applications/proxima.desktop'), 'utf8');
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(entry)?.[1];
    expectSame('Exec', value('Exec'), '/opt/Proxima/proxima %U');
    expectSame('Icon', value('Icon'), 'proxima');
    expectSame('Categories', value('Categories'), 'Network;');
    const types = [
      ...schemes.map((scheme) => `x-scheme-handler/${scheme}`),
      ...fileTypes.map((type) => type.mimeType),
    ];
    expectSame('MimeType', value('MimeType')?.split(';').filter(Boolean), types);
    const mime = readFileSync(join(tree, 'usr/share/mime/packages/proxima.xml'), 'utf8');
    expectNone(
      'no glob for',
      fileTypes.map(({ extension }) => extension).filter((one) => !mime.includes(`"*.${one}"`)),
    );
    expectNone('it makes itself the default in', findDefaults(tree));
    return `${types.length} types, none made the default`;
  });
  await check('linux: tar.gz', () => {
    const archive = join(output, `proxima-${version}.tar.gz`);
    const paths = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n');
    expectNone('missing', missingFrom(paths, `proxima-${version}/`, ['proxima', 'resources/app.asar']));
    // It would take itself for what was installed by dpkg, or update what isn't its own.
    expectNone(
      'not its own',
      paths.filter((path) => /\/(package-type|app-update\.yml)$/.test(path)),
    );
    return formatMegabytes(statSync(archive).size);
  });
  await check('linux: rpm', () => {
    if (!existsSync('/usr/bin/rpmbuild'))
      throw new NotHere('rpmbuild isn’t on this machine (Debian: apt-get install rpm)');
    const file = join(output, `proxima-${version}.x86_64.rpm`);
    const paths = execFileSync('rpm', ['-qpl', file], { encoding: 'utf8' }).split('\n');
    expectNone(
      'missing',
      missingFrom(paths, '/', [
        'opt/Proxima/proxima',
        'opt/Proxima/resources/app.asar',
        'usr/share/applications/proxima.desktop',
      ]),
    );
    const needs = execFileSync('rpm', ['-qp', '--requires', file], { encoding: 'utf8' });
    if (!/^libsecret$/m.test(needs)) throw new Error('it doesn’t depend on libsecret');
    return `${formatMegabytes(statSync(file).size)} without Electron`;
  });
}

function findDefaults(tree: string): string[] {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(mimeapps|defaults)\.list$/.test(path),
  );
}

function missingFrom(paths: readonly string[], prefix: string, wanted: readonly string[]): string[] {
  return wanted.filter((path) => !paths.includes(`${prefix}${path}`));
}

/** The archives of Windows and macOS, and the update files that go with what was made. */
export async function examineHandedOut(
  root: string,
  folders: Readonly<Record<System, Packed>>,
  { check }: Examination,
) {
  const version = readVersion(root);
  for (const [system, name, inside] of [
    ['win32', `Proxima-${version}-win.zip`, 'Proxima.exe'],
    ['darwin', `Proxima-${version}-mac.zip`, 'Proxima.app/Contents/Info.plist'],
  ] as const) {
    await check(`${system}: zip`, () => {
      const file = join(folders[system].output, name);
      const listing = execFileSync(process.env['ELECTRON_BUILDER_7ZIP_PATH'] ?? '7za', ['l', '-ba', file], {
        encoding: 'utf8',
      });
      const paths = listing.split('\n').map((line) => line.slice(53).replaceAll('\\', '/').trim());
      if (!paths.includes(inside)) throw new Error(`it lacks ${inside}`);
      if (system === 'win32')
        expectNone(
          'not its own',
          paths.filter((path) => path.endsWith('app-update.yml')),
        );
      return `${paths.length} entries, ${formatMegabytes(statSync(file).size)}`;
    });
  }
  for (const [system, name, count] of [
    ['linux', 'latest-linux.yml', existsSync('/usr/bin/rpmbuild') ? 2 : 1],
    ['darwin', 'latest-mac.yml', 1],
  ] as const) {
    await check(`${system}: update file`, () => {
      const update = readYaml(readFileSync(join(folders[system].output, name), 'utf8')) as UpdateFile;
      expectSame('its version', update.version, version);
      expectSame('number of files', update.files.length, count);
      for (const { url, sha512, size } of update.files) {
        const bytes = readFileSync(join(folders[system].output, url));
        expectSame(`size of ${url}`, size, bytes.length);
        expectSame(`sha512 of ${url}`, sha512, createHash('sha512').update(bytes).digest('base64'));
      }
      return update.files.map(({ url }) => url).join(', ');
    });
  }
  await check('linux: feed of the updates', () => {
    const file = join(folders.linux.output, 'deb/opt/Proxima/resources/app-update.yml');
    const feed = readYaml(readFileSync(file, 'utf8')) as Record<string, string>;
    expectSame('its kind', feed['provider'], 'generic');
    expectSame('its address', feed['url'], feedOfCheck);
    expectSame('without one given', composeConfiguration('linux', {}).publish, null);
    return `${feed['url']}, as PROXIMA_UPDATE_FEED said`;
  });
}

interface UpdateFile {
  readonly version: string;
  readonly files: readonly { readonly url: string; readonly sha512: string; readonly size: number }[];
}

/** Width and height, from the header chunk (PNG, §11.2.2). */
function readPngSize(file: string): [number, number] {
  const bytes = readFileSync(file);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}
