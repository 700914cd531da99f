import { expect, test } from 'vitest';
import { tellFinding, tellMove, tellMoved, tellUnserved } from './whatIfWords.ts';

const nameOf = (id: string) => id.toUpperCase();

test('how many hosts move is one sentence', () => {
  expect(tellMoved({ moved: 0, hosts: 0 })).toBe('There are no saved hosts yet.');
  expect(tellMoved({ moved: 0, hosts: 1 })).toBe('The one saved host stays where it is.');
  expect(tellMoved({ moved: 0, hosts: 1200 })).toBe('All 1,200 hosts stay where they are.');
  expect(tellMoved({ moved: 1, hosts: 100_000 })).toBe('1 of 100,000 hosts moves to another group.');
  expect(tellMoved({ moved: 2, hosts: 5 })).toBe('2 of 5 hosts move to another group.');
});

test('a move names its ways and a few hosts', () => {
  const examples = [
    { hostId: 'x', name: 'web-1' },
    { hostId: 'y', name: 'web-2' },
  ];
  expect(tellMove({ from: 'a', to: 'b', hosts: 1202, examples }, nameOf)).toEqual({
    way: '1,202 hosts from A to B',
    examples: 'web-1, web-2, and 1,200 more',
  });
  expect(tellMove({ from: 'a', to: 'b', hosts: 1, examples: examples.slice(0, 1) }, nameOf).examples).toBe(
    'web-1',
  );
});

test('what stands out is told in words', () => {
  const found = (kind: 'matches-nothing' | 'shadowed' | 'overlaps', by: string[], hosts: number) =>
    tellFinding({ groupId: 'g', kind, by, hosts }, nameOf);
  expect(found('matches-nothing', [], 0)).toBe('No saved host fits these rules.');
  expect(found('shadowed', ['a', 'b'], 12)).toMatch(
    /^12 hosts fit, but A and B come first and take all of them\./,
  );
  expect(found('overlaps', ['a'], 1)).toBe('A comes first and takes 1 host that would fit here too.');
});

test('hosts without a manager are a warning', () => {
  expect(tellUnserved(0)).toBeUndefined();
  expect(tellUnserved(2)).toMatch(/^2 hosts would have no session manager/);
});
