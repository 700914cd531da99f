import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readMaker } from '../electronBuilder.config.ts';
import { composeBill } from './bill.ts';
import { engineModules, listInstalledEngineModules } from './engineModules.ts';
import type { SystemPackage } from './systemPackage.ts';

export interface GatewayTreeOptions {
  readonly root: string;
  readonly tree: string;
  readonly version: string;
  /** A Node program to take along, for systems whose own is older than 20.19; without one, the package depends on nodejs. */
  readonly node?: string;
}

const library = 'usr/lib/proxima-gateway';
const documents = 'usr/share/doc/proxima-gateway';
const programs = ['headless.js', 'whatIfWorker.js', 'passwordWorker.js', 'localManagerWorker.js'];

/** Where the parts of build/packaging/gateway/ go, and how. */
const installed: readonly (readonly [part: string, path: string, mode: number])[] = [
  ['proxima-headless', 'usr/bin/proxima-headless', 0o755],
  ['proxima-gateway.service', 'usr/lib/systemd/system/proxima-gateway.service', 0o644],
  ['proxima-manager.service', 'usr/lib/systemd/system/proxima-manager.service', 0o644],
  ['tmpfiles.conf', 'usr/lib/tmpfiles.d/proxima-gateway.conf', 0o644],
  ['gateway.conf', 'etc/proxima/gateway.conf', 0o644],
  ['healthCheck.cjs', `${library}/healthCheck.cjs`, 0o644],
];

/**
 * Lays out what the package of the headless programs installs: the programs and the page that they serve, a unit, a manual page
 * made of their own --help, the bill of materials and the licences.
 *
 * @throws where the build, Node or npm can't be read.
 */
export function layOutGateway({ root, tree, version, node }: GatewayTreeOptions): void {
  rmSync(tree, { recursive: true, force: true });
  const parts = join(root, 'build/packaging/gateway');
  for (const [part, path, mode] of installed) put(join(parts, part), join(tree, path), mode);
  const built = join(root, 'dist/electron');
  const needed = followImports(built, programs);
  for (const file of needed) put(join(built, file), join(tree, library, 'dist/electron', file));
  cpSync(join(root, 'dist/renderer'), join(tree, library, 'dist/renderer'), {
    recursive: true,
    filter: (path) => !path.endsWith('.map'),
  });
  for (const module of listInstalledEngineModules(root)) putModule(root, module, join(tree, library));
  write(join(tree, library, 'package.json'), '{ "type": "module" }\n');
  if (node !== undefined) put(node, join(tree, library, 'bin/node'), 0o755);

  const bill = composeBill({
    root,
    builtFolders: ['dist/electron', 'dist/renderer'],
    without: listPrograms(built).filter((file) => !needed.has(file)),
    unbundled: engineModules,
    runtime: [],
  });
  write(join(tree, documents, 'sbom.cdx.json'), bill.sbom);
  write(join(tree, documents, 'licences.txt'), bill.licences);
  const help = readHelp(join(built, 'headless.js'));
  write(
    join(tree, 'usr/share/man/man8/proxima-headless.8.gz'),
    gzipSync(composeManualPage(help, version), { level: 9 }),
  );
}

/** What the package says of itself; the tree it is made of tells whether it needs Node of the system. */
export function describeGateway(kind: 'deb' | 'rpm', tree: string, version: string): SystemPackage {
  const maker = readMaker();
  const hasNode = existsSync(join(tree, library, 'bin/node'));
  const script = (name: string) => readFileSync(new URL(`gateway/${name}`, import.meta.url), 'utf8');
  const architecture = architectures[process.arch];
  if (!architecture) throw new Error(`Packages are made on x64 and arm64, not ${process.arch}`);
  return {
    name: 'proxima-gateway',
    version,
    architecture: architecture[kind],
    maintainer: `${maker.name} <${maker.email}>`,
    vendor: 'Proxima',
    homepage: maker.homepage,
    section: 'net',
    licence: 'Apache-2.0',
    synopsis: 'Remote desktops and shells in a browser, through the nearest session manager',
    description:
      'The gateway serves Proxima over HTTPS and WebSocket, for browsers. It chooses the session manager nearest to a host, and keeps an encrypted channel to it. The manager is such a session manager; it opens SSH, Telnet and VNC by itself, and RDP where guacd is installed.',
    depends: [...nativeDependencies[kind], ...(hasNode ? [] : [nodeDependency[kind]])],
    recommends: [],
    configurationFiles: ['/etc/proxima/gateway.conf'],
    scripts: { postinst: script('postinst'), prerm: script('prerm'), postrm: script('postrm') },
  };
}

