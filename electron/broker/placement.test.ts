import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddressRange } from '../../shared/model/address.ts';
import { generalVault } from '../../shared/model/host.ts';
import type { PlacementRequest, SessionCounts } from '../../shared/model/placement.ts';
import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { findGroupNaively } from './placement.reference.ts';
import { place, type PlacementView } from './placement.ts';

const now = 1_000_000;
const noCounts: SessionCounts = { active: 0, pending: 0, source: 'registry', ageMs: 0 };

function manager(id: string, change: Partial<SessionManager> = {}): SessionManager {
  return {
    id,
    name: id.toUpperCase(),
    address: '127.0.0.1',
    port: 4822,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
    ...change,
  };
}

function group(id: string, priority: number, change: Partial<ProximityGroup> = {}): ProximityGroup {
  return {
    id,
    name: id,
    priority,
    selectors: [],
    managerIds: [],
    trust: { kind: 'authorities' },
    fallbackGroupId: null,
    ...change,
  };
}

function view(change: Partial<PlacementView> = {}): PlacementView {
  return {
    groups: [group(defaultGroupId, 0, { managerIds: ['a', 'b'] })],
    managers: [manager('a'), manager('b')],
    healthOf: () => ({ state: 'up' }),
    countsOf: () => noCounts,
    failedBefore: new Set(),
    mayFallBack: false,
    ...change,
  };
}

const request = (address: string, change: Partial<PlacementRequest> = {}): PlacementRequest => ({
  vaultId: generalVault.id,
  address,
  ...change,
});
const ids = (managers: readonly SessionManager[]) => managers.map(({ id }) => id);
const counts = (active: number, pending = 0): SessionCounts => ({ ...noCounts, active, pending });

describe('choosing the group', () => {
  const groups = [
    group(defaultGroupId, 0),
    group('late', 20, { selectors: [{ addresses: ['10.0.0.0/8'] }] }),
    group('early', 10, { selectors: [{ addresses: ['10.1.0.x/24'] }, { domains: ['*.corp.example'] }] }),
    group('vault', 5, {
      selectors: [{ vaultIds: ['11111111-1111-4111-8111-111111111111'], addresses: ['10.0.0.0/8'] }],
    }),
  ];

  test.each([
    ['10.1.0.7', 'early'],
    ['10.2.0.7', 'late'],
    ['a.b.CORP.example.', 'early'],
    ['corp.example', defaultGroupId],
    ['192.168.0.1', defaultGroupId],
    ['::ffff:10.2.0.7', 'late'],
  ])('%s goes to %s', (address, expected) => {
    expect(place(request(address), view({ groups }), now, () => 0).group.id).toBe(expected);
  });

  test('every field of a selector has to match', () => {
    const inVault = request('10.2.0.7', { vaultId: '11111111-1111-4111-8111-111111111111' });
    expect(place(inVault, view({ groups }), now, () => 0).group.id).toBe('vault');
    expect(place({ ...inVault, address: '11.0.0.1' }, view({ groups }), now, () => 0).group.id).toBe(
      defaultGroupId,
    );
  });

  test('a pin wins over every rule, and the trace says so', () => {
    const { group: chosen, trace } = place(
      request('10.1.0.7', { groupId: 'late' }),
      view({ groups }),
      now,
      () => 0,
    );
    expect(chosen.id).toBe('late');
    expect(trace.groups.map(({ verdict }) => verdict)).toEqual([
      'not-reached',
      'not-reached',
      'pinned',
      'not-reached',
    ]);
  });

  test('a pin to a group that is gone is ignored', () => {
    expect(place(request('10.1.0.7', { groupId: 'gone' }), view({ groups }), now, () => 0).group.id).toBe(
      'early',
    );
  });

  test('of thousands of groups the trace names a hundred, the taken one among them, and counts the others', () => {
    const crowd = Array.from({ length: 2_000 }, (_, index) =>
      group(`g${index}`, index, { selectors: [{ addresses: [index === 150 ? '10.9.9.9' : '192.0.2.1'] }] }),
    );
    const { group: chosen, trace } = place(
      request('10.9.9.9'),
      view({ groups: [group(defaultGroupId, 0), ...crowd] }),
      now,
      () => 0,
    );
    expect(chosen.id).toBe('g150');
    const told = [...crowd.slice(0, 50), ...crowd.slice(101, 151)];
    expect(trace.groups.map(({ groupId }) => groupId)).toEqual(told.map(({ id }) => id));
    expect(trace.groups.map(({ verdict }) => verdict)).toEqual([
      ...Array.from({ length: 99 }, () => 'no-match'),
      'matched',
    ]);
    expect(trace.untoldGroups).toBe(51);

    const falling = crowd.map((each) => ({ ...each, fallbackGroupId: defaultGroupId }));
    const after = place(
      request('10.9.9.9'),
      view({ groups: [group(defaultGroupId, 0, { managerIds: ['a'] }), ...falling], mayFallBack: true }),
      now,
      () => 0,
    );
    expect(ids(after.candidates)).toEqual(['a']);
    expect(after.trace.groups.at(-1)).toMatchObject({ groupId: defaultGroupId, verdict: 'fallback' });
  });

  test('the trace names every group and why', () => {
    const { trace } = place(request('10.2.0.7'), view({ groups }), now, () => 0);
    expect(trace.groups.map(({ groupId, verdict }) => [groupId, verdict])).toEqual([
      ['vault', 'no-match'],
      ['early', 'no-match'],
      ['late', 'matched'],
      [defaultGroupId, 'not-reached'],
    ]);
    expect(trace.groups[0]?.why).toBe('the host is in another vault');
    expect(trace.groups[2]?.why).toBe('10.2.0.7 is in 10.0.0.0/8');
  });
});

