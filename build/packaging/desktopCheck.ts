import { extractFile, getRawHeader, listPackage } from '@electron/asar';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { billFiles, composeConfiguration } from '../electronBuilder.config.ts';
import { fileTypes, optInSchemes, ownScheme } from './associations.ts';
import { listBundled } from './bill.ts';
import { type Examination, expectNone, expectSame, NotHere } from './outcome.ts';
import { parsePropertyList, type PropertyValue } from './propertyList.ts';
import { findFusedFile, readFuses, type System } from './stubRuntime.ts';

/** RunAsNode off, cookie encryption on, NODE_OPTIONS off, inspect arguments off, asar integrity on, only from asar on, snapshot off, `file:` privileges off. */
const wantedFuses = '01001100';
const megabyte = 1024 * 1024;
/** What is ours of a package; Electron's own 250 MB come on top. */
const resourceBudgetBytes = 16 * megabyte;
/** And of the canvas library's native part, which only the packages of this system hold here. */
const canvasBudgetBytes = 40 * megabyte;

export const schemes = [ownScheme, ...optInSchemes];

/** All that may be in the asar, apart from the production dependencies. */
const wantedFiles = [
  /^\/package\.json$/,
  /^\/dist\/electron\/[\w-]+\.js$/,
  /^\/dist\/electron\/preload\.cjs$/,
  /^\/dist\/electron\/chunks\/[\w.-]+\.js$/,
  /^\/dist\/renderer\/(index\.html|assets\/[\w.-]+\.(js|css|svg|png|woff2))$/,
];
const unwantedFiles =
  /\.(map|tsx?|mts|cts|md|cc|gyp|node-gyp)$|\/(test|tests|__tests__|spec|example|examples|\.github)\/|headless|default_app/;
const required = [
  '/package.json',
  '/dist/electron/main.js',
  '/dist/electron/preload.cjs',
  '/dist/renderer/index.html',
  '/node_modules/keytar/lib/keytar.js',
  '/node_modules/electron-updater/out/main.js',
];
const secretPatterns = [
  /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/,
  /\bgh[pousr]_[A-Za-z0-9]{36}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
];

/** A packed app as it lies on disk. */
export interface Packed {
  readonly system: System;
  readonly folder: string;
  /** Where archives were left. */
  readonly output: string;
}

/** Where electron-builder leaves the folder of each system. */
export const unpackedFolders: Readonly<Record<System, string>> = {
  linux: 'linux-unpacked',
  darwin: 'mac',
  win32: 'win-unpacked',
};

function resourcesOf({ system, folder }: Packed): string {
  return join(folder, system === 'darwin' ? 'Proxima.app/Contents/Resources' : 'resources');
}

/** What holds on all three systems: what is in the package, what isn't, and what its binary lets nobody do. */
export async function examinePacked(root: string, packed: Packed, { check }: Examination): Promise<void> {
  const resources = resourcesOf(packed);
  const archive = join(resources, 'app.asar');
  const name = (what: string) => `${packed.system}: ${what}`;
  await check(name('asar holds the app and nothing else'), () => examineArchive(root, archive));
  await check(name('keychain module of this system only'), () => examinePrebuilds(packed, resources));
  await check(name('canvas library of this system only'), () => examineCanvas(packed, resources));
  await check(name('no secret, no path of the build'), () => examineText(root, archive));
  await check(name('fuses'), () => {
    const fuses = readFuses(findFusedFile(packed.folder, packed.system));
    expectSame('the fuse wire', fuses, wantedFuses);
    return `wire ${fuses}`;
  });
  await check(name('asar integrity'), () => examineIntegrity(packed, archive));
  await check(name('bill of materials and licences'), () =>
    examineBill(root, packed.system, archive, resources),
  );
  await check(name('size'), () => {
    const bytes = readdirSync(resources, { recursive: true, encoding: 'utf8' }).reduce((sum, path) => {
      const stats = statSync(join(resources, path));
      return sum + (stats.isFile() ? stats.size : 0);
    }, 0);
    const budget = resourceBudgetBytes + listCanvases(resources).length * canvasBudgetBytes;
    if (bytes > budget)
      throw new Error(`${formatMegabytes(bytes)} beside Electron; the budget is ${formatMegabytes(budget)}`);
    return `${formatMegabytes(bytes)} of ${formatMegabytes(budget)} beside Electron`;
  });
}

