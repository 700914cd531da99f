import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { endToEndTests, fuzzCheck, packCheck, selectChecks, textChecks, unitTests } from './checks.ts';

const all = [...textChecks, fuzzCheck, packCheck, unitTests, endToEndTests];

it('takes all checks without a word, and those that a word is part of', () => {
  const names = (words: string[]) => selectChecks(all, words).map(({ name }) => name);
  expect(names([])).toEqual(all.map(({ name }) => name));
  expect(names(['unit', 'Lint'])).toEqual(['lint', 'unit']);
  expect(names(['types'])).toHaveLength(7);
  expect(names(['nonsense'])).toEqual([]);
});

it('runs programs and configurations that are there', () => {
  const root = new URL('..', import.meta.url);
  const files = all.flatMap(({ command }) => command.filter((word) => /\.(mjs|cjs|js|json|ts)$/.test(word)));
  expect(files.length).toBeGreaterThan(all.length / 2);
  expect(files.filter((file) => !file.includes('=') && !existsSync(new URL(file, root)))).toEqual([]);
});
