import { expect, test } from 'vitest';
import type { ClusterEvent, ClusterHealth } from '../../../shared/model/clusterHealth.ts';
import { daysOf, entriesOf, filterEntries } from './timeLine.ts';

const noon = new Date(2026, 10, 20, 12).getTime();
const hourMs = 3_600_000;

const event = (id: number, change: Partial<ClusterEvent> = {}): ClusterEvent => ({
  id,
  at: noon - id,
  kind: 'manager-up',
  text: `event ${id}`,
  ...change,
});

const healthOf = (...events: ClusterEvent[]): ClusterHealth => ({
  at: noon,
  managers: [
    {
      managerId: 'w1',
      name: 'west-1',
      address: '10.0.0.1',
      port: 4822,
      groupIds: ['w'],
      intent: 'enabled',
      health: { state: 'up' },
      counts: { active: 0, pending: 0, source: 'own', ageMs: 0 },
      weight: 1,
      sessionLimit: null,
      roundTrips: [],
    },
  ],
  groups: [{ groupId: 'w', name: 'West', samples: 0 }],
  events,
  traffic: [],
  registry: { kind: 'embedded', pools: [] },
});

const found = (health: ClusterHealth, ...filter: [Parameters<typeof filterEntries>[1], string]) =>
  filterEntries(entriesOf(health), ...filter).map((entry) => entry.event.id);

test('the newest event is first; at the same moment the later one', () => {
  const health = healthOf(event(1, { at: 5 }), event(2, { at: 9 }), event(3, { at: 5 }));
  expect(found(health, undefined, '')).toEqual([2, 3, 1]);
});

test('events are found by kind, by the names of manager and group, and by who did it', () => {
  const health = healthOf(
    event(1, { kind: 'manager-down', managerId: 'w1' }),
    event(2, { groupId: 'w', who: 'ada', kind: 'settings-saved' }),
    event(3, { managerId: 'gone' }),
  );
  expect(found(health, 'manager-down', '')).toEqual([1]);
  expect(found(health, undefined, 'west')).toEqual([1, 2]);
  expect(found(health, undefined, 'WEST ada')).toEqual([2]);
  expect(found(health, undefined, 'settings saved')).toEqual([2]);
  expect(found(health, 'manager-up', 'west')).toEqual([]);
});

test('days are those of the calendar, not of 24 hours', () => {
  const entries = entriesOf(
    healthOf(
      event(1),
      event(2, { at: noon - 11 * hourMs }),
      event(3, { at: noon - 13 * hourMs }),
      event(4, { at: noon - 60 * hourMs }),
    ),
  );
  expect(daysOf(entries, noon, 'en').map((day) => [day.title, day.entries.length])).toEqual([
    ['Today', 2],
    ['Yesterday', 1],
    ['Wednesday, November 18, 2026', 1],
  ]);
});
