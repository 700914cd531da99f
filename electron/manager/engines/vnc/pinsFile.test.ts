import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openPins } from './pinsFile.ts';

let folder: string;
let path: string;
const problems: string[] = [];
const open = () => openPins(path, (text) => problems.push(text));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-pins-'));
  path = join(folder, 'vnc_pins.json');
  problems.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('keeps them for the next start', async () => {
  const pins = await open();
  pins.set('a:5900', 'one');
  pins.set('b:5900', 'two');
  expect(pins.get('a:5900')).toBe('one');
  await vi.waitFor(async () => expect((await open()).get('b:5900')).toBe('two'));
  expect((await open()).get('c:5900')).toBeUndefined();
  expect(problems).toEqual([]);
});

it('goes on without a file that is damaged, and says so', async () => {
  await writeFile(path, '{"a:5900": 1}');
  const pins = await open();
  expect(pins.get('a:5900')).toBeUndefined();
  expect(problems).toEqual([`The pins of VNC hosts in ${path} can not be read`]);
  expect(await readFile(path, 'utf8')).toBe('{"a:5900": 1}');
});

it('holds for this run where it can not write', async () => {
  path = join(folder, 'nowhere', 'vnc_pins.json');
  const pins = await open();
  pins.set('a:5900', 'one');
  await vi.waitFor(() => expect(problems).toHaveLength(1));
  expect(pins.get('a:5900')).toBe('one');
});