describe('ordering the managers', () => {
  test('fewest active + pending first, by weight', () => {
    const load: Record<string, SessionCounts> = { a: counts(3), b: counts(1, 1), c: counts(5) };
    const placement = place(
      request('h'),
      view({
        groups: [group(defaultGroupId, 0, { managerIds: ['a', 'b', 'c'] })],
        managers: [manager('a'), manager('b'), manager('c', { weight: 5 })],
        countsOf: (id) => load[id] ?? noCounts,
      }),
      now,
      () => 0,
    );
    expect(ids(placement.candidates)).toEqual(['c', 'b', 'a']);
    expect(placement.trace.managers.map(({ managerId, rank }) => [managerId, rank])).toEqual([
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ]);
  });

  test('the tie-break decides among equals, never list order', () => {
    const key = (preferred: string) => (id: string) => (id === preferred ? 0 : 1);
    expect(ids(place(request('h'), view(), now, key('a')).candidates)).toEqual(['a', 'b']);
    expect(ids(place(request('h'), view(), now, key('b')).candidates)).toEqual(['b', 'a']);
  });

  test.each([
    ['draining', { managers: [manager('a', { intent: 'draining' }), manager('b')] }],
    ['disabled', { managers: [manager('a', { intent: 'disabled' }), manager('b')] }],
    ['down', { healthOf: (id: string) => ({ state: id === 'a' ? 'down' : 'up' }) as const }],
    ['draining', { loadOf: (id: string) => ({ draining: id === 'a', limit: null }) }],
    [
      'full',
      {
        loadOf: (id: string) => ({ draining: false, limit: id === 'a' ? 2 : null }),
        countsOf: () => counts(1, 1),
      },
    ],
    ['full', { managers: [manager('a', { sessionLimit: 2 }), manager('b')], countsOf: () => counts(1, 1) }],
    ['failed-before', { failedBefore: new Set(['a']) }],
  ] as const)('a manager that is %s is no candidate, and the trace says why', (verdict, change) => {
    const { candidates, trace } = place(request('h'), view(change), now, () => 0);
    expect(ids(candidates)).toEqual(['b']);
    expect(trace.managers[0]).toMatchObject({ managerId: 'a', verdict });
    expect(trace.managers[0]).not.toHaveProperty('rank');
  });

  test('a manager nobody has probed yet comes after those that answer, however busy', () => {
    const placement = place(
      request('h'),
      view({
        healthOf: (id) => ({ state: id === 'a' ? 'unknown' : 'up' }),
        countsOf: (id) => (id === 'b' ? counts(9) : noCounts),
      }),
      now,
      () => 0,
    );
    expect(ids(placement.candidates)).toEqual(['b', 'a']);
  });

  test('only stale counts make the choice an estimate', () => {
    const stale = { ...noCounts, ageMs: 60_000 };
    expect(place(request('h'), view({ countsOf: () => stale }), now, () => 0).trace.estimated).toBe(true);
    expect(
      place(request('h'), view({ countsOf: (id) => (id === 'a' ? stale : noCounts) }), now, () => 0).trace
        .estimated,
    ).toBe(false);
  });
});

