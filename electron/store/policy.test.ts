import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { policySchema } from '../../shared/model/policy.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { emptySettings, type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { applyPolicy, findLockedChanges, readPolicy } from './policy.ts';

let folder: string;
const path = () => join(folder, 'policy.json');

const manager = (id: string): SessionManager => ({
  id,
  name: id.toUpperCase(),
  address: '10.0.0.1',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
});
const group = (id: string, priority: number, change: Partial<ProximityGroup> = {}): ProximityGroup => ({
  id,
  name: id,
  priority,
  selectors: [],
  managerIds: [],
  trust: { kind: 'authorities' },
  fallbackGroupId: null,
  ...change,
});
const settings: Settings = {
  ...emptySettings,
  managers: [manager('a'), manager('b')],
  groups: [group('near', 1, { managerIds: ['a'] }), group(defaultGroupId, 9, { managerIds: ['b'] })],
};

async function apply(content: unknown) {
  await writeFile(path(), typeof content === 'string' ? content : JSON.stringify(content));
  return applyPolicy(await readPolicy(path()), settings);
}

const policyOf = (values: object) => ({ version: 1, managedBy: 'IT Operations', settings: values });
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-policy-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('is none where there is no file', async () => {
  expect(applyPolicy(await readPolicy(path()), settings)).toEqual({ settings, locked: [], ignored: [] });
});

it('puts its values over the settings, and locks them', async () => {
  const governed = await apply(policyOf({ queueTimeoutMs: 5000, managers: [manager('a'), manager('b')] }));
  expect(governed).toEqual({
    settings: { ...settings, queueTimeoutMs: 5000 },
    locked: [
      { path: 'managers', managedBy: 'IT Operations' },
      { path: 'queueTimeoutMs', managedBy: 'IT Operations' },
    ],
    ignored: [],
  });
  expect(findLockedChanges(governed, { ...governed.settings, groups: [] })).toEqual([]);
  expect(findLockedChanges(governed, { ...settings, managers: [manager('a')] })).toEqual([
    'managers',
    'queueTimeoutMs',
  ]);
});

it('fills in defaults as the settings do, so that saving what people see changes nothing locked', async () => {
  const { id, name, address } = manager('b');
  const governed = await apply(policyOf({ managers: [{ id, name, address }] }));
  expect(findLockedChanges(governed, settingsSchema.parse(structuredClone(governed.settings)))).toEqual([]);
});

it('leaves out what a group of the settings says about managers that the policy does not have', async () => {
  const governed = await apply(policyOf({ managers: [manager('b'), manager('c')] }));
  expect(governed.settings.groups.map(({ managerIds }) => managerIds)).toEqual([[], ['b']]);
  expect(governed.ignored).toEqual([]);
});

it.each<[string, unknown, string[]]>([
  ['no JSON', '{', ['all of it: it is not JSON']],
  ['no object', [], ['all of it: it is not an object']],
  ['of another version', { ...policyOf({}), version: 2 }, ['all of it: its version is not 1']],
  ['without settings', { version: 1, managedBy: 'IT' }, ['settings: it is not an object']],
  ['with a list that is none', policyOf({ groups: 'all' }), ['groups: it is not a list']],
  ['with no good entry', policyOf({ managers: [{ id: 'x' }] }), ['managers, entry 1, name: ']],
  ['with an unknown field', policyOf({ queueTimeout: 1 }), ['queueTimeout: there is no such field']],
])('that is %s locks nothing, and says so', async (_, content, reasons) => {
  const governed = await apply(content);
  expect(governed.settings).toEqual(settings);
  expect(governed.locked).toEqual([]);
  expect(governed.ignored).toHaveLength(reasons.length);
  reasons.forEach((reason, index) => expect(governed.ignored[index]).toContain(reason));
});

it('goes on without the part of it that is wrong', async () => {
  const governed = await apply({
    ...policyOf({
      managers: [manager('b'), { ...manager('c'), port: 0 }, manager('b')],
      groups: [
        group(defaultGroupId, 5, { managerIds: ['b', 'c'], fallbackGroupId: 'gone' }),
        group('same-priority', 5),
        { id: 'bad' },
      ],
      queueTimeoutMs: 'soon',
    }),
    managedBy: '',
  });
  expect(idsOf(governed.settings.managers)).toEqual(['b']);
  expect(governed.settings.groups).toEqual([group(defaultGroupId, 5, { managerIds: ['b'] })]);
  expect(governed.settings.queueTimeoutMs).toBe(30_000);
  expect(governed.locked.map((lock) => lock.path)).toEqual(['managers', 'groups']);
  expect(governed.locked[0]!.managedBy).toBe(`the policy in ${path()}`);
  expect(governed.ignored.map((clause) => clause.split(':')[0])).toEqual([
    'managedBy',
    'managers, entry 2, port',
    'managers, entry 3',
    'groups, entry 2',
    'groups, entry 3, name',
    'queueTimeoutMs',
    'groups, “default”',
    'groups, “default”',
  ]);
});

it('takes the Default group of the settings where it has none', async () => {
  const governed = await apply(policyOf({ groups: [group('far', 20)] }));
  expect(governed.settings.groups).toEqual([
    group('far', 20),
    group(defaultGroupId, 21, { managerIds: ['b'] }),
  ]);
  expect(governed.ignored).toEqual([
    'groups: the Default group is not among them, so that of the settings is used',
  ]);
});

it('is not used at all where its damage would leave the Default group without a manager', async () => {
  const governed = await apply(policyOf({ managers: [{ ...manager('b'), port: 0 }, manager('c')] }));
  expect(governed.settings).toEqual(settings);
  expect(governed.locked).toEqual([]);
  expect(governed.ignored.at(-1)).toContain('without a session manager');
});

it('never leaves Proxima without a working Default group, whatever is in it', async () => {
  const entry = fc.oneof(
    fc.constantFrom(
      manager('a'),
      manager('c'),
      group('near', 1, { managerIds: ['a', 'c'], fallbackGroupId: 'gone' }),
      group(defaultGroupId, 1, { managerIds: ['c'] }),
      { id: 'a' },
    ),
    fc.jsonValue(),
  );
  const list = fc.oneof(fc.array(entry, { maxLength: 4 }), fc.jsonValue());
  const content = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        version: fc.constantFrom(1, 2),
        managedBy: fc.oneof(fc.string(), fc.jsonValue()),
        settings: fc.record(
          { groups: list, managers: list, queueTimeoutMs: fc.oneof(fc.integer(), fc.jsonValue()) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(content, async (policy) => {
      const governed = await apply(policy);
      expect(settingsSchema.safeParse(governed.settings).success).toBe(true);
      const fallback = governed.settings.groups.find(({ id }) => id === defaultGroupId);
      if (governed.ignored.length > 0) expect(fallback?.managerIds).not.toEqual([]);
      const isGood = policySchema.safeParse(policy).success;
      if (!isGood) expect(governed.ignored).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});
