import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddressRange } from '../../shared/model/address.ts';
import type { Host } from '../../shared/model/host.ts';
import { defaultGroupId, type Selector } from '../../shared/model/proximityGroup.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { WhatIf } from '../../shared/model/whatIf.ts';
import { place } from '../broker/placement.ts';
import { findMatch, targetOf } from '../broker/selectorMatch.ts';
import { compareSettings } from './compareSettings.ts';
import { knowHost } from './knownHost.ts';
import { type Circumstances, viewImagined } from './question.ts';
import { createGroup, createHost, createManager, idOf, settingsOf, vaults } from './testHosts.ts';

const know = (hosts: readonly Host[]) => hosts.map(knowHost);

const circumstancesOf = (
  today: Settings,
  settings: Settings,
  change: Partial<WhatIf> = {},
): Circumstances => ({
  today,
  whatIf: { settings, down: [], draining: [], ...change },
  health: new Map(),
  counts: new Map(),
  now: 1,
});

function compare(hosts: readonly Host[], today: Settings, settings: Settings, change: Partial<WhatIf> = {}) {
  const report = compareSettings(know(hosts), circumstancesOf(today, settings, change));
  if (!report) throw new Error('nobody overtook it');
  return report;
}

const tens: Selector = { addresses: ['10.0.0.0/8'] };
const ten = Array.from({ length: 10 }, (_, index) => createHost(index));

describe('moves', () => {
  const today = settingsOf([createGroup('a', 1, [tens])]);

  it('are none where nothing changes', () => {
    expect(compare(ten, today, today)).toMatchObject({
      hosts: 10,
      moved: 0,
      moves: [],
      groups: [
        { groupId: 'a', today: 10, after: 10 },
        { groupId: defaultGroupId, name: 'Default', today: 0, after: 0 },
      ],
      findings: [],
    });
  });

  it('are counted by where from and where to, with five examples', () => {
    const after = settingsOf([
      createGroup('first', 0, [{ addresses: ['10.0.0.0-10.0.0.2'] }]),
      createGroup('second', 2, [{ addresses: ['10.0.0.3-10.0.0.9'] }]),
    ]);
    const report = compare(ten, today, after);
    expect(report.moved).toBe(10);
    expect(report.moves.map(({ from, to, hosts }) => [from, to, hosts])).toEqual([
      ['a', 'second', 7],
      ['a', 'first', 3],
    ]);
    expect(report.moves[0]!.examples).toEqual(
      [3, 4, 5, 6, 7].map((number) => ({ hostId: idOf(number), name: `host ${number}` })),
    );
    expect(report.groups.map(({ groupId, today: before, after: then }) => [groupId, before, then])).toEqual([
      ['first', 0, 3],
      ['second', 0, 7],
      [defaultGroupId, 0, 0],
      ['a', 10, 0],
    ]);
  });

  it('leave pinned hosts where they are, unless their group goes', () => {
    const pinned = ten.map((host) => ({ ...host, groupId: 'b' }));
    const both = settingsOf([createGroup('a', 1, [tens]), createGroup('b', 2, [])]);
    expect(compare(pinned, both, both).groups).toMatchObject([{ after: 0 }, { after: 10 }, { after: 0 }]);
    expect(compare(pinned, both, today).moves).toMatchObject([{ from: 'b', to: 'a', hosts: 10 }]);
  });
});

describe('findings', () => {
  const today = settingsOf([]);
  const findingsOf = (...groups: ReturnType<typeof createGroup>[]) =>
    compare(ten, today, settingsOf(groups)).findings;

  it('name rules that match nothing, and not groups that are there for something else', () => {
    expect(findingsOf(createGroup('a', 1, [{ domains: ['*.example'] }]))).toEqual([
      { groupId: 'a', kind: 'matches-nothing', by: [], hosts: 0 },
    ]);
    expect(findingsOf(createGroup('a', 1, []))).toHaveLength(1);
    expect(
      findingsOf(createGroup('a', 1, []), createGroup('b', 2, [tens], { fallbackGroupId: 'a' })),
    ).toEqual([]);
  });

  it('name rules that earlier groups shadow, and by which', () => {
    expect(
      findingsOf(
        createGroup('late', 3, [tens]),
        createGroup('few', 1, [{ addresses: ['10.0.0.0-10.0.0.2'] }]),
        createGroup('most', 2, [{ addresses: ['10.0.0.0-10.0.0.9'] }]),
      ),
    ).toEqual([
      { groupId: 'most', kind: 'overlaps', by: ['few'], hosts: 3 },
      { groupId: 'late', kind: 'shadowed', by: ['most', 'few'], hosts: 10 },
    ]);
  });

  it('count a host once that several rules of a group match', () => {
    expect(
      findingsOf(
        createGroup('a', 1, [{ addresses: ['10.0.0.1'] }]),
        createGroup('b', 2, [tens, { addresses: ['10.0.0.1', '10.0.0.0/24'] }]),
      ),
    ).toEqual([{ groupId: 'b', kind: 'overlaps', by: ['a'], hosts: 1 }]);
  });
});

