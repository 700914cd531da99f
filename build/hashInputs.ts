import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const withoutEffect = /\.test\.tsx?$|(^|\/)tsconfig[^/]*\.json$/;

/**
 * One SHA-256 (hex) over the names and contents of these files and folders: the same as long as what is built from
 * them is the same. Tests and type-checker settings don't count. A path that isn't there counts as empty.
 *
 * @param paths relative to `root`, with slashes.
 */
export function hashInputs(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths.flatMap((input) => listFiles(root, input)).sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function listFiles(root: string, path: string): string[] {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return [];
  if (!stats.isDirectory()) return withoutEffect.test(path) ? [] : [path];
  return readdirSync(join(root, path)).flatMap((name) => listFiles(root, `${path}/${name}`));
}
