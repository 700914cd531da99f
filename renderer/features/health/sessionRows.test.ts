import { expect, test } from 'vitest';
import type { ClusterHealth, SessionTraffic } from '../../../shared/model/clusterHealth.ts';
import type { Session } from '../../../shared/model/session.ts';
import { filterSessions, openSessionsOf, tellSessionState, tellTraffic, trafficOf } from './sessionRows.ts';

const session = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  user: 'ada',
  hostId: 'h',
  hostName: `host-${id}`,
  address: '10.0.0.1',
  protocol: 'ssh',
  state: { kind: 'live', managerId: 'm' },
  openedAt: 0,
  attempts: [],
  ...change,
});

const healthAt = (at: number, ...traffic: SessionTraffic[]): ClusterHealth => ({
  at,
  managers: [],
  groups: [],
  events: [],
  traffic,
  registry: { kind: 'embedded', pools: [] },
});

const bytes = (sessionId: string, fromHostBytes: number, toHostBytes = 0) => ({
  sessionId,
  fromHostBytes,
  toHostBytes,
});

test('lists what is not closed, the newest first', () => {
  const sessions = [
    session('a', { openedAt: 1 }),
    session('b', { openedAt: 3, state: { kind: 'closed', reason: 'user' } }),
    session('c', { openedAt: 2, state: { kind: 'placing' } }),
  ];
  expect(openSessionsOf(new Map(sessions.map((one) => [one.id, one]))).map(({ id }) => id)).toEqual([
    'c',
    'a',
  ]);
});

test('finds sessions by manager, group, protocol and state', () => {
  const sessions = [
    session('a', { managerName: 'west-1', groupName: 'West' }),
    session('b', { managerName: 'east-1', groupName: 'East', draining: true }),
  ];
  const found = (query: string) => filterSessions(sessions, query).map(({ id }) => id);
  expect(found('west ssh')).toEqual(['a']);
  expect(found('drained')).toEqual(['b']);
  expect(found('host-')).toEqual(['a', 'b']);
});

test('a drained manager is only said of a session that runs on it', () => {
  expect(tellSessionState(session('a', { draining: true, state: { kind: 'placing' } }))).toBe(
    'waiting for a manager',
  );
});

test('a rate needs two looks at the same session, and never runs backwards', () => {
  const before = healthAt(1_000, bytes('a', 500, 500), bytes('c', 900));
  const now = healthAt(3_000, bytes('a', 4_000, 1_000), bytes('b', 10), bytes('c', 100));
  const rates = trafficOf(now, before);
  expect(rates.get('a')).toMatchObject({ fromHostBytes: 4_000, bytesPerSecond: 2_000 });
  expect(rates.get('b')).not.toHaveProperty('bytesPerSecond');
  expect(rates.get('c')).toMatchObject({ bytesPerSecond: 0 });
  expect(trafficOf(now, undefined).get('a')).not.toHaveProperty('bytesPerSecond');
  expect(trafficOf(now, now).get('a')).not.toHaveProperty('bytesPerSecond');
});

test('traffic reads in both directions', () => {
  expect(tellTraffic(bytes('a', 1_200_000, 34_000))).toBe('1.2 MB from the host, 34 kB to it');
});
