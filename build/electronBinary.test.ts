import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findElectron } from './electronBinary.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxima-electron-'));
  mkdirSync(join(folder, 'dist'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('needs both the path and the binary', () => {
  expect(findElectron(folder, {}).kind).toBe('missing');
  writeFileSync(join(folder, 'path.txt'), 'electron');
  expect(findElectron(folder, {}).kind).toBe('missing');
  writeFileSync(join(folder, 'dist/electron'), '');
  expect(findElectron(folder, {})).toEqual({ kind: 'found', path: join(folder, 'dist/electron') });
  rmSync(join(folder, 'path.txt'));
  expect(findElectron(folder, {}).kind).toBe('missing');
});

it('goes by ELECTRON_OVERRIDE_DIST_PATH first', () => {
  writeFileSync(join(folder, 'path.txt'), 'electron');
  writeFileSync(join(folder, 'dist/electron'), '');
  const other = join(folder, 'other');
  mkdirSync(other);
  const environment = { ELECTRON_OVERRIDE_DIST_PATH: other };
  expect(findElectron(folder, environment).kind).toBe('missing');
  writeFileSync(join(other, 'electron'), '');
  expect(findElectron(folder, environment)).toEqual({ kind: 'found', path: join(other, 'electron') });
});