describe('falling back', () => {
  const groups = [
    group(defaultGroupId, 0, { managerIds: ['b'] }),
    group('near', 1, {
      selectors: [{ addresses: ['10.0.0.0/8'] }],
      managerIds: ['a'],
      fallbackGroupId: 'ring',
    }),
    group('ring', 2, { managerIds: ['a'], fallbackGroupId: 'near' }),
  ];
  const aDown = { groups, healthOf: (id: string) => ({ state: id === 'a' ? 'down' : 'up' }) as const };

  test('never to another zone without being named', () => {
    const placement = place(
      request('10.0.0.1'),
      view({ ...aDown, groups: groups.map((g) => ({ ...g, fallbackGroupId: null })), mayFallBack: true }),
      now,
      () => 0,
    );
    expect(placement.candidates).toEqual([]);
    expect(placement.group.id).toBe('near');
  });

  test('only once the queue was waited out', () => {
    const toDefault = groups.map((g) => (g.id === 'near' ? { ...g, fallbackGroupId: defaultGroupId } : g));
    expect(
      place(request('10.0.0.1'), view({ ...aDown, groups: toDefault }), now, () => 0).candidates,
    ).toEqual([]);
    const after = place(
      request('10.0.0.1'),
      view({ ...aDown, groups: toDefault, mayFallBack: true }),
      now,
      () => 0,
    );
    expect(ids(after.candidates)).toEqual(['b']);
    expect(after.trace.groups.at(-1)).toMatchObject({ groupId: defaultGroupId, verdict: 'fallback' });
  });

  test('a ring of fallbacks ends', () => {
    expect(
      place(request('10.0.0.1'), view({ ...aDown, mayFallBack: true }), now, () => 0).candidates,
    ).toEqual([]);
  });
});

test('agrees with a naive reference over random rules and hosts', () => {
  const vault = fc.constantFrom('11111111-1111-4111-8111-111111111111', generalVault.id);
  const octet = fc.integer({ min: 0, max: 3 });
  const ipv4 = fc.tuple(octet, octet).map(([c, d]) => `10.0.${c}.${d}`);
  const ipv6 = octet.map((last) => `fd00::${last}`);
  const name = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 3 })
    .map((labels) => [...labels, 'example'].join('.'));
  const range = fc.oneof(
    ipv4,
    ipv6,
    fc.tuple(ipv4, fc.integer({ min: 22, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
    fc.tuple(ipv4, octet).map(([ip, last]) => `${ip}-10.0.3.${last}`),
  );
  const mask = fc
    .array(fc.constantFrom('*', 'a', 'a*', '*b', 'b'), { minLength: 1, maxLength: 3 })
    .map((labels) => [...labels, 'example'].join('.'));
  const selector = fc
    .record(
      {
        vaultIds: fc.array(vault, { minLength: 1, maxLength: 2 }),
        addresses: fc.array(range, { minLength: 1, maxLength: 3 }),
        domains: fc.array(mask, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    )
    .map((fields) => fields as Selector)
    .filter((fields) => Object.keys(fields).length > 0)
    // Ranges that run backwards are refused by the schema, and never reach placement.
    .map((fields) =>
      fields.addresses
        ? { ...fields, addresses: fields.addresses.filter((text) => parseAddressRange(text)) }
        : fields,
    );
  const groups = fc
    .array(fc.array(selector, { maxLength: 3 }), { maxLength: 6 })
    .map((all) => [
      group(defaultGroupId, 0),
      ...all.map((selectors, index) => group(`g${index}`, 100 - index, { selectors })),
    ]);

  fc.assert(
    fc.property(groups, fc.oneof(ipv4, ipv6, name), vault, (rules, address, vaultId) => {
      expect(place({ address, vaultId }, view({ groups: rules }), now, () => 0).group.id).toBe(
        findGroupNaively(rules, { address, vaultId }),
      );
    }),
    { numRuns: 500 },
  );
});