describe('unserved hosts', () => {
  const managers = [createManager('m'), createManager('n')];
  const near = createGroup('near', 1, [{ addresses: ['10.0.0.0-10.0.0.3'] }], { managerIds: ['m'] });
  const fallback = createGroup(defaultGroupId, 9, [], { managerIds: ['n'] });
  const settings = settingsOf([near, fallback], managers);
  const unserved = (imagined: Settings, change: Partial<WhatIf> = {}) =>
    compare(ten, settings, imagined, change).unserved;

  it('are those whose managers are imagined down or draining', () => {
    expect(unserved(settings)).toBe(0);
    expect(unserved(settings, { down: ['m'] })).toBe(4);
    expect(unserved(settings, { draining: ['n'] })).toBe(6);
    expect(unserved(settings, { down: ['m'], draining: ['n'] })).toBe(10);
  });

  it('are fewer with a fallback, also around a ring', () => {
    const withFallback = settingsOf(
      [
        { ...near, fallbackGroupId: defaultGroupId },
        { ...fallback, fallbackGroupId: 'near' },
      ],
      managers,
    );
    expect(unserved(withFallback, { down: ['m'] })).toBe(0);
    expect(unserved(withFallback, { down: ['m', 'n'] })).toBe(10);
  });
});

it('stops when it is overtaken', () => {
  const settings = settingsOf([createGroup('a', 1, [tens])]);
  let asked = 0;
  const isOvertaken = () => (asked += 1) > 1;
  expect(
    compareSettings(know(ten), circumstancesOf(settings, structuredClone(settings)), isOvertaken),
  ).toBeUndefined();
  expect(asked).toBe(2);
});