function examineArchive(root: string, archive: string): string {
  const files = listPackage(archive, { isPack: false })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !isFolder(archive, path));
  const production = listProduction(root);
  const isWanted = (path: string) => {
    const module = /^\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
    if (module !== undefined) return production.has(module);
    return wantedFiles.some((pattern) => pattern.test(path));
  };
  expectNone(
    'unexpected',
    files.filter((path) => !isWanted(path) || unwantedFiles.test(path)),
  );
  expectNone(
    'missing',
    required.filter((path) => !files.includes(path)),
  );
  const manifest = JSON.parse(extractFile(archive, 'package.json').toString()) as Record<string, unknown>;
  expectNone(
    'package.json still has',
    ['devDependencies', 'scripts'].filter((key) => key in manifest),
  );
  expectSame('its type', manifest['type'], 'module');
  expectSame('its version', manifest['version'], readVersion(root));
  return `${files.length} files, ${formatMegabytes(statSync(archive).size)}`;
}

function isFolder(archive: string, path: string): boolean {
  type Node = { readonly files?: Readonly<Record<string, Node>> };
  let node: Node | undefined = getRawHeader(archive).header as Node;
  for (const part of path.split('/').filter(Boolean)) node = node?.files?.[part];
  return node?.files !== undefined;
}

/** Names of the packages that package-lock.json has for production. */
function listProduction(root: string): Set<string> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return new Set(
    Object.entries(lock.packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path]) => path.replace(/^.*node_modules\//, '')),
  );
}

function examinePrebuilds({ system }: Packed, resources: string): string {
  const wanted = { linux: ['linux-x64'], darwin: ['darwin-arm64', 'darwin-x64'], win32: ['win32-x64'] }[
    system
  ];
  expectSame(
    'outside of the asar',
    listUnpacked(resources).filter((path) => !path.includes('@napi-rs')),
    wanted.map((one) => `node_modules/keytar/prebuilds/${one}/keytar.node`),
  );
  return wanted.join(', ');
}

function listUnpacked(resources: string): readonly string[] {
  const unpacked = join(resources, 'app.asar.unpacked');
  return readdirSync(unpacked, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => statSync(join(unpacked, path)).isFile())
    .sort();
}

const listCanvases = (resources: string) =>
  listUnpacked(resources).filter((path) => path.includes('@napi-rs'));

function examineCanvas({ system }: Packed, resources: string): string {
  const found = listCanvases(resources);
  const wanted = {
    linux: ['canvas-linux-x64-gnu/skia.linux-x64-gnu.node'],
    darwin: ['canvas-darwin-arm64/skia.darwin-arm64.node', 'canvas-darwin-x64/skia.darwin-x64.node'],
    win32: ['canvas-win32-x64-msvc/skia.win32-x64-msvc.node'],
  }[system].map((path) => `node_modules/@napi-rs/${path}`);
  expectNone(
    'of another system',
    found.filter((path) => !wanted.includes(path)),
  );
  if (found.length === 0 && system !== process.platform)
    throw new NotHere('npm installs it on that system only, where its packages are made');
  expectSame('native parts', found, wanted);
  return found.map((path) => path.split('/').at(-1)).join(', ');
}

