import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureKeyFile, findPersonalFolders } from './personalFolders.ts';

it('goes by the XDG folders, else by those below the home folder', () => {
  expect(findPersonalFolders({}, '/home/ada')).toEqual({
    data: '/home/ada/.local/share/proxima',
    configuration: '/home/ada/.config/proxima',
  });
  expect(findPersonalFolders({ XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: 'relative' }, '/home/ada')).toEqual({
    data: '/data/proxima',
    configuration: '/home/ada/.config/proxima',
  });
});

it('makes the key once, for its owner only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxima-key-'));
  try {
    const file = ensureKeyFile(join(folder, 'proxima'));
    const key = readFileSync(file, 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'proxima')).mode & 0o777).toBe(0o700);
    expect(ensureKeyFile(join(folder, 'proxima'))).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe(key);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
