import { expect, test } from 'vitest';
import { generalVault } from '../../shared/model/host.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import { emptySettings } from '../../shared/model/settings.ts';
import { chooseManager } from './claimChoice.ts';
import { place } from './placement.ts';

interface Loaded {
  readonly active: number;
  readonly weight?: number;
  readonly health?: ManagerHealth['state'];
  readonly sessionLimit?: number;
}

/** `tie` decides among those that are as good, so that a test can take each of them in turn. */
function choose(managers: Record<string, Loaded>, slack: number, tie: (id: string) => number = () => 0) {
  const [group] = emptySettings.groups;
  if (!group) throw new Error('no group');
  const placement = place(
    { vaultId: generalVault.id, address: '10.0.0.1' },
    {
      groups: [{ ...group, managerIds: Object.keys(managers), poolId: 'west' }],
      managers: Object.entries(managers).map(([id, { weight = 1, sessionLimit = null }]) => ({
        id,
        name: id,
        address: '127.0.0.1',
        port: 4822,
        weight,
        sessionLimit,
        intent: 'enabled',
      })),
      healthOf: (id) => ({ state: managers[id]?.health ?? 'up' }),
      countsOf: (id) => ({ active: managers[id]?.active ?? 0, pending: 0, source: 'registry', ageMs: 0 }),
      failedBefore: new Set(),
      mayFallBack: false,
    },
    0,
    () => 0,
  );
  return chooseManager(placement, slack, tie);
}

/** All that chance could choose. */
const choices = (managers: Record<string, Loaded>, slack: number) =>
  Object.keys(managers).filter(
    (id) => choose(managers, slack, (each) => (each === id ? 0 : 1))?.managerId === id,
  );

test('when all is quiet it is the one with the fewest', () => {
  expect(choose({ a: { active: 2 }, b: { active: 1 } }, 1)).toEqual({
    managerId: 'b',
    sessionLimit: null,
    poolId: 'west',
  });
});

test('in a storm it is any with less than the slack more', () => {
  const managers = { a: { active: 3 }, b: { active: 1 }, c: { active: 2 } };
  expect(choices(managers, 2)).toEqual(['b', 'c']);
  expect(choices(managers, 3)).toEqual(['a', 'b', 'c']);
});

test('what a manager weighs counts', () => {
  expect(choices({ a: { active: 4, weight: 4 }, b: { active: 2 } }, 2)).toEqual(['a', 'b']);
  expect(choices({ a: { active: 4, weight: 4 }, b: { active: 3 } }, 2)).toEqual(['a']);
});

test('one that no probe has seen is not as good as one that answers', () => {
  expect(choices({ a: { active: 3 }, b: { active: 3, health: 'unknown' } }, 4)).toEqual(['a']);
});

test('the limit goes with the choice, and a full one is none', () => {
  expect(choose({ a: { active: 4, sessionLimit: 5 } }, 1)).toMatchObject({ managerId: 'a', sessionLimit: 5 });
  expect(choose({ a: { active: 5, sessionLimit: 5 } }, 4)).toBeUndefined();
});
