import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultPreferences } from '../../shared/model/preferences.ts';
import { openPreferences } from './preferences.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-preferences-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, 'preferences.json');
const openStore = () => openPreferences({ folder, log: pino({ level: 'silent' }), now: () => 0 });

test('begins with the defaults, and writes nothing before somebody decides', async () => {
  const { store, notices } = await openStore();
  expect(store.current()).toEqual(defaultPreferences);
  expect(notices).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

test('keeps what was saved, and tells whoever listens', async () => {
  const { store } = await openStore();
  const heard: boolean[] = [];
  const stop = store.onChange(() => heard.push(store.current().keepInTray));
  const preferred = { ...defaultPreferences, keepInTray: true, linkSchemes: ['ssh' as const] };
  expect((await store.save(preferred)).ok).toBe(true);
  expect(heard).toEqual([true]);
  stop();
  await store.save({ ...preferred, notifications: false });
  expect(heard).toEqual([true]);
  expect((await openStore()).store.current()).toEqual({ ...preferred, notifications: false });
});

test('saves that come at once end with the last', async () => {
  const { store } = await openStore();
  const saves = [true, false, true, false].map((keepInTray) =>
    store.save({ ...defaultPreferences, keepInTray }),
  );
  expect((await Promise.all(saves)).every(({ ok }) => ok)).toBe(true);
  expect(store.current().keepInTray).toBe(false);
  expect((await openStore()).store.current().keepInTray).toBe(false);
});

test('a field that is missing in an edited file has its default', async () => {
  await writeFile(path(), '\ufeff{"version":1,"notifications":false,"unknown":1}');
  const { store, notices } = await openStore();
  expect(store.current()).toEqual({ ...defaultPreferences, notifications: false });
  expect(notices).toEqual([]);
});

test.each([
  ['no JSON', '{'],
  ['null', 'null'],
  ['a list', '[]'],
  ['a wrong field', '{"version":1,"keepInTray":"yes"}'],
  ['an unknown scheme', '{"version":1,"linkSchemes":["file"]}'],
  ['a newer version', '{"version":2}'],
])('a file with %s is kept beside, told, and replaced by the defaults', async (_, text) => {
  await writeFile(path(), text);
  const { store, notices } = await openStore();
  expect(store.current()).toEqual(defaultPreferences);
  expect(notices).toHaveLength(1);
  const [beside, ...more] = await readdir(folder);
  expect(beside).toMatch(/^preferences\.damaged-/);
  expect(more).toEqual([]);
  expect(notices[0]?.text).toContain(beside);
  expect(await readFile(join(folder, beside!), 'utf8')).toBe(text);
  expect((await store.save(defaultPreferences)).ok).toBe(true);
  expect((await openStore()).notices).toEqual([]);
});

test('what can not be written is refused with the cause, and not in force', async () => {
  const { store } = await openStore();
  await rm(folder, { recursive: true });
  await writeFile(folder, 'no folder');
  const saved = await store.save({ ...defaultPreferences, keepInTray: true });
  expect(saved).toMatchObject({ ok: false, failure: { code: 'store_failed' } });
  expect(store.current().keepInTray).toBe(false);
});
