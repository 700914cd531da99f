import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PolicyDocument, policySchema } from '../../shared/model/policy.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { emptySettings, type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { applyPolicy, findLockedChanges, parsePolicy } from './policy.ts';

const where = '/etc/proxima/policy.json';

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

const apply = (content: unknown) => applyPolicy(parsePolicy([{ where, content }]), settings);

const policyOf = (values: object) => ({ version: 1, managedBy: 'IT Operations', settings: values });
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);

it('is none where there is no document', () => {
  const policy = parsePolicy([]);
  expect(applyPolicy(policy, settings)).toEqual({ settings, locked: [], ignored: [] });
  expect(policy).not.toHaveProperty('restrictions');
  expect(policy).not.toHaveProperty('updates');
});

it('puts its values over the settings, and locks them', () => {
  const governed = apply(policyOf({ queueTimeoutMs: 5000, managers: [manager('a'), manager('b')] }));
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

it('fills in defaults as the settings do, so that saving what people see changes nothing locked', () => {
  const { id, name, address } = manager('b');
  const governed = apply(policyOf({ managers: [{ id, name, address }] }));
  expect(findLockedChanges(governed, settingsSchema.parse(structuredClone(governed.settings)))).toEqual([]);
});

it('leaves out what a group of the settings says about managers that the policy does not have', () => {
  const governed = apply(policyOf({ managers: [manager('b'), manager('c')] }));
  expect(governed.settings.groups.map(({ managerIds }) => managerIds)).toEqual([[], ['b']]);
  expect(governed.ignored).toEqual([]);
});

it.each<[string, unknown, string[]]>([
  ['no object', [], ['all of it: it is not an object']],
  ['of another version', { ...policyOf({}), version: 2 }, ['all of it: its version is not 1']],
  [
    'with settings that are none',
    { version: 1, managedBy: 'IT', settings: [] },
    ['settings: it is not an object'],
  ],
  ['with a list that is none', policyOf({ groups: 'all' }), ['groups: it is not a list']],
  ['with no good entry', policyOf({ managers: [{ id: 'x' }] }), ['managers, entry 1, name: ']],
  ['with an unknown field', policyOf({ queueTimeout: 1 }), ['queueTimeout: there is no such field']],
])('that is %s locks nothing, and says so', (_, content, reasons) => {
  const governed = apply(content);
  expect(governed.settings).toEqual(settings);
  expect(governed.locked).toEqual([]);
  expect(governed.ignored).toHaveLength(reasons.length);
  reasons.forEach((reason, index) => expect(governed.ignored[index]).toContain(reason));
});

it('goes on without the part of it that is wrong', () => {
  const governed = apply({
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
  expect(governed.locked[0]!.managedBy).toBe(`the policy in ${where}`);
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

it('takes the Default group of the settings where it has none', () => {
  const governed = apply(policyOf({ groups: [group('far', 20)] }));
  expect(governed.settings.groups).toEqual([
    group('far', 20),
    group(defaultGroupId, 21, { managerIds: ['b'] }),
  ]);
  expect(governed.ignored).toEqual([
    'groups: the Default group is not among them, so that of the settings is used',
  ]);
});

it('is not used at all where its damage would leave the Default group without a manager', () => {
  const governed = apply(policyOf({ managers: [{ ...manager('b'), port: 0 }, manager('c')] }));
  expect(governed.settings).toEqual(settings);
  expect(governed.locked).toEqual([]);
  expect(governed.ignored.at(-1)).toContain('without a session manager');
});

it('never leaves Proxima without a working Default group, whatever is in it', () => {
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
  fc.assert(
    fc.property(content, (policy) => {
      const governed = apply(policy);
      expect(settingsSchema.safeParse(governed.settings).success).toBe(true);
      const fallback = governed.settings.groups.find(({ id }) => id === defaultGroupId);
      if (governed.ignored.length > 0) expect(fallback?.managerIds).not.toEqual([]);
      const isGood = policySchema.safeParse(policy).success;
      if (!isGood) expect(governed.ignored).not.toEqual([]);
    }),
    { numRuns: 500 },
  );
});

describe('what it forbids', () => {
  const parse = (content: unknown) => parsePolicy([{ where, content }]);
  const forbidding = (restrictions: unknown) => parse({ version: 1, managedBy: 'IT', restrictions });
  const everything = { plainAllowed: false, clipboard: 'none', fileTransfer: false, storeSecrets: false };

  it('is taken as it is, and leaves the rest open', () => {
    expect(forbidding({ clipboard: 'to-host' })).toMatchObject({
      restrictions: { managedBy: 'IT', clipboard: 'to-host' },
      ignored: [],
    });
    expect(forbidding({})).not.toHaveProperty('restrictions');
  });

  it.each(Object.entries(everything))('holds at its strictest where it is wrong: %s', (name, strictest) => {
    const policy = forbidding({ clipboard: 'both', [name]: 'maybe' });
    expect(policy.restrictions).toMatchObject({ [name]: strictest });
    expect(policy.ignored).toEqual([
      expect.stringMatching(`^restrictions, ${name}: .*; the strictest is taken$`),
    ]);
  });

  it.each<[string, PolicyDocument]>([
    ['not JSON', { where, problem: 'it is not JSON (…)' }],
    ['of another version', { where, content: { version: 2, managedBy: 'IT' } }],
    ['a list', { where, content: [] }],
  ])('is everything where the document is %s, and there are no updates', (_, document) => {
    const policy = parsePolicy([document]);
    expect(policy.restrictions).toEqual({ managedBy: `the policy in ${where}`, ...everything });
    expect(policy.updates).toEqual({ enabled: false });
    expect(policy.ignored).toEqual([expect.stringContaining('all of it: ')]);
  });

  it('is everything where the restrictions are none', () => {
    expect(forbidding('all').restrictions).toEqual({ managedBy: 'IT', ...everything });
  });

  it('tells a name that there is not, and a telemetry that there is not', () => {
    const policy = parse({
      version: 1,
      managedBy: 'IT',
      telemetry: true,
      restrictions: { clipbord: 'none' },
    });
    expect(policy.ignored).toEqual([
      'restrictions, clipbord: there is no such field',
      'telemetry: there is none that could be turned on',
    ]);
  });

  it.each([
    ['an address that is not secure', { feed: 'http://updates.example/' }],
    ['a pin that is none', { feed: 'https://updates.example/', pins: ['abc'] }],
    ['no object', 7],
  ])('leaves out updates with %s', (_, updates) => {
    const policy = parse({ version: 1, managedBy: 'IT', updates });
    expect(policy.updates).toEqual({ enabled: false });
    expect(policy.ignored).toHaveLength(1);
  });

  it('takes each field as its strongest document has it', () => {
    const policy = parsePolicy([
      {
        where: 'HKLM',
        content: { version: 1, managedBy: 'Group policy', restrictions: { clipboard: 'none' } },
      },
      {
        where: 'the file',
        content: {
          version: 1,
          managedBy: 'The file',
          settings: { queueTimeoutMs: 5000 },
          restrictions: { clipboard: 'both', storeSecrets: false },
          updates: { enabled: false },
        },
      },
    ]);
    expect(policy).toEqual({
      path: 'HKLM and the file',
      managedBy: 'Group policy',
      values: { queueTimeoutMs: 5000 },
      restrictions: { managedBy: 'Group policy', clipboard: 'none', storeSecrets: false },
      updates: { enabled: false },
      ignored: [],
    });
  });

  it('keeps what one document says where another can not be read', () => {
    const policy = parsePolicy([
      { where: 'HKLM', content: { version: 1, managedBy: 'IT', settings: { queueTimeoutMs: 5000 } } },
      { where: 'the file', problem: 'it is not JSON' },
    ]);
    expect(policy.values).toEqual({ queueTimeoutMs: 5000 });
    expect(policy.restrictions).toEqual({ managedBy: 'IT', ...everything });
    expect(policy.ignored).toEqual([
      'the file, all of it: it is not JSON; whatever it may restrict is restricted',
    ]);
  });
});

describe('the farm of the desktop app', () => {
  const farmOf = (farm: unknown) =>
    parsePolicy([{ where, content: { version: 1, managedBy: 'IT Operations', farm } }]);
  const pins = [`${'A'.repeat(43)}=`];
  const address = 'https://proxima.corp.example';

  it('is taken with what verifies it', () => {
    const verifications = [
      [{ address: `${address}/` }, { kind: 'system' }],
      [
        { address, pins },
        { kind: 'pins', pins },
      ],
    ] as const;
    for (const [given, verification] of verifications)
      expect(farmOf(given)).toMatchObject({
        farm: { farm: { address, verification }, managedBy: 'IT Operations' },
        ignored: [],
      });
  });

  it.each([
    { address: 'http://proxima.corp.example' },
    { address, pins: ['short'] },
    { address, authoritiesPem: 'none' },
    { address, verify: false },
    'https://proxima.corp.example',
  ])('is none, and told, where it can not be used: %j', (given) => {
    const policy = farmOf(given);
    expect(policy.farm).toBeUndefined();
    expect(policy.ignored).toEqual([expect.stringContaining('no farm is used by policy until then')]);
  });
});
