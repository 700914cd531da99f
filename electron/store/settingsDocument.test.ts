import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { openSettings } from './settingsDocument.ts';

let folder: string;
const log = { warn: () => undefined };
const file = (name: string) => join(folder, name);
const settingsWith = (queueTimeoutMs: number): Settings => ({ ...emptySettings, queueTimeoutMs });

async function open() {
  const opened = await openSettings({ folder, log });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

const store = (content: unknown) =>
  writeFile(file('settings.json'), typeof content === 'string' ? content : JSON.stringify(content));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-settings-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('is empty at first, without a word, and writes nothing', async () => {
  expect(await open()).toEqual({ settings: emptySettings, notices: [] });
  expect(await readdir(folder)).toEqual([]);
});

it('reads what an administrator wrote, byte order mark or not, and fills in defaults', async () => {
  const { queueTimeoutMs: _, ...written } = emptySettings;
  await store(`\uFEFF${JSON.stringify(written)}`);
  expect(await open()).toEqual({ settings: emptySettings, notices: [] });
});

it('keeps the three newest good ones, each once', async () => {
  for (const queueTimeoutMs of [1, 2, 2, 3, 4, 4, 5]) {
    await store(settingsWith(queueTimeoutMs));
    expect((await open()).settings.queueTimeoutMs).toBe(queueTimeoutMs);
  }
  const kept = [1, 2, 3].map(async (generation) => {
    const text = await readFile(file(`settings.${generation}.json`), 'utf8');
    return (JSON.parse(text) as Settings).queueTimeoutMs;
  });
  expect(await Promise.all(kept)).toEqual([5, 4, 3]);
  expect((await readdir(folder)).toSorted()).toEqual([
    'settings.1.json',
    'settings.2.json',
    'settings.3.json',
    'settings.json',
  ]);
});

const manager = { id: 'a', name: 'a', address: '10.0.0.1', port: 4822 };
it.each([
  ['{"version":1,', 'it is not JSON'],
  ['', 'it is not JSON'],
  [{ ...emptySettings, managers: [{ ...manager, port: 70_000 }] }, 'managers, entry 1, port: '],
  [{ ...emptySettings, groups: [] }, 'groups: the Default group is missing'],
  [
    { ...emptySettings, managers: [manager, { ...manager, id: 'b', address: 'no address' }] },
    'managers, entry 2, address: not an IP address or a host name',
  ],
  [{ ...emptySettings, version: 2 }, 'version: '],
  [[], 'the document: '],
])('that can not be used (%j) is left alone, and the last good one is used', async (content, reason) => {
  await store(settingsWith(7));
  await open();
  await store(content);
  const before = await readFile(file('settings.json'));
  const { settings, notices } = await open();
  expect(settings).toEqual(settingsWith(7));
  expect(notices).toHaveLength(1);
  expect(notices[0]!.text).toContain(reason);
  expect(notices[0]!.text).toContain(file('settings.json'));
  expect(await readFile(file('settings.json'))).toEqual(before);
  expect((await readdir(folder)).toSorted()).toEqual(['settings.1.json', 'settings.json']);
});

it('uses an older generation where the newest is damaged too', async () => {
  for (const queueTimeoutMs of [1, 2]) {
    await store(settingsWith(queueTimeoutMs));
    await open();
  }
  await store('{');
  await writeFile(file('settings.1.json'), '{');
  expect((await open()).settings.queueTimeoutMs).toBe(1);
});

it('starts without managers, and says so, where nothing good was ever read', async () => {
  await store('{');
  const { settings, notices } = await open();
  expect(settings).toEqual(emptySettings);
  expect(notices[0]!.text).toContain('without session managers');
});

it('does not take a lost document for a fresh start', async () => {
  await store(settingsWith(7));
  await open();
  await rm(file('settings.json'));
  const { settings, notices } = await open();
  expect(settings).toEqual(settingsWith(7));
  expect(notices[0]!.text).toContain('is missing');
});

it('is a failure where the folder can not be used', async () => {
  await writeFile(file('plain'), '');
  expect(await openSettings({ folder: file('plain/data'), log })).toMatchObject({
    failure: { code: 'store_failed' },
  });
});
