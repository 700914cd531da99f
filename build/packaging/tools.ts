import { path7za } from '7zip-bin';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What electron-builder would otherwise download, as environment variables that name what is here: 7-Zip from npm, and on Linux a
 * stand-in for fpm over dpkg-deb and rpmbuild.
 */
export function prepareTools(root: string, folder: string): Record<string, string> {
  if (process.platform !== 'win32') chmodSync(path7za, 0o755);
  const tools = { ELECTRON_BUILDER_7ZIP_PATH: path7za };
  if (process.platform !== 'linux') return tools;
  const fpm = join(folder, 'fpm');
  mkdirSync(folder, { recursive: true });
  const words = [process.execPath, join(root, 'build/run.mjs'), join(root, 'build/packaging/fpm.ts')];
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  writeFileSync(fpm, `#!/bin/sh\nunset npm_lifecycle_event\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  return { ...tools, CUSTOM_FPM_PATH: fpm };
}
