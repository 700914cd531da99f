import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { collectionConformance, testDocumentSchema, valueOf } from './collection.conformance.ts';
import { openFileCollection } from './fileCollection.ts';

let root: string;
let folders = 0;
const log = { warn: () => undefined, error: () => undefined };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'proxima-collection-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = () => join(root, String((folders += 1)));
const open = (folder: string) =>
  openFileCollection({ folder, name: 'things', title: 'things', schema: testDocumentSchema, log });
const openThings = async (folder: string) => valueOf(await open(folder));
const at = (folder: string, name = 'things.json') => join(folder, name);

collectionConformance('a file', { isShared: false, isLasting: true, manyMs: 20_000 }, async () => {
  const folder = newFolder();
  return { open: async () => (await openThings(folder)).collection };
});

it('writes nothing before the first change', async () => {
  const folder = newFolder();
  const { collection, notices } = await openThings(folder);
  await collection.change('a', (current) => current);
  expect(notices).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

it('writes changes that wait together once, and only readable for its own account', async () => {
  const folder = newFolder();
  const { collection } = await openThings(folder);
  await Promise.all(
    Array.from({ length: 20 }, (_, count) => collection.change(`${count}`, () => ({ count }))),
  );
  // One write for the first, one for all that came meanwhile, each with its copy.
  expect((await readdir(folder)).toSorted()).toEqual(['things.1.json', 'things.json']);
});

it('goes on with the last good generation where the file is damaged, and keeps that', async () => {
  const folder = newFolder();
  const { collection } = await openThings(folder);
  await collection.change('a', () => ({ count: 1 }));
  await collection.change('a', () => ({ count: 2 }));
  await writeFile(at(folder), '{"format":');
  const again = await openThings(folder);
  expect(again.collection.all()).toEqual(new Map([['a', { count: 2 }]]));
  expect(again.notices[0]?.text).toContain('things.1.json');
  const beside = (await readdir(folder)).find((name) => name.includes('damaged'))!;
  expect(await readFile(at(folder, beside), 'utf8')).toBe('{"format":');
  expect((await openThings(folder)).notices).toEqual([]);
});

it('goes on with the last good generation where the file is gone; with nothing where all are damaged', async () => {
  const folder = newFolder();
  const { collection } = await openThings(folder);
  await collection.change('a', () => ({ count: 1 }));
  await rm(at(folder));
  const again = await openThings(folder);
  expect(again.collection.all().size).toBe(1);
  expect(again.notices[0]?.text).toContain('is missing');
  for (const name of await readdir(folder)) await writeFile(at(folder, name), 'x');
  const empty = await openThings(folder);
  expect(empty.collection.all().size).toBe(0);
  expect(empty.notices[0]?.text).toContain('No earlier version');
});

it('refuses what a newer version wrote, and leaves it', async () => {
  const folder = newFolder();
  await mkdir(folder);
  const newer = JSON.stringify({ format: 'proxima-collection', version: 2, name: 'things', all: [] });
  await writeFile(at(folder), newer);
  expect(await open(folder)).toMatchObject({ failure: { code: 'document_too_new' } });
  expect(await readFile(at(folder), 'utf8')).toBe(newer);
});

it('keeps a document that it does not understand, and does not change it', async () => {
  const folder = newFolder();
  await mkdir(folder);
  const documents = { a: { count: 'many', of: 'a later version' }, b: { count: 1 } };
  await writeFile(
    at(folder),
    JSON.stringify({ format: 'proxima-collection', version: 1, name: 'things', documents }),
  );
  const { collection } = await openThings(folder);
  expect([...collection.all().keys()]).toEqual(['b']);
  for (const refused of [
    await collection.change('a', () => ({ count: 1 })),
    await collection.fetch('a'),
    await collection.putAll(new Map([['a', { count: 1 }]])),
    await collection.removeAll(['b', 'a']),
  ])
    expect(refused).toMatchObject({ failure: { code: 'document_too_new' } });
  await collection.change('b', () => ({ count: 2 }));
  const written = JSON.parse(await readFile(at(folder), 'utf8')) as { documents: unknown };
  expect(written.documents).toEqual({ ...documents, b: { count: 2 } });
});

let blocked: string | undefined;
afterEach(async () => {
  if (blocked !== undefined) await rm(blocked, { recursive: true, force: true });
  blocked = undefined;
});

it('changes nothing where the disk takes nothing, and goes on when it does', async () => {
  const folder = newFolder();
  const { collection } = await openThings(folder);
  await collection.change('a', () => ({ count: 1 }));
  // Where the new file would be written is a folder: works as root, too.
  blocked = at(folder, 'things.json.new');
  await mkdir(join(blocked, 'in-the-way'), { recursive: true });
  const heard: unknown[] = [];
  collection.onChange((ids) => void heard.push(ids));
  expect(await collection.change('a', () => ({ count: 2 }))).toMatchObject({
    failure: { code: 'store_failed' },
  });
  expect(collection.all().get('a')).toEqual({ count: 1 });
  expect(heard).toEqual([]);
  await rm(blocked, { recursive: true });
  expect(valueOf(await collection.change('a', () => ({ count: 3 })))).toEqual({ count: 3 });
  expect((await openThings(folder)).collection.all().get('a')).toEqual({ count: 3 });
});
