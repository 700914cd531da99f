import { expect, it } from 'vitest';
import { mergeUpdateFiles } from './updateFiles.ts';
import { readYaml } from './yaml.ts';

const write = (...names: string[]) =>
  `version: 1.2.3\nfiles:\n${names.map((name) => `  - url: ${name}\n    sha512: abc==\n    size: 7\n`).join('')}path: ${names[0]}\nsha512: abc==\nreleaseDate: '2026-11-20T00:00:00.000Z'\n`;

it('offers what either offers, and the same path as the second', () => {
  const merged = readYaml(mergeUpdateFiles(write('a.AppImage'), write('a.deb', 'a.rpm')));
  expect(merged).toMatchObject({ version: '1.2.3', path: 'a.deb' });
  expect((merged as { files: { url: string; size: number }[] }).files).toEqual(
    ['a.deb', 'a.rpm', 'a.AppImage'].map((url) => ({ url, sha512: 'abc==', size: 7 })),
  );
});

it('refuses what offers nothing', () => {
  expect(() => mergeUpdateFiles('version: 1.2.3\n', write('a.deb'))).toThrow('offers no files');
  expect(() => mergeUpdateFiles(write('a.deb'), 'version: 1.2.3\n')).toThrow('offers no files');
});
