import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDeb, makeRpm, type SystemPackage } from './systemPackage.ts';

// Stands in for fpm, which electron-builder would download: of fpm's options, those that electron-builder gives.

const { options, inputs } = readArguments(process.argv.slice(2));
const tree = mkdtempSync(join(tmpdir(), 'proxima-fpm-'));
try {
  chmodSync(tree, 0o755);
  for (const input of inputs) copyInput(input);
  const kind = one('-t');
  const [synopsis = '', ...rest] = one('--description').split('\n');
  const isDeb = kind === 'deb';
  const about: SystemPackage = {
    name: one('--name'),
    version: one('--version'),
    architecture: one('--architecture'),
    maintainer: one('--maintainer'),
    vendor: one('--vendor'),
    homepage: one('--url'),
    section: options.get('--category')?.[0] ?? 'net',
    licence: one('--license'),
    synopsis: isDeb ? synopsis : (options.get('--rpm-summary')?.[0] ?? synopsis),
    description: (isDeb ? rest : [synopsis, ...rest]).join('\n').trim(),
    depends: options.get('-d') ?? [],
    recommends: options.get('--deb-recommends') ?? [],
    configurationFiles: [],
    scripts: {
      postinst: readFileSync(one('--after-install'), 'utf8'),
      postrm: readFileSync(one('--after-remove'), 'utf8'),
    },
  };
  if (isDeb) makeDeb(about, tree, one('--package'));
  else if (kind === 'rpm') makeRpm(about, tree, one('--package'));
  else throw new Error(`fpm’s stand-in makes deb and rpm, not ${kind}`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(tree, { recursive: true, force: true });
}

/** `FROM=TO`; a folder that ends with a slash is copied by what is in it. */
function copyInput(input: string): void {
  const split = input.lastIndexOf('=');
  const to = join(tree, input.slice(split + 1));
  mkdirSync(dirname(to), { recursive: true });
  cpSync(input.slice(0, split), to, { recursive: true, verbatimSymlinks: true });
  // electron-builder writes its own files for its user alone.
  if (!input.slice(0, split).endsWith('/')) chmodSync(to, 0o644);
}

function one(name: string): string {
  const value = options.get(name)?.[0];
  if (value === undefined) throw new Error(`fpm’s stand-in needs ${name}`);
  return value;
}

function readArguments(args: readonly string[]) {
  const given = new Map<string, string[]>();
  const paths: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (!word.startsWith('-')) paths.push(word);
    else if (word !== '--force') {
      index += 1;
      given.set(word, [...(given.get(word) ?? []), args[index] ?? '']);
    }
  }
  return { options: given, inputs: paths };
}
