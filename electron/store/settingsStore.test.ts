import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, type Result } from '../../shared/contract/failure.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import type { SettingsStore } from '../broker/ports.ts';
import { createAuditLog } from './auditLog.ts';
import { type MachinePolicy, parsePolicy } from './policy.ts';
import { openSettingsStore } from './settingsStore.ts';

let folder: string;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let clock = 0;
const now = () => (clock += 1000);
const file = (name: string) => join(folder, name);
const settingsWith = (queueTimeoutMs: number): Settings => ({ ...emptySettings, queueTimeoutMs });
const createAudit = () => createAuditLog({ folder, log, now });

const noPolicy: MachinePolicy = { path: '/none', managedBy: '', values: {}, ignored: [] };

async function open(change: { audit?: ReturnType<typeof createAudit>; policy?: MachinePolicy } = {}) {
  const opened = await openSettingsStore({
    folder,
    log,
    audit: change.audit ?? createAudit(),
    policy: change.policy ?? noPolicy,
    now,
  });
  if (!opened.ok) throw new Error(opened.failure.detail);
  return opened.value;
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.detail}`);
  return result.value;
}

const edit = (content: unknown) =>
  writeFile(file('settings.json'), typeof content === 'string' ? content : JSON.stringify(content));
const onDisk = async () => JSON.parse(await readFile(file('settings.json'), 'utf8')) as Settings;
const audited = async () =>
  valueOf(await createAudit().read())
    .records.map(({ who, what }) => `${who} ${what}`)
    .toReversed();

async function saveAll(store: SettingsStore, timeouts: readonly number[], who = 'Ada') {
  for (const timeout of timeouts)
    expect(valueOf(await store.save(store.current().revision, settingsWith(timeout), who)).kind).toBe(
      'saved',
    );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-settings-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('is empty at first, without a word, and writes nothing', async () => {
  const { store, notices } = await open();
  expect(store.current()).toEqual({ settings: emptySettings, revision: 0 });
  expect(notices).toEqual([]);
  expect(await readdir(folder)).toEqual([]);
});

describe('saving', () => {
  it('counts the revisions up across restarts, and keeps who, when and what', async () => {
    await saveAll((await open()).store, [1000, 2000]);
    const { store, notices } = await open();
    expect(notices).toEqual([]);
    expect(store.current()).toEqual({ settings: settingsWith(2000), revision: 2 });
    await saveAll(store, [3000], 'Grace');
    expect(await onDisk()).toEqual(settingsWith(3000));
    expect(valueOf(await store.history())).toMatchObject([
      { revision: 3, who: 'Grace', changes: ['the queue waits 3 s, not 2 s'] },
      { revision: 2, who: 'Ada', changes: ['the queue waits 2 s, not 1 s'] },
      { revision: 1, who: 'Ada', changes: ['the queue waits 1 s, not 30 s'] },
    ]);
    expect(valueOf(await store.readRevision(1))).toEqual(settingsWith(1000));
    expect(await store.readRevision(4)).toMatchObject({ failure: { code: 'input_invalid' } });
    expect(await audited()).toEqual([
      'Ada saved settings, revision 1',
      'Ada saved settings, revision 2',
      'Grace saved settings, revision 3',
    ]);
  });

  it('tells its listeners, and those that were taken away no more', async () => {
    const { store } = await open();
    const seen: number[] = [];
    const stop = store.onChange(() => seen.push(store.current().revision));
    await saveAll(store, [1000, 2000]);
    stop();
    await saveAll(store, [3000]);
    expect(seen).toEqual([1, 2]);
  });

  it('keeps the last hundred revisions and the last three generations', async () => {
    const { store } = await open();
    await saveAll(
      store,
      Array.from({ length: 104 }, (_, index) => index),
    );
    for (const { store: one } of [{ store }, await open()]) {
      const revisions = valueOf(await one.history()).map(({ revision }) => revision);
      expect(revisions).toEqual(Array.from({ length: 100 }, (_, index) => 104 - index));
      expect(valueOf(await one.readRevision(5))).toEqual(settingsWith(4));
    }
    const kept = [1, 2, 3].map(
      async (number) =>
        (JSON.parse(await readFile(file(`settings.${number}.json`), 'utf8')) as Settings).queueTimeoutMs,
    );
    expect(await Promise.all(kept)).toEqual([103, 102, 101]);
  });

  it('lets one of two that race win, and tells the other what it missed', async () => {
    const { store } = await open();
    await saveAll(store, [1000]);
    const [first, second] = await Promise.all([
      store.save(1, settingsWith(2000), 'Ada'),
      store.save(1, settingsWith(3000), 'Grace'),
    ]);
    expect(first).toEqual({ ok: true, value: { kind: 'saved', revision: 2 } });
    expect(second).toEqual({
      ok: true,
      value: { kind: 'conflict', who: 'Ada', theirs: ['the queue waits 2 s, not 1 s'] },
    });
    expect(store.current()).toEqual({ settings: settingsWith(2000), revision: 2 });
    expect(await audited()).toHaveLength(2);
  });

  it('refuses settings that could not be read again', async () => {
    const { store } = await open();
    expect(await store.save(0, { ...emptySettings, groups: [] }, 'Ada')).toMatchObject({
      failure: { code: 'input_invalid' },
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('changes nothing where the audit log can not be written', async () => {
    await saveAll((await open()).store, [1000]);
    const audit = { ...createAudit(), append: async () => fail('audit_unwritable', 'the disk is full') };
    const { store } = await open({ audit });
    const before = await readdir(folder, { recursive: true });
    expect(await store.save(1, settingsWith(2000), 'Ada')).toMatchObject({
      failure: { code: 'audit_unwritable' },
    });
    expect(store.current()).toEqual({ settings: settingsWith(1000), revision: 1 });
    expect(await onDisk()).toEqual(settingsWith(1000));
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  it('changes nothing where the settings can not be written, says so in the audit log, and takes the next', async () => {
    const { store } = await open();
    await saveAll(store, [1000]);
    await mkdir(file('settings.json.new/in-the-way'), { recursive: true });
    expect(await store.save(1, settingsWith(2000), 'Ada')).toMatchObject({
      failure: { code: 'store_failed' },
    });
    expect(store.current().revision).toBe(1);
    expect((await open()).store.current()).toEqual({ settings: settingsWith(1000), revision: 1 });
    expect((await audited()).at(-1)).toBe('Ada settings, revision 2, were not saved after all');
    await rm(file('settings.json.new'), { recursive: true });
    await saveAll(store, [3000]);
    expect((await open()).store.current()).toEqual({ settings: settingsWith(3000), revision: 2 });
  });
});

describe('an edit by hand', () => {
  it('is a revision by the settings file, byte order mark or not, with defaults filled in', async () => {
    await saveAll((await open()).store, [1000]);
    const { queueTimeoutMs: _, ...written } = emptySettings;
    await edit(`\uFEFF${JSON.stringify(written)}`);
    for (let start = 0; start < 2; start += 1) {
      const { store, notices } = await open();
      expect(notices).toEqual([]);
      expect(store.current()).toEqual({ settings: emptySettings, revision: 2 });
      expect(valueOf(await store.history())[0]).toMatchObject({
        revision: 2,
        who: 'the settings file',
        changes: ['the queue waits 30 s, not 1 s'],
      });
    }
    expect((await audited()).at(-1)).toBe('the settings file edited settings.json by hand');
    expect(await audited()).toHaveLength(2);
  });

  it('that changes the layout only is none', async () => {
    await saveAll((await open()).store, [1000]);
    await edit(settingsWith(1000));
    expect((await open()).store.current().revision).toBe(1);
  });

  it('while Proxima runs is not overwritten: the next save is a conflict', async () => {
    const { store } = await open();
    await saveAll(store, [1000]);
    await edit(settingsWith(5000));
    expect(valueOf(await store.save(1, settingsWith(2000), 'Ada'))).toEqual({
      kind: 'conflict',
      who: 'the settings file',
      theirs: ['the queue waits 5 s, not 1 s'],
    });
    expect(store.current()).toEqual({ settings: settingsWith(5000), revision: 2 });
    expect(valueOf(await store.save(2, settingsWith(2000), 'Ada'))).toEqual({ kind: 'saved', revision: 3 });
    expect(valueOf(await store.history()).map(({ who }) => who)).toEqual(['Ada', 'the settings file', 'Ada']);
    expect((await open()).store.current().revision).toBe(3);
  });

  it('applies also where it can not be audited, but nothing is saved over it', async () => {
    await saveAll((await open()).store, [1000]);
    await edit(settingsWith(5000));
    const broken = { ...createAudit(), append: async () => fail('audit_unwritable') };
    const { store } = await open({ audit: broken });
    expect(store.current()).toEqual({ settings: settingsWith(5000), revision: 2 });
    expect(await store.save(2, settingsWith(6000), 'Ada')).toMatchObject({
      failure: { code: 'audit_unwritable' },
    });
    const again = await open();
    expect(again.store.current().revision).toBe(2);
    expect(valueOf(await again.store.history())).toHaveLength(2);
  });
});

const manager = { id: 'a', name: 'a', address: '10.0.0.1', port: 4822 };
const unusable: readonly [unknown, string][] = [
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
];

describe('a file that can not be used', () => {
  it.each(unusable)('(%j) is left alone, and the last good state is used', async (content, reason) => {
    await saveAll((await open()).store, [1000, 7000]);
    await edit(content);
    const before = await readFile(file('settings.json'));
    const { store, notices } = await open();
    expect(store.current()).toEqual({ settings: settingsWith(7000), revision: 2 });
    expect(notices).toHaveLength(1);
    expect(notices[0]!.text).toContain(reason);
    expect(notices[0]!.text).toContain(file('settings.json'));
    expect(await readFile(file('settings.json'))).toEqual(before);
  });

  it('is moved beside by the next save', async () => {
    await saveAll((await open()).store, [1000]);
    await edit('{ half');
    const { store } = await open();
    await saveAll(store, [2000]);
    const [beside, ...others] = (await readdir(folder)).filter((name) =>
      name.startsWith('settings.damaged-'),
    );
    expect(others).toEqual([]);
    expect(await readFile(file(beside!), 'utf8')).toBe('{ half');
    expect((await open()).notices).toEqual([]);
  });

  it('gives way to a generation where the history is gone', async () => {
    await saveAll((await open()).store, [1000, 2000]);
    await rm(file('settings-history'), { recursive: true });
    await edit('{');
    await writeFile(file('settings.1.json'), '{');
    const { store, notices } = await open();
    expect(store.current()).toEqual({ settings: settingsWith(1000), revision: 1 });
    expect(notices[0]!.text).toContain('settings.2.json');
  });

  it('gives way to an older revision where the newest is damaged too, and no number is given twice', async () => {
    await saveAll((await open()).store, [1000, 2000]);
    await edit('{');
    await writeFile(file('settings-history/000002.json'), '{');
    const { store } = await open();
    expect(store.current()).toEqual({ settings: settingsWith(1000), revision: 3 });
    await saveAll(store, [4000]);
    expect(valueOf(await store.history()).map(({ revision }) => revision)).toEqual([4, 3, 1]);
  });

  it('is not taken for a fresh start where it is missing', async () => {
    await saveAll((await open()).store, [7000]);
    await rm(file('settings.json'));
    const { store, notices } = await open();
    expect(store.current().settings).toEqual(settingsWith(7000));
    expect(notices[0]!.text).toContain('is missing');
  });

  it('leaves Proxima without managers, and says so, where nothing good was ever there', async () => {
    await edit('{');
    const { store, notices } = await open();
    expect(store.current()).toEqual({ settings: emptySettings, revision: 0 });
    expect(notices[0]!.text).toContain('without session managers');
  });
});

it('is a failure where the folder can not be used', async () => {
  await writeFile(file('plain'), '');
  expect(
    await openSettingsStore({ folder: file('plain/data'), log, audit: createAudit(), policy: noPolicy, now }),
  ).toMatchObject({ failure: { code: 'store_failed' } });
});

describe('under a policy', () => {
  const policy: MachinePolicy = { ...noPolicy, managedBy: 'IT Operations', values: { queueTimeoutMs: 9000 } };
  const renamed = (queueTimeoutMs: number, name: string): Settings => ({
    ...settingsWith(queueTimeoutMs),
    groups: [{ ...emptySettings.groups[0]!, name }],
  });

  it('has its values, its locks, and refuses to change them', async () => {
    await saveAll((await open()).store, [1000]);
    const { store } = await open({ policy });
    expect(store.current()).toEqual({ settings: settingsWith(9000), revision: 1 });
    expect(store.locked()).toEqual([{ path: 'queueTimeoutMs', managedBy: 'IT Operations' }]);
    expect(await store.save(1, settingsWith(2000), 'Ada')).toMatchObject({
      failure: { code: 'settings_locked', detail: 'queueTimeoutMs: managed by IT Operations' },
    });
    expect(await onDisk()).toEqual(settingsWith(1000));
    expect(await audited()).toHaveLength(1);
  });

  it('saves everything else, also an older revision', async () => {
    await saveAll((await open()).store, [1000]);
    const { store } = await open({ policy });
    expect(valueOf(await store.save(1, renamed(9000, 'Everything'), 'Ada')).kind).toBe('saved');
    expect(valueOf(await store.history())[0]!.changes).toEqual([
      'group “Everything”: name is Everything, was Default',
    ]);
    const undo = valueOf(await store.readRevision(1));
    expect(undo).toEqual(settingsWith(9000));
    expect(valueOf(await store.save(2, undo, 'Ada')).kind).toBe('saved');
  });

  it('says what of it was ignored', async () => {
    const content = { version: 1, managedBy: 'IT', settings: { queueTimeoutMs: -1 } };
    const { store, notices } = await open({
      policy: parsePolicy([{ where: '/etc/proxima/policy.json', content }]),
    });
    expect(store.current().settings).toEqual(emptySettings);
    expect(store.locked()).toEqual([]);
    expect(notices[0]!.text).toContain('/etc/proxima/policy.json: queueTimeoutMs: ');
  });

  it('saves no group whose connections it forbids, and says which', async () => {
    const restrictions = { managedBy: 'IT Operations', plainAllowed: false };
    const { store } = await open({ policy: { ...noPolicy, managedBy: 'IT Operations', restrictions } });
    for (const kind of ['plain', 'unverified'] as const) {
      const trusting = { ...emptySettings.groups[0]!, trust: { kind } };
      expect(await store.save(0, { ...emptySettings, groups: [trusting] }, 'Ada')).toMatchObject({
        failure: {
          code: 'policy_forbids',
          detail: 'connections that are not encrypted and verified, in “Default”: managed by IT Operations',
        },
      });
    }
    expect(await audited()).toEqual([]);
    expect(valueOf(await store.save(0, settingsWith(9000), 'Ada')).kind).toBe('saved');
  });
});

it('is, after a crash between any two writes of a save, as before or as after it', async () => {
  await saveAll((await open()).store, [1000]);
  const record = JSON.stringify({
    revision: 2,
    at: 1,
    who: 'Ada',
    changes: [],
    settings: settingsWith(2000),
  });
  const pending = file('settings-history/000002.pending.json');
  const steps = [
    () => writeFile(`${pending}.new`, record.slice(0, 50)),
    () => writeFile(pending, record),
    () => edit(settingsWith(2000)),
  ];
  const expected = [1, 2, 2];
  for (const [index, step] of steps.entries()) {
    await step();
    for (let start = 0; start < 2; start += 1) {
      const { store, notices } = await open();
      expect(notices).toEqual([]);
      expect(store.current()).toEqual({
        settings: settingsWith(expected[index]! * 1000),
        revision: expected[index],
      });
      expect(await onDisk()).toEqual(store.current().settings);
    }
    await rm(file('settings-history/000002.json'), { force: true });
    await edit(settingsWith(index === 1 ? 2000 : 1000));
    if (index === 1) await writeFile(pending, record);
  }
});

it('loses nothing acknowledged in any order of saves, edits and restarts', async () => {
  const step = fc.record({
    kind: fc.constantFrom('save' as const, 'stale' as const, 'edit' as const, 'restart' as const),
    value: fc.integer({ min: 0, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      let { store } = await open();
      let expected = { settings: emptySettings, revision: 0 };
      for (const { kind, value } of steps) {
        const settings = settingsWith(value);
        if (kind === 'restart') ({ store } = await open());
        else if (kind === 'edit') {
          await edit(settings);
          ({ store } = await open());
          if (settings.queueTimeoutMs !== expected.settings.queueTimeoutMs)
            expected = { settings, revision: expected.revision + 1 };
          else expected = { settings, revision: Math.max(1, expected.revision) };
        } else {
          const base = kind === 'stale' ? expected.revision - 1 : expected.revision;
          const saved = valueOf(await store.save(base, settings, 'Ada'));
          expect(saved.kind).toBe(kind === 'stale' ? 'conflict' : 'saved');
          if (kind === 'save') expected = { settings, revision: expected.revision + 1 };
        }
        expect(store.current()).toEqual(expected);
      }
      expect(valueOf(await store.history())).toHaveLength(expected.revision);
      expect(valueOf(await createAudit().read())).toMatchObject({
        intact: true,
        records: { length: expected.revision },
      });
    }),
    { numRuns: 40 },
  );
}, 60_000);

/** Saves until it is killed; every number printed was acknowledged. */
const saver = `
  const { openSettingsStore } = await import(process.env.STORE + '/settingsStore.ts');
  const { createAuditLog } = await import(process.env.STORE + '/auditLog.ts');
  const folder = process.env.FOLDER;
  const log = { info() {}, warn() {}, error() {} };
  const audit = createAuditLog({ folder, log, now: Date.now });
  const policy = { path: '', managedBy: '', values: {}, ignored: [] };
  const opened = await openSettingsStore({ folder, log, audit, policy, now: Date.now });
  if (!opened.ok) throw new Error(opened.failure.detail);
  const { store } = opened.value;
  for (;;) {
    const { settings, revision } = store.current();
    const result = await store.save(revision, { ...settings, queueTimeoutMs: revision + 1 }, 'Ada');
    if (!result.ok) throw new Error(result.failure.detail);
    process.stdout.write(result.value.revision + '\\n');
  }
`;

it('holds everything that it acknowledged before a kill -9', async () => {
  let revision = 0;
  for (const [kills, delayMs] of [
    [10, 0],
    [25, 1],
    [17, 2],
    [5, 3],
    [9, 4],
  ] as const) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', saver], {
      env: { ...process.env, STORE: new URL('.', import.meta.url).href, FOLDER: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === revision + kills) setTimeout(() => child.kill('SIGKILL'), delayMs);
    }
    expect(acknowledged).toBeGreaterThanOrEqual(revision + kills);
    const { store, notices } = await open();
    expect(notices).toEqual([]);
    ({ revision } = store.current());
    expect(revision === acknowledged || revision === acknowledged + 1).toBe(true);
    expect(store.current().settings.queueTimeoutMs).toBe(revision);
    expect(valueOf(await store.history()).map(({ who }) => who)).not.toContain('the settings file');
    expect(valueOf(await createAudit().read())).toMatchObject({ intact: true });
  }
}, 60_000);