function examineText(root: string, archive: string): string {
  const bytes = readFileSync(archive).toString('latin1');
  expectNone('looks like a secret', secretPatterns.filter((pattern) => pattern.test(bytes)).map(String));
  const traces = [root.replace(/\/$/, ''), process.env['HOME'] ?? ''].filter((path) => path.length > 5);
  expectNone(
    'a path of the machine that built it',
    traces.filter((path) => bytes.includes(path)),
  );
  return `${secretPatterns.length} patterns, ${traces.length} paths looked for`;
}

function examineIntegrity({ system, folder }: Packed, archive: string): string {
  const hash = createHash('sha256').update(getRawHeader(archive).headerString).digest('hex');
  if (system === 'linux') throw new NotHere('Electron checks the asar’s integrity on Windows and macOS only');
  if (system === 'darwin') {
    const entry = take(readInfo(folder), 'ElectronAsarIntegrity', 'Resources/app.asar', 'hash');
    expectSame('the hash in Info.plist', entry, hash);
  } else if (!readFileSync(join(folder, 'Proxima.exe')).includes(hash))
    throw new Error('the resources of Proxima.exe lack the hash of the asar');
  return `sha256 ${hash.slice(0, 16)}…`;
}

interface BillComponent {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly unknown[];
}

/** keytar's binary was compiled with its headers; as a package it isn't there. */
const compiledIn = ['node-addon-api'];

function examineBill(root: string, system: System, archive: string, resources: string): string {
  expectNone(
    'missing',
    billFiles.filter((file) => !existsSync(join(resources, file))),
  );
  const sbom = JSON.parse(readFileSync(join(resources, 'sbom.cdx.json'), 'utf8')) as {
    bomFormat: string;
    components: readonly BillComponent[];
  };
  expectSame('its format', sbom.bomFormat, 'CycloneDX');
  const listed = new Set(sbom.components.map(({ name, version }) => `${name}@${version}`));
  const modules = listPackage(archive, { isPack: false })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => /^(\/node_modules\/(@[^/]+\/)?[^/@]+)+\/package\.json$/.test(path))
    .map((path) => {
      const { version } = JSON.parse(extractFile(archive, path.slice(1)).toString()) as BillComponent;
      return `${path.replace(/^.*node_modules\//, '').replace(/\/package\.json$/, '')}@${version}`;
    });
  const bundled = listBundled({
    root,
    builtFolders: ['dist/electron', 'dist/renderer'],
    without: ['headless.js'],
  });
  const present = new Set([...modules, ...bundled]);
  expectNone(
    'in the package, not in the bill',
    [...present].filter((one) => !listed.has(one)),
  );
  expectNone(
    'in the bill, not in the package',
    sbom.components
      .filter(({ name, version }) => !present.has(`${name}@${version}`))
      .map(({ name }) => name)
      .filter((name) => name !== 'electron' && !compiledIn.includes(name))
      // One bill is made for all three here; each system's packages are made there.
      .filter((name) => system === process.platform || !name.startsWith('@napi-rs/canvas-')),
  );
  expectNone(
    'without a licence',
    sbom.components.filter(({ licenses }) => !licenses?.length).map(({ name }) => name),
  );
  const licences = readFileSync(join(resources, 'licences.txt'), 'utf8');
  expectNone(
    'not in licences.txt',
    sbom.components
      .map(({ name, version }) => `${name} ${version} (`)
      .filter((heading) => !licences.includes(`\n${heading}`)),
  );
  return `${listed.size} components: ${bundled.size} bundled, ${modules.length} beside, each with its licence`;
}

