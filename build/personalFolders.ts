import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where a person's files lie, by the XDG Base Directory Specification: a relative path there counts as not set. */
export interface PersonalFolders {
  readonly data: string;
  readonly configuration: string;
}

export function findPersonalFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  home = homedir(),
): PersonalFolders {
  const choose = (variable: string, otherwise: string) => {
    const path = environment[variable];
    return join(path !== undefined && isAbsolute(path) ? path : join(home, otherwise), 'proxima');
  };
  return {
    data: choose('XDG_DATA_HOME', '.local/share'),
    configuration: choose('XDG_CONFIG_HOME', '.config'),
  };
}

const keyBytes = 32;

/**
 * The file with the key that opens the encrypted file of passwords. Made at the first call, readable by its owner
 * only; never replaced, since what it locked would be lost.
 */
export function ensureKeyFile(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'gateway.key');
  try {
    writeFileSync(file, `${randomBytes(keyBytes).toString('base64')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return file;
}
