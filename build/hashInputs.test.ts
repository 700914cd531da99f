import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashInputs } from './hashInputs.ts';

let root: string;
const inputs = ['source', 'lock.json', 'absent'];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'proxima-inputs-'));
  mkdirSync(join(root, 'source/deep'), { recursive: true });
  writeFileSync(join(root, 'source/a.ts'), 'a');
  writeFileSync(join(root, 'source/deep/b.ts'), 'b');
  writeFileSync(join(root, 'lock.json'), '{}');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('hashInputs', () => {
  it('stays the same when only times, tests and type-checker settings change', () => {
    const before = hashInputs(root, inputs);
    utimesSync(join(root, 'source/a.ts'), 1, 1);
    writeFileSync(join(root, 'source/a.test.ts'), 'test');
    writeFileSync(join(root, 'source/tsconfig.json'), '{}');
    writeFileSync(join(root, 'elsewhere.ts'), 'not an input');
    expect(hashInputs(root, inputs)).toBe(before);
  });

  it.each([
    ['a content', () => writeFileSync(join(root, 'source/deep/b.ts'), 'c')],
    ['a file of its own', () => writeFileSync(join(root, 'lock.json'), '[]')],
    ['a name', () => renameSync(join(root, 'source/a.ts'), join(root, 'source/c.ts'))],
    ['a new file', () => writeFileSync(join(root, 'source/deep/new.css'), '')],
    ['a border between two files', () => writeFileSync(join(root, 'source/a.ts'), 'ab')],
    ['a file that was removed', () => rmSync(join(root, 'source/a.ts'))],
  ])('changes with %s', (_, change) => {
    const before = hashInputs(root, inputs);
    change();
    expect(hashInputs(root, inputs)).not.toBe(before);
  });
});
