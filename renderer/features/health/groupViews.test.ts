import { expect, test } from 'vitest';
import type { ClusterHealth, GroupProximity, ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { filterGroups, groupViewsOf, tellGroupState, tellNearer, tellProximity } from './groupViews.ts';

const manager = (name: string, change: Partial<ManagerStatus> = {}): ManagerStatus => ({
  managerId: name,
  name,
  address: `${name}.example`,
  port: 4822,
  groupIds: [],
  intent: 'enabled',
  health: { state: 'up', roundTripMs: 1 },
  counts: { active: 0, pending: 0, source: 'own', ageMs: 0 },
  weight: 1,
  sessionLimit: null,
  roundTrips: [],
  ...change,
});

const down = { state: 'down', failure: { code: 'manager_unreachable' } } as const;

const group = (name: string, change: Partial<GroupProximity> = {}): GroupProximity => ({
  groupId: name,
  name,
  samples: 0,
  ...change,
});

const nearer = { managerId: 'b', groupId: 'B', roundTripMs: 1.2 };

const healthOf = (groups: GroupProximity[], managers: ManagerStatus[]): ClusterHealth => ({
  at: 0,
  groups,
  managers,
  events: [],
  traffic: [],
  registry: { kind: 'embedded', pools: [] },
});

const namesOf = (views: ReturnType<typeof groupViewsOf>) =>
  views.map((view) => [view.name, ...view.managers.map(({ name }) => name)]);

test('groups that can serve nobody come first, then those with a failure, then the rest in their order', () => {
  const views = groupViewsOf(
    healthOf(
      [group('well'), group('far', { nearer }), group('half'), group('gone'), group('empty')],
      [
        manager('w', { groupIds: ['well', 'far'] }),
        manager('h1', { groupIds: ['half'] }),
        manager('h2', { groupIds: ['half'], health: down }),
        manager('g', { groupIds: ['gone'], health: down }),
        manager('off', { groupIds: ['gone'], intent: 'disabled' }),
      ],
    ),
  );
  expect(namesOf(views)).toEqual([
    ['gone', 'g', 'off'],
    ['half', 'h2', 'h1'],
    ['far', 'w'],
    ['well', 'w'],
    ['empty'],
  ]);
  expect(views.map((view) => view.isWell)).toEqual([false, false, false, true, true]);
});

test('managers that no group uses are not lost', () => {
  const views = groupViewsOf(healthOf([group('A')], [manager('a', { groupIds: ['A'] }), manager('lone')]));
  expect(namesOf(views)).toEqual([
    ['A', 'a'],
    ['In no group', 'lone'],
  ]);
  expect(views.at(-1)?.groupId).toBeUndefined();
});

test('a filter finds groups by name with all their managers, and managers by address, state and failure', () => {
  const views = groupViewsOf(
    healthOf(
      [group('West'), group('East'), group('Empty')],
      [manager('one', { groupIds: ['West'] }), manager('two', { groupIds: ['West', 'East'], health: down })],
    ),
  );
  const found = (query: string) => namesOf(filterGroups(views, query));
  expect(found(' ')).toEqual(namesOf(views));
  expect(found('west')).toEqual([['West', 'two', 'one']]);
  expect(found('one.example:4822')).toEqual([['West', 'one']]);
  expect(found('tcp east')).toEqual([['East', 'two']]);
  expect(found('empty')).toEqual([['Empty']]);
  expect(found('nowhere')).toEqual([]);
});

test('tells how the managers of a group are', () => {
  expect(tellGroupState([])).toBe('No managers: nothing can be opened through it');
  expect(tellGroupState([manager('a'), manager('b', { intent: 'draining' })])).toBe('2 managers, 1 draining');
  expect(tellGroupState([manager('a'), manager('b', { health: down })])).toBe('1 of 2 down');
  expect(
    tellGroupState([
      manager('a', { health: down }),
      manager('b', { health: down }),
      manager('c', { intent: 'disabled' }),
    ]),
  ).toBe('all 2 down, 1 disabled');
  expect(tellGroupState([manager('a', { intent: 'disabled' })])).toBe('1 disabled');
  expect(tellGroupState([manager('a', { health: down })])).toBe('1 manager, down');
});

test('tells what was measured, and only that', () => {
  expect(tellProximity(group('A'))).toBe('Not measured yet');
  expect(tellProximity(group('A', { roundTripMs: 0.84, samples: 1 }))).toBe(
    'Median round trip 0.8 ms (1 sample)',
  );
  expect(tellProximity(group('A', { roundTripMs: 18, firstPictureMs: 940, samples: 42 }))).toBe(
    'Median round trip 18 ms, first picture after 940 ms (42 samples)',
  );
});

test('says which manager is clearly nearer, with both measures', () => {
  const far = group('A', { roundTripMs: 18, nearer });
  const health = healthOf([far, group('B')], [manager('b', { groupIds: ['B'] })]);
  expect(tellNearer(far, health)).toBe('b of the group B is clearly nearer: 1.2 ms, against 18 ms here.');
  expect(tellNearer(group('A', { nearer }), healthOf([], []))).toBe(
    'Another manager is clearly nearer: 1.2 ms.',
  );
  expect(tellNearer(group('A'), health)).toBeUndefined();
});
