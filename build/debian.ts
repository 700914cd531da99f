import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasCandidate, readLastLine, runAptGet, withoutServiceStarts } from './aptGet.ts';
import type { AptSource } from './aptSources.ts';
import { composeSuiteSources, parseListFile, parseSourcesFile } from './aptSources.ts';

/** What Debian packages are wanted for: a local guacd, the servers of the rig and the demo, Chromium, a real keychain in tests, rpmbuild. */
export type Purpose = 'session manager' | 'targets' | 'browser' | 'keyring' | 'packaging' | 'balancers';

/** Each package with the files that prove it is there: a stat each is all that a ready machine costs. */
interface RequiredPackage {
  readonly name: string;
  readonly files: readonly string[];
  /** A systemd unit that comes with it, and that is not to be started with the machine. */
  readonly unit?: string;
}

const libraryFolder = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;

const requiredPackages: Readonly<Record<Purpose, readonly RequiredPackage[]>> = {
  'session manager': [
    { name: 'guacd', files: ['/usr/sbin/guacd'] },
    ...['ssh', 'vnc', 'rdp', 'telnet'].map((protocol) => ({
      name: `libguac-client-${protocol}0`,
      files: [`${libraryFolder}/libguac-client-${protocol}.so`],
    })),
    { name: 'fonts-dejavu-core', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf'] },
  ],
  targets: [
    { name: 'openssh-server', files: ['/usr/sbin/sshd'] },
    { name: 'openssh-client', files: ['/usr/bin/ssh-keygen'] },
    { name: 'tigervnc-standalone-server', files: ['/usr/bin/Xtigervnc'] },
    { name: 'tigervnc-tools', files: ['/usr/bin/tigervncpasswd'] },
    { name: 'xterm', files: ['/usr/bin/xterm'] },
    { name: 'x11-apps', files: ['/usr/bin/xclock', '/usr/bin/xeyes', '/usr/bin/xwd'] },
    { name: 'xdotool', files: ['/usr/bin/xdotool'] },
    { name: 'x11-xserver-utils', files: ['/usr/bin/xsetroot'] },
    { name: 'fonts-dejavu-core', files: ['/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf'] },
    { name: 'xrdp', files: ['/usr/sbin/xrdp'] },
    { name: 'freerdp2-shadow-x11', files: ['/usr/bin/freerdp-shadow-cli'] },
    { name: 'winpr-utils', files: ['/usr/bin/winpr-hash'] },
    { name: 'inetutils-telnetd', files: ['/usr/sbin/telnetd'] },
    { name: 'socat', files: ['/usr/bin/socat'] },
    { name: 'stunnel4', files: ['/usr/bin/stunnel4'] },
    { name: 'openssl', files: ['/usr/bin/openssl'] },
  ],
  // The server of `apache2` without that package's unit.
  balancers: [
    { name: 'apache2-bin', files: ['/usr/sbin/apache2'] },
    { name: 'nginx', files: ['/usr/sbin/nginx'], unit: 'nginx.service' },
    { name: 'haproxy', files: ['/usr/sbin/haproxy'], unit: 'haproxy.service' },
  ],
  packaging: [{ name: 'rpm', files: ['/usr/bin/rpmbuild', '/usr/bin/rpm'] }],
  browser: [{ name: 'chromium', files: ['/usr/bin/chromium'] }],
  keyring: [
    { name: 'gnome-keyring', files: ['/usr/bin/gnome-keyring-daemon'] },
    { name: 'dbus-daemon', files: ['/usr/bin/dbus-run-session'] },
    { name: 'libglib2.0-bin', files: ['/usr/bin/gdbus'] },
    { name: 'libsecret-1-0', files: [`${libraryFolder}/libsecret-1.so.0`] },
  ],
};

/** The newest Debian release with a guacd. None after it has one. */
const guacdSuite = 'bullseye';
const sourcesFile = '/etc/apt/sources.list.d/proxima-guacd.sources';
const preferencesFile = '/etc/apt/preferences.d/proxima-guacd';
const otherWays: Readonly<Record<Purpose, string>> = {
  'session manager':
    'run guacd from its container image: docker run --rm -p 127.0.0.1:4822:4822 guacamole/guacd',
  targets: 'run the demo and the end-to-end tests on Debian 12 or newer',
  browser: 'install Chromium with the means of this system',
  balancers: 'install Apache httpd, nginx and HAProxy with the means of this system',
  packaging: 'install rpmbuild with the means of this system',
  keyring: 'install gnome-keyring, libsecret and D-Bus with the means of this system',
};

export type Readiness =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'missing';
      /** Names of Debian packages. */
      readonly what: readonly string[];
      /** Sentences for the person: what to run, or which other way there is. */
      readonly todo: string;
    };

/**
 * Sees to it that the programs for these purposes are on the machine: returns at once when they are, installs them
 * where this is Debian and the user is root, else tells what to do.
 *
 * @param report is given one line per step, and one every few seconds during a long step.
 */