export async function examineMac(root: string, packed: Packed, { check }: Examination): Promise<void> {
  await check('darwin: Info.plist', () => {
    const info = readInfo(packed.folder);
    expectSame('its identifier', take(info, 'CFBundleIdentifier'), 'org.proxima.desktop');
    expectSame('its version', take(info, 'CFBundleShortVersionString'), readVersion(root));
    expectSame('plain loads', take(info, 'NSAppTransportSecurity', 'NSAllowsArbitraryLoads'), false);
    expectSame('its icon', take(info, 'CFBundleIconFile'), 'icon.icns');
    const reason = take(info, 'NSMicrophoneUsageDescription');
    if (typeof reason !== 'string' || reason.length < 20)
      throw new Error('it doesn’t say what the microphone is for');
    return 'identifier, version, icon, encrypted loads only, reason for the microphone';
  });
  await check('darwin: links and files, chosen by the person', () => {
    const info = readInfo(packed.folder);
    const links = list(take(info, 'CFBundleURLTypes')).flatMap((type) =>
      list(take(type, 'CFBundleURLSchemes')).map((scheme) => [scheme, take(type, 'LSHandlerRank')]),
    );
    expectSame('links', links, [
      [ownScheme, 'Owner'],
      ...optInSchemes.map((scheme) => [scheme, 'Alternate']),
    ]);
    const files = list(take(info, 'CFBundleDocumentTypes')).flatMap((type) =>
      list(take(type, 'CFBundleTypeExtensions')).map((extension) => [extension, take(type, 'LSHandlerRank')]),
    );
    expectSame(
      'files',
      files,
      fileTypes.map(({ extension, isOwn }) => [extension, isOwn ? 'Owner' : 'Alternate']),
    );
    return `${schemes.join(', ')}; ${fileTypes.map(({ extension }) => `.${extension}`).join(', ')}`;
  });
  await check('darwin: hardened runtime, entitlements, notarisation', () => {
    const signed = composeConfiguration('darwin', { CSC_LINK: 'file', APPLE_API_KEY: 'key' }).mac;
    expectSame('hardened runtime', signed?.hardenedRuntime, true);
    expectSame('notarisation where a key is given', signed?.notarize, true);
    expectSame('notarisation without', composeConfiguration('darwin', {}).mac?.notarize, false);
    const own = readEntitlements(root, 'entitlements.plist');
    const inherited = readEntitlements(root, 'entitlements.inherit.plist');
    expectSame('entitlements', own, [
      'com.apple.security.cs.allow-jit',
      'com.apple.security.device.audio-input',
    ]);
    expectSame('entitlements of helpers', inherited, ['com.apple.security.cs.allow-jit']);
    return `${own.length} entitlements, ${inherited.length} for helpers`;
  });
}

function readEntitlements(root: string, file: string): string[] {
  const value = parsePropertyList(readFileSync(join(root, 'build/packaging', file), 'utf8'));
  return Object.entries(value)
    .filter(([, isGranted]) => isGranted === true)
    .map(([name]) => name);
}

export async function examineWindows(root: string, packed: Packed, { check }: Examination): Promise<void> {
  await check('win32: icon and version in Proxima.exe', () => {
    const program = readFileSync(join(packed.folder, 'Proxima.exe'));
    expectNone(
      'not in it',
      [16, 32, 48, 64, 128, 256]
        .filter((size) => !program.includes(readFileSync(join(root, `build/icons/${size}x${size}.png`))))
        .map((size) => `icon of ${size} pixels`),
    );
    const words = ['Proxima', readVersion(root)].filter(
      (word) => !program.includes(Buffer.from(word, 'utf16le')),
    );
    expectNone('not in its version information', words);
    return '6 sizes of the icon, name and version';
  });
}

function readInfo(folder: string): PropertyValue {
  return parsePropertyList(readFileSync(join(folder, 'Proxima.app/Contents/Info.plist'), 'utf8'));
}

function take(value: PropertyValue, ...keys: readonly string[]): PropertyValue | undefined {
  let current: PropertyValue | undefined = value;
  for (const key of keys) current = (current as Readonly<Record<string, PropertyValue>> | undefined)?.[key];
  return current;
}

function list(value: PropertyValue | undefined): readonly PropertyValue[] {
  return Array.isArray(value) ? (value as readonly PropertyValue[]) : [];
}

export function readVersion(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

export function formatMegabytes(bytes: number): string {
  return `${(bytes / megabyte).toFixed(1)} MB`;
}
