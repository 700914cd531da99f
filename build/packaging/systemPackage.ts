import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

/** What a Debian or RPM package says of itself. Dependencies are in the words of that kind of package. */
export interface SystemPackage {
  readonly name: string;
  readonly version: string;
  /** `amd64`, `x86_64`, `all`, `noarch` … */
  readonly architecture: string;
  readonly maintainer: string;
  readonly vendor: string;
  readonly homepage: string;
  readonly section: string;
  readonly licence: string;
  /** One line. */
  readonly synopsis: string;
  readonly description: string;
  readonly depends: readonly string[];
  readonly recommends: readonly string[];
  /** Paths that an administrator edits; an upgrade leaves them alone. */
  readonly configurationFiles: readonly string[];
  /** Shell scripts, by when they run. */
  readonly scripts: { readonly [when in 'postinst' | 'prerm' | 'postrm']?: string };
}

/** `xz` for what is handed out; `none` where only the content counts. */
export type Compression = 'xz' | 'none';

/**
 * Makes a .deb of a folder that holds the tree to be installed, by dpkg-deb(1). Everything in it belongs to root.
 *
 * @throws with what dpkg-deb says.
 */
export function makeDeb(
  about: SystemPackage,
  tree: string,
  file: string,
  compression: Compression = 'xz',
): void {
  const folder = mkdtempSync(join(tmpdir(), 'proxima-deb-'));
  try {
    cpSync(tree, folder, { recursive: true, verbatimSymlinks: true });
    chmodSync(folder, 0o755);
    const meta = join(folder, 'DEBIAN');
    mkdirSync(meta);
    writeFileSync(join(meta, 'control'), composeControl(about, tree));
    if (about.configurationFiles.length > 0)
      writeFileSync(join(meta, 'conffiles'), about.configurationFiles.map((path) => `${path}\n`).join(''));
    for (const [when, script] of Object.entries(about.scripts))
      writeFileSync(join(meta, when), script, { mode: 0o755 });
    mkdirSync(dirname(resolve(file)), { recursive: true });
    run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', folder, file]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Makes an .rpm of such a folder, by rpmbuild(8). Of Debian's scripts, the one after removal runs at the last removal only.
 *
 * @throws with what rpmbuild says, or where there's none on this machine.
 */
export function makeRpm(about: SystemPackage, tree: string, file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'proxima-rpm-'));
  try {
    const specification = join(folder, `${about.name}.spec`);
    writeFileSync(specification, composeSpecification(about, tree));
    run('rpmbuild', [
      ...['-bb', '--target', about.architecture, '--define', `_topdir ${folder}/top`],
      ...['--define', `_tmppath ${folder}/tmp`, '--buildroot', `${folder}/root`],
      specification,
    ]);
    const made = readdirSync(join(folder, 'top/RPMS', about.architecture));
    const [only] = made;
    if (only === undefined || made.length !== 1) throw new Error(`rpmbuild made ${made.length} packages`);
    mkdirSync(dirname(resolve(file)), { recursive: true });
    cpSync(join(folder, 'top/RPMS', about.architecture, only), file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function composeControl(about: SystemPackage, tree: string): string {
  const bytes = listEntries(tree).reduce((sum, { size }) => sum + size, 0);
  const fields: readonly (readonly [string, string])[] = [
    ['Package', about.name],
    ['Version', about.version],
    ['Architecture', about.architecture],
    ['Maintainer', about.maintainer],
    ['Installed-Size', String(Math.ceil(bytes / 1024))],
    ['Depends', about.depends.join(', ')],
    ['Recommends', about.recommends.join(', ')],
    ['Section', about.section],
    ['Priority', 'optional'],
    ['Homepage', about.homepage],
    ['License', about.licence],
    ['Vendor', about.vendor],
  ];
  const lines = fields.filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}\n`);
  const description = about.description.split('\n').map((line) => ` ${line.trim() || '.'}\n`);
  return `${lines.join('')}Description: ${about.synopsis}\n${description.join('')}`;
}

function composeSpecification(about: SystemPackage, tree: string): string {
  const [ownWord = about.name] = about.name.split('-');
  // A folder that bears the product's name, or lies in one that does, goes when the package goes.
  const isOwn = (path: string) => path.split('/').some((part) => part.toLowerCase().startsWith(ownWord));
  const files = listEntries(tree)
    .filter(({ path, isFolder }) => !isFolder || isOwn(path))
    .map(({ path, isFolder }) => {
      const isConfiguration = about.configurationFiles.includes(`/${path}`);
      const mark = isFolder ? '%dir ' : isConfiguration ? '%config(noreplace) ' : '';
      return `${mark}"/${path.replaceAll('%', '%%')}"`;
    });
  const { postinst, prerm, postrm } = about.scripts;
  return `%global debug_package %{nil}
%global __os_install_post %{nil}
%global __requires_exclude .*
AutoReqProv: no
Name: ${about.name}
Version: ${about.version.replaceAll('-', '~')}
Release: 1
Summary: ${about.synopsis}
License: ${about.licence}
Vendor: ${about.vendor}
Packager: ${about.maintainer}
URL: ${about.homepage}
${about.depends.map((name) => `Requires: ${name}\n`).join('')}${about.recommends.map((name) => `Recommends: ${name}\n`).join('')}
%description
${about.description}

%install
mkdir -p %{buildroot}
cp -a "${tree}/." %{buildroot}/

${postinst === undefined ? '' : `%post\n${withoutInterpreter(postinst)}\n`}
${prerm === undefined ? '' : `%preun\n[ "$1" -eq 0 ] || exit 0\nset -- remove\n${withoutInterpreter(prerm)}\n`}
${postrm === undefined ? '' : `%postun\n[ "$1" -eq 0 ] || exit 0\nset -- remove\n${withoutInterpreter(postrm)}\n`}
%files
%defattr(-,root,root,-)
${files.join('\n')}
`;
}

/** rpm runs scripts with sh; those here are all of that kind. */
function withoutInterpreter(script: string): string {
  return script.replace(/^#!.*\n/, '').replaceAll('%', '%%');
}

interface Entry {
  /** Relative to the tree, with slashes. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly size: number;
}

function listEntries(tree: string): Entry[] {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stats = lstatSync(join(tree, path));
      return { path, isFolder: stats.isDirectory(), size: stats.isDirectory() ? 0 : stats.size };
    });
}

function run(program: string, args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: string; stderr?: Buffer };
    if (code === 'ENOENT')
      throw new Error(`${basename(program)} isn’t on this machine (Debian: apt-get install rpm)`, {
        cause: error,
      });
    throw new Error(`${program} failed: ${stderr?.toString().trim() || message}`, { cause: error });
  }
}
