import { expect, test } from 'vitest';
import type { FarmNode } from '../../../shared/model/farm.ts';
import { filterNodes, tellDrain, tellFarm, tellLoad } from './farmWords.ts';

const node = (route: string, part: Partial<FarmNode> = {}): FarmNode => ({
  route,
  version: '1.2.3',
  address: `https://${route}:6443`,
  startedAt: 0,
  isDraining: false,
  isOwn: false,
  people: 2,
  sessions: 1,
  ...part,
});
const [a, b] = [node('hosta'), node('hostb')];
const draining = node('hostc', { isDraining: true });

test('tells the farm in a sentence', () => {
  expect([[a], [a, b], [a, b, draining], [a, draining]].map(tellFarm)).toEqual([
    'One gateway by itself: while it is down, nobody can sign in.',
    '2 gateways serve; any one may fail.',
    '2 of 3 gateways serve; any one may fail.',
    '1 of 2 gateways serve; none is left to take over.',
  ]);
  expect(tellLoad(node('x', { people: 1, sessions: 0 }))).toBe('1 person, 0 sessions');
});

test('says before a drain who takes over, or that nobody does', () => {
  expect(tellDrain(a, [a, b])).toContain(
    'hands over the 2 people, 1 session that it has to the other gateway.',
  );
  expect(tellDrain(a, [a, draining])).toContain('no other gateway is there to take over');
});

test('filters by every word', () => {
  expect(filterNodes([a, b, draining], 'host drain').map(({ route }) => route)).toEqual(['hostc']);
  expect(filterNodes([a, b], '')).toEqual([a, b]);
});