const architectures: Readonly<Record<string, Readonly<Record<'deb' | 'rpm', string>>>> = {
  x64: { deb: 'amd64', rpm: 'x86_64' },
  arm64: { deb: 'arm64', rpm: 'aarch64' },
};

/** Of the canvas library, and of a Node that is taken along; rpm finds them by itself. */
const nativeDependencies = { deb: ['libc6', 'libstdc++6'], rpm: [] } as const;

/** Debian 13, Ubuntu 25.10, Fedora 41, and NodeSource's packages for older ones; Debian 12 has 18, which is too old. */
const nodeDependency = { deb: 'nodejs (>= 20.19)', rpm: 'nodejs >= 1:20.19' } as const;

/** The files that these programs load, themselves included: a build leaves those of the desktop app beside them. */
function followImports(folder: string, files: readonly string[]): Set<string> {
  const found = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, path = ''] of text.matchAll(/(?:\bfrom|\bimport\(?)\s*"(\.\.?\/[^"]+\.js)"/g))
      waiting.push(join(dirname(file), path));
  }
  return found;
}

function listPrograms(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.c?js$/.test(path));
}

function readHelp(program: string): string {
  const { stdout, status, stderr } = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
  if (!stdout.startsWith('Usage:')) throw new Error(`${program} --help ended with ${status}: ${stderr}`);
  // Neither the path of the build nor the home folder of whoever packs.
  return stdout.replaceAll('node dist/electron/headless.js', 'proxima-headless');
}

/** Its --help as it is, in the frame of man-pages(7). */
function composeManualPage(help: string, version: string): string {
  const escaped = help
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
  return `.TH PROXIMA\\-HEADLESS 8 "" "Proxima ${version}" "System administration"
.SH NAME
proxima\\-headless \\- Proxima without a window: the gateway, and looking after its data
.SH SYNOPSIS
.B proxima\\-headless
.I command
.RI [ options ]
.SH DESCRIPTION
.nf
${escaped.trim()}
.fi
.SH FILES
.TP
.I /etc/proxima/gateway.conf
Options of the service
.BR proxima\\-gateway .
.TP
.I /etc/proxima/gateway.key
Opens the encrypted file of passwords. Made at the first installation. Keep a copy elsewhere.
.TP
.I /etc/proxima/policy.json
What whoever manages this machine decides for everybody on it.
.TP
.I /var/lib/proxima
Hosts, settings, the audit log and logs.
.TP
.I /run/proxima/sign\\-in
The address to open, with its one\\-time sign\\-in token, since the service started.
`;
}

/** Without what only developers read, and of the fonts those that are drawn with. */
function putModule(root: string, module: string, folder: string): void {
  const from = join(root, 'node_modules', module);
  cpSync(from, join(folder, 'node_modules', module), {
    recursive: true,
    filter: (path) =>
      !/\.(md|txt|d\.ts|json5)$|\/(fontconfig|NEWS|BUGS)$/.test(path) &&
      (!path.endsWith('.ttf') || /\/(DejaVuSansMono[^/]*|DejaVuSans)\.ttf$/.test(path)),
  });
}

function put(from: string, to: string, mode = 0o644): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { dereference: true });
  chmodSync(to, mode);
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode: 0o644 });
}
