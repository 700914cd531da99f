import { expect, test } from 'vitest';
import type { GroupTrace, ManagerTrace, PlacementTrace } from '../../shared/model/placement.ts';
import { tellAttempts, tellEstimate, tellGroup, tellManagers, tellOtherGroups } from './placementStory.ts';

const group = (name: string, verdict: GroupTrace['verdict'], why: string): GroupTrace => ({
  groupId: name,
  name,
  verdict,
  why,
});

const manager = (name: string, change: Partial<ManagerTrace> = {}): ManagerTrace => ({
  managerId: name,
  name,
  groupId: 'g',
  verdict: 'candidate',
  counts: { active: 3, pending: 0, source: 'registry', ageMs: 20 },
  weight: 1,
  sessionLimit: null,
  health: { state: 'up', roundTripMs: 0.42 },
  ...change,
});

const traceOf = (change: Partial<PlacementTrace>): PlacementTrace => ({
  at: 0,
  request: { vaultId: '00000000-0000-4000-8000-000000000001', address: '10.0.0.5' },
  groups: [],
  managers: [],
  estimated: false,
  ...change,
});

test.each([
  ['pinned', 'the host is pinned to it', 'web-01 is pinned to the group DC.'],
  ['matched', '10.0.0.5 is in 10.0.0.0/24', 'web-01 belongs to the group DC: 10.0.0.5 is in 10.0.0.0/24.'],
  [
    'default',
    'takes whatever no other group matches',
    'web-01 is served by the group DC, which takes whatever no other group matches.',
  ],
] as const)('says in a sentence why a group was taken: %s', (verdict, why, sentence) => {
  expect(tellGroup(traceOf({ groups: [group('DC', verdict, why)] }), 'web-01')).toBe(sentence);
});

test('a fallback is the group that serves, and the one that matched is among the others', () => {
  const trace = traceOf({
    groups: [
      group('Branch', 'matched', 'the vault matches'),
      group('Centre', 'fallback', 'Branch has no manager free, and names it as its fallback'),
    ],
  });
  expect(tellGroup(trace, 'web-01')).toBe(
    'web-01 is served by the group Centre: Branch has no manager free, and names it as its fallback.',
  );
  expect(tellOtherGroups(trace)).toEqual(['Branch: the vault matches.']);
});

test('lists managers by rank, those that were no candidates last', () => {
  const rows = tellManagers(
    traceOf({
      managers: [
        manager('down', { verdict: 'down', health: { state: 'down' } }),
        manager('second', { rank: 2 }),
        manager('first', { rank: 1 }),
      ],
    }),
  );
  expect(rows.map((row) => row.name)).toEqual(['first', 'second', 'down']);
  expect(rows.map((row) => row.isGood)).toEqual([true, true, false]);
  expect(rows.map((row) => row.state)).toEqual(['can take it', 'can take it', 'does not answer']);
  expect(rows.map((row) => row.roundTrip)).toEqual(['0.4 ms', '0.4 ms', '–']);
});

test('counts carry what is opening, who says so, and how old that is', () => {
  const counts = { active: 3, pending: 2, source: 'manager', ageMs: 4200 } as const;
  const [row] = tellManagers(traceOf({ managers: [manager('a', { counts, sessionLimit: 50, weight: 2 })] }));
  expect(row).toMatchObject({
    sessions: '3 + 2 opening',
    source: 'its own word, 4 s ago',
    limit: '50',
    weight: '2',
  });
});

test('a manager that no probe has seen yet is said to be so', () => {
  const [row] = tellManagers(traceOf({ managers: [manager('a', { health: { state: 'unknown' } })] }));
  expect(row).toMatchObject({ state: 'not probed yet', isGood: true });
});

test('tells the attempts in order, with what went wrong', () => {
  const attempts = [
    {
      managerId: 'a',
      name: 'east',
      startedAt: 0,
      durationMs: 340,
      failure: { code: 'manager_closed' },
    },
    { managerId: 'b', name: 'west', startedAt: 400, durationMs: 1200 },
  ] as const;
  expect(tellAttempts({ attempts: [...attempts], hostName: 'web-01' })).toEqual([
    {
      name: 'east',
      succeeded: false,
      text: 'The session manager east closed the connection.',
      took: '0.3 s',
    },
    { name: 'west', succeeded: true, text: 'Opened the session.', took: '1 s' },
  ]);
});

test('says when the choice was a guess', () => {
  expect(tellEstimate(traceOf({ estimated: true }))).toContain('estimated');
  expect(tellEstimate(traceOf({}))).toBeUndefined();
});