const octet = fc.integer({ min: 0, max: 3 });
const ipv4 = fc.tuple(octet, octet).map(([c, d]) => `10.0.${c}.${d}`);
const ipv6 = octet.map((last) => `fd00::${last}`);
const label = fc.constantFrom('a', 'b', 'ab', 'a-b', 'a1', 'ä');
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const range = fc
  .oneof(
    ipv4,
    ipv6,
    fc.tuple(ipv4, fc.integer({ min: 20, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
    fc.tuple(ipv6, fc.integer({ min: 120, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`),
    fc.tuple(ipv4, ipv4).map(([from, to]) => `${from}-${to}`),
    fc.constantFrom('10.0.1.x', '::ffff:10.0.0.0/104', '0.0.0.0/0', '::/0'),
  )
  .filter((text) => parseAddressRange(text) !== undefined);
const mask = fc
  .array(fc.constantFrom('*', 'a', 'a*', '*b', 'b', 'a*b', '*a*', '**', 'ab'), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'));
const selector = fc
  .record(
    {
      vaultIds: fc.uniqueArray(fc.constantFrom(...vaults), { minLength: 1 }),
      addresses: fc.array(range, { minLength: 1, maxLength: 3 }),
      domains: fc.array(mask, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [] },
  )
  .filter((fields) => Object.keys(fields).length > 0)
  .map((fields) => fields as Selector);
const managerIds = ['m', 'n', 'o'];
const settingsArbitrary = fc
  .array(
    fc.record({
      selectors: fc.array(selector, { maxLength: 3 }),
      managerIds: fc.uniqueArray(fc.constantFrom(...managerIds)),
      fallback: fc.option(fc.nat(4)),
    }),
    { maxLength: 5 },
  )
  .chain((all) =>
    fc.uniqueArray(fc.nat(50), { minLength: all.length, maxLength: all.length }).map((priorities) =>
      settingsOf(
        all.map(({ fallback, ...rest }, index) =>
          createGroup(`g${index}`, priorities[index]!, rest.selectors, {
            managerIds: rest.managerIds,
            fallbackGroupId: fallback !== null && fallback < all.length ? `g${fallback}` : null,
          }),
        ),
        managerIds.map((id) => createManager(id)),
      ),
    ),
  );
const hostsArbitrary = fc
  .array(
    fc.record({
      address: fc.oneof(ipv4, ipv6, name, fc.constant('A.AB.')),
      vaultId: fc.constantFrom(...vaults),
      groupId: fc.option(fc.constantFrom('g0', 'g1', 'gone'), { nil: undefined }),
    }),
    { maxLength: 25 },
  )
  .map((all) =>
    all.map(({ groupId, ...facts }, index) =>
      createHost(index, { ...facts, ...(groupId !== undefined && { groupId }) }),
    ),
  );

it('says of all hosts what place() and the plain scan say of each', () => {
  fc.assert(
    fc.property(
      hostsArbitrary,
      settingsArbitrary,
      settingsArbitrary,
      fc.uniqueArray(fc.constantFrom(...managerIds)),
      (hosts, today, imagined, down) => {
        const circumstances = circumstancesOf(today, imagined, { down });
        const report = compareSettings(know(hosts), circumstances)!;
        const view = { ...viewImagined(circumstances), mayFallBack: false };
        const chosen = (settings: Settings, host: Host) =>
          place(host, { ...view, groups: settings.groups }, 1, () => 0).group.id;

        const pairs = hosts.map((host) => [chosen(today, host), chosen(imagined, host)] as const);
        expect(report.moved).toBe(pairs.filter(([from, to]) => from !== to).length);
        for (const { from, to, hosts: count } of report.moves)
          expect(count).toBe(pairs.filter(([a, b]) => a === from && b === to && from !== to).length);
        for (const { groupId, today: before, after } of report.groups) {
          expect(before).toBe(pairs.filter(([from]) => from === groupId).length);
          expect(after).toBe(pairs.filter(([, to]) => to === groupId).length);
        }
        expect(report.unserved).toBe(
          hosts.filter(
            (host) => place(host, { ...view, mayFallBack: true }, 1, () => 0).candidates.length === 0,
          ).length,
        );

        const known = new Set(imagined.groups.map(({ id }) => id));
        for (const group of imagined.groups.filter(({ id }) => id !== defaultGroupId)) {
          const fitting = hosts.flatMap((host, index) =>
            findMatch(group, targetOf(host)).matches ? [index] : [],
          );
          const free = fitting.filter((index) => !known.has(hosts[index]!.groupId ?? ''));
          const lost = free.filter((index) => pairs[index]![1] !== group.id);
          const finding = report.findings.find(({ groupId }) => groupId === group.id);
          if (lost.length > 0) {
            expect(finding).toMatchObject({
              kind: lost.length === free.length ? 'shadowed' : 'overlaps',
              hosts: lost.length,
            });
            expect(new Set(finding!.by)).toEqual(new Set(lost.map((index) => pairs[index]![1])));
          } else if (fitting.length > 0) expect(finding).toBeUndefined();
          else if (group.selectors.length > 0) expect(finding).toMatchObject({ kind: 'matches-nothing' });
        }
      },
    ),
    { numRuns: 500 },
  );
});

it('assigns 100,000 hosts by 300 rules in well under a second', () => {
  const hosts = know(
    Array.from({ length: 100_000 }, (_, index) =>
      createHost(index, index % 2 ? { address: `srv-${index}.site${index % 150}.corp.example` } : {}),
    ),
  );
  const groups = Array.from({ length: 300 }, (_, index) =>
    createGroup(`g${index}`, index, [
      index % 2
        ? { domains: [`*.site${index % 150}.corp.example`, `srv-${index}*.*.corp.example`] }
        : { addresses: [`10.${index % 2}.${index % 256}.0/24`, `10.0.${index % 256}.7-10.1.0.0`] },
    ]),
  );
  const settings = settingsOf(groups);
  /** What this process worked, however busy the machine is otherwise. */
  const worked: number[] = [];
  const durations = [1, 2, 3].map(() => {
    const circumstances = circumstancesOf(settings, structuredClone(settings));
    const before = process.cpuUsage();
    const { durationMs } = compareSettings(hosts, circumstances)!;
    worked.push(process.cpuUsage(before).user / 1000);
    return durationMs;
  });
  console.info(`Compared 100,000 hosts × 300 rules in ${durations.map(Math.round).join(', ')} ms`);
  expect(Math.min(...worked)).toBeLessThan(700);
});