export async function ensurePackages(
  purposes: readonly Purpose[],
  report: (line: string) => void,
): Promise<Readiness> {
  const what = findMissing(purposes);
  if (what.length === 0) return { kind: 'ready' };
  if (!isDebian())
    return { kind: 'missing', what, todo: `This is not Debian: ${describeOtherWays(purposes)}.` };
  if (process.getuid?.() !== 0) {
    const todo = `Run this once as root, then try again: sudo ${composeOwnCommand(purposes)}`;
    return { kind: 'missing', what, todo };
  }
  const folder = mkdtempSync(join(tmpdir(), 'proxima-install-'));
  try {
    return await withoutServiceStarts(report, () => install(purposes, join(folder, 'apt.log'), report));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      kind: 'missing',
      what,
      todo: `Installing failed (${reason}). Else: ${describeOtherWays(purposes)}.`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The packages that these purposes still lack. A few dozen `stat` calls. */
function findMissing(purposes: readonly Purpose[]): string[] {
  const missing = purposes
    .flatMap((purpose) => requiredPackages[purpose])
    .filter(({ files }) => !files.every((file) => existsSync(file)))
    .map(({ name }) => name);
  return [...new Set(missing)];
}

async function install(
  purposes: readonly Purpose[],
  logFile: string,
  report: (line: string) => void,
): Promise<Readiness> {
  // Another installation may have brought them while this one waited for its turn.
  const what = findMissing(purposes);
  if (what.length === 0) return { kind: 'ready' };
  report(`Missing Debian packages: ${what.join(' ')}`);
  await runAptGet(['update'], 'Reading the package lists', logFile, report);
  if (what.includes('guacd') && !hasCandidate('guacd')) {
    const failure = await addGuacdSuite(logFile, report);
    if (failure) {
      return { kind: 'missing', what, todo: `${failure} Instead, ${otherWays['session manager']}.` };
    }
  }
  const status = await runAptGet(
    ['install', '--no-install-recommends', ...what],
    `Installing ${what.length} packages and what they need`,
    logFile,
    report,
  );
  disableUnits(purposes, what);
  const left = findMissing(purposes);
  if (left.length === 0) {
    report('All Debian packages are there.');
    return { kind: 'ready' };
  }
  const todo =
    `apt-get ended with status ${status} ("${readLastLine(logFile)}"). ` +
    `Run: apt-get install --no-install-recommends ${left.join(' ')}`;
  return { kind: 'missing', what: left, todo };
}

/** Of what was just installed: what the machine had before stays as it was. Without systemd nothing is started anyway. */
function disableUnits(purposes: readonly Purpose[], installed: readonly string[]): void {
  for (const { name, unit } of purposes.flatMap((purpose) => requiredPackages[purpose]))
    if (unit !== undefined && installed.includes(name))
      spawnSync('systemctl', ['disable', unit], { stdio: 'ignore' });
}

/** @returns the sentence to show when guacd's suite can't be had, and leaves apt as it was then. */
async function addGuacdSuite(logFile: string, report: (line: string) => void): Promise<string | null> {
  const text = composeSuiteSources(
    readAptSources(),
    readOsRelease().get('VERSION_CODENAME') ?? '',
    guacdSuite,
  );
  if (text === null) return `apt's sources name no Debian archive to take ${guacdSuite}'s guacd from.`;
  const note = `# Written by Proxima: guacd is in Debian's ${guacdSuite} and in no release after it.\n`;
  const pins = [guacdSuite, `${guacdSuite}-security`].map(
    (name) => `Package: *\nPin: release n=${name}\nPin-Priority: 100\n`,
  );
  writeFileSync(preferencesFile, `${note}\n${pins.join('\n')}`);
  writeFileSync(sourcesFile, note + text);
  await runAptGet(['update'], `Reading the package list of Debian ${guacdSuite}`, logFile, report);
  if (hasCandidate('guacd')) return null;
  // A source that answers no more would fail every later update of this machine.
  rmSync(sourcesFile);
  rmSync(preferencesFile);
  return `This machine's Debian mirror no longer has the suite ${guacdSuite} with guacd.`;
}

function readAptSources(): AptSource[] {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...names.sort()].flatMap((file) => {
    if (file === sourcesFile || !existsSync(file)) return [];
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.sources')) return parseSourcesFile(text);
    return file.endsWith('.list') ? parseListFile(text) : [];
  });
}

function isDebian(): boolean {
  return existsSync('/usr/bin/apt-get') && readOsRelease().get('ID') === 'debian';
}

function readOsRelease(): Map<string, string> {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return new Map(
    [...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

function describeOtherWays(purposes: readonly Purpose[]): string {
  return purposes.map((purpose) => otherWays[purpose]).join('; ');
}

function composeOwnCommand(purposes: readonly Purpose[]): string {
  const run = fileURLToPath(new URL('run.mjs', import.meta.url));
  const script = fileURLToPath(import.meta.url);
  return [process.execPath, run, script, ...purposes.map((purpose) => `'${purpose}'`)].join(' ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = process.argv.slice(2).filter((word): word is Purpose => word in requiredPackages);
  const result = await ensurePackages(wanted, (line) => process.stdout.write(`${line}\n`));
  if (result.kind === 'missing') {
    process.stderr.write(`${result.todo}\n`);
    process.exitCode = 1;
  }
}
