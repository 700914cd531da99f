import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One component of a CycloneDX 1.5 document; of it only what is looked at here. */
interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly scope?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

export interface BillOptions {
  readonly root: string;
  /** Folders of dist/ that the package takes in. */
  readonly builtFolders: readonly string[];
  /** Programs of those folders that it leaves out: `headless.js`. */
  readonly without: readonly string[];
  /** npm packages that go along unbundled, with all that they depend on. */
  readonly unbundled: readonly string[];
  /** Electron itself, where the package has it. */
  readonly runtime: readonly string[];
}

/**
 * The bill of materials of what is really in a package, and the licences of all of it: the npm packages whose code the source
 * maps of the build name, those that go along as they are, and the runtime. `npm sbom` describes them.
 *
 * @throws where npm can't describe them, or one of them has no known licence.
 */
export function composeBill(options: BillOptions): { readonly sbom: string; readonly licences: string } {
  const whole = readWholeBill(options.root);
  const wanted = new Set([
    ...listBundled(options),
    ...options.runtime.map((name) => identify(options.root, `node_modules/${name}`)),
  ]);
  const refs = new Map(whole.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn ?? []]));
  const taken = new Set(
    whole.components
      .filter((component) => wanted.has(nameWithVersion(component)))
      .map((component) => component['bom-ref']),
  );
  const missing = [...wanted].filter((id) => !whole.components.some((one) => nameWithVersion(one) === id));
  if (missing.length > 0) throw new Error(`npm’s bill of materials lacks ${missing.join(', ')}`);
  const folders = readFolders(options.root);
  // Native parts for other systems aren't installed here, and don't go along.
  const elsewhere = new Set(
    whole.components
      .filter((one) => !existsSync(join(options.root, folders.get(nameWithVersion(one)) ?? '')))
      .map((one) => one['bom-ref']),
  );
  const follow = (ref: string): void => {
    if (taken.has(ref) || elsewhere.has(ref)) return;
    taken.add(ref);
    for (const next of refs.get(ref) ?? []) follow(next);
  };
  for (const component of whole.components)
    if (options.unbundled.includes(component.name)) follow(component['bom-ref']);
  const components = whole.components
    .filter((component) => taken.has(component['bom-ref']))
    .map((component) => describe(options.root, folders, component));
  const self = whole.metadata.component['bom-ref'];
  const dependencies = whole.dependencies
    .filter(({ ref }) => ref === self || taken.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: (dependsOn ?? []).filter((next) => taken.has(next)) }));
  const component = { ...whole.metadata.component, name: 'Proxima', type: 'application' };
  const sbom = { ...whole, metadata: { ...whole.metadata, component }, components, dependencies };
  return {
    sbom: `${JSON.stringify(sbom, null, 2)}\n`,
    licences: composeLicences(options.root, folders, components),
  };
}

/** Writes both into `folder`, under the names that they have in a package. */
export function writeBill(folder: string, options: BillOptions): void {
  const { sbom, licences } = composeBill(options);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'sbom.cdx.json'), sbom);
  writeFileSync(join(folder, 'licences.txt'), licences);
}

/** The npm packages whose code is in the built files, by their source maps: each as `name@version`. */
export function listBundled({
  root,
  builtFolders,
  without,
}: Pick<BillOptions, 'root' | 'builtFolders' | 'without'>): Set<string> {
  const paths = new Set<string>();
  for (const folder of builtFolders) {
    for (const path of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.map') || without.includes(path.replace(/\.map$/, ''))) continue;
      const { sources } = JSON.parse(readFileSync(join(root, folder, path), 'utf8')) as { sources: string[] };
      for (const source of sources) {
        const packagePath = /^(?:\.\.\/)+(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(
          source,
        )?.[1];
        if (packagePath !== undefined) paths.add(packagePath);
      }
    }
  }
  return new Set([...paths].map((path) => identify(root, path)));
}

function readWholeBill(root: string): Bill {
  const npm = process.env['npm_execpath'];
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--include=dev'];
  const { stdout, stderr, status } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, encoding: 'utf8', maxBuffer })
    : spawnSync('npm', args, {
        cwd: root,
        encoding: 'utf8',
        maxBuffer,
        shell: process.platform === 'win32',
      });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  return JSON.parse(stdout) as Bill;
}

const maxBuffer = 64 * 1024 * 1024;

function nameWithVersion({ name, version }: Pick<Component, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

/** As npm calls it, which for an alias (keytar) is the alias. */
function identify(root: string, path: string): string {
  const { version } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Component;
  return nameWithVersion({ name: path.replace(/^.*node_modules\//, ''), version });
}

/** Where each version of each package lies, by the lock file. */
function readFolders(root: string): ReadonlyMap<string, string> {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string }>;
  };
  const entries = Object.entries(lock.packages).map(
    ([path, { version = '' }]) =>
      [nameWithVersion({ name: path.replace(/^.*node_modules\//, ''), version }), path] as const,
  );
  return new Map(entries.toReversed());
}

interface Licensed {
  readonly license?: string;
  readonly licenses?: readonly { readonly type: string }[];
}

/** To npm what is bundled is for development; in the package it's part of the product. And some name their licence in a way of their own. */
function describe(root: string, folders: ReadonlyMap<string, string>, component: Component): Component {
  const properties = (component.properties ?? []).filter(
    ({ name }) => name !== 'cdx:npm:package:development',
  );
  const described = { ...component, scope: 'required', properties };
  if (nameLicence(component) !== undefined) return described;
  const packageFile = join(root, folders.get(nameWithVersion(component)) ?? '', 'package.json');
  const { license, licenses } = JSON.parse(readFileSync(packageFile, 'utf8')) as Licensed;
  // The latter is how npm had it before 2014.
  const name = license ?? licenses?.map(({ type }) => type).join(', ');
  if (!name) throw new Error(`${nameWithVersion(component)} names no licence`);
  return { ...described, licenses: [{ license: { name } }] };
}

function composeLicences(
  root: string,
  folders: ReadonlyMap<string, string>,
  components: readonly Component[],
): string {
  const parts = components.map((component) => {
    const folder = join(root, folders.get(nameWithVersion(component)) ?? '');
    const licence = nameLicence(component);
    const files = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
          .sort()
      : [];
    const texts = files.map((name) => readFileSync(join(folder, name), 'utf8').trim());
    return [
      `${component.name} ${component.version} (${licence})`,
      ...(texts.length > 0 ? texts : [`Its package has no text of its licence, and names it ${licence}.`]),
    ].join('\n\n');
  });
  const intro =
    'Proxima is under the Apache License 2.0. It contains these works of others, each under its own licence.\n' +
    'Chromium’s, which come with Electron, are in LICENSES.chromium.html.';
  return `${[intro, ...parts].join(`\n\n${'-'.repeat(100)}\n\n`)}\n`;
}

function nameLicence({ licenses }: Component): string | undefined {
  const names = (licenses ?? []).map(({ license, expression }) => expression ?? license?.id ?? license?.name);
  return names.filter((name) => name !== undefined).join(', ') || undefined;
}
