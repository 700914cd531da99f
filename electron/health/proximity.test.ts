import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { medianOf } from '../../shared/model/median.ts';
import { measureGroups, type MeasuredManager } from './proximity.ts';

const group = (id: string, managerIds: string[]): ProximityGroup => ({
  id,
  name: id,
  priority: 1,
  selectors: [],
  managerIds,
  trust: { kind: 'plain' },
  fallbackGroupId: null,
});
const manager = (
  managerId: string,
  roundTrips: readonly (number | null)[],
  isOpen = true,
): MeasuredManager => ({ managerId, isOpen, roundTrips });

const groups = [group('berlin', ['b1', 'b2']), group('tokyo', ['t1']), group('empty', [])];
const noPictures = new Map<string, number[]>();
const nearerOf = (...managers: MeasuredManager[]) => measureGroups(groups, managers, noPictures)[0]?.nearer;

describe('a group', () => {
  test('is as near as the median of all looks at its managers, whatever was not answered', () => {
    const [berlin, tokyo, empty] = measureGroups(
      groups,
      [manager('b1', [10, null, 30]), manager('b2', [20, 20]), manager('t1', [null])],
      new Map([['berlin', [400, 100, 200]]]),
    );
    expect(berlin).toEqual({
      groupId: 'berlin',
      name: 'berlin',
      roundTripMs: 20,
      firstPictureMs: 200,
      samples: 4,
    });
    expect(tokyo).toEqual({ groupId: 'tokyo', name: 'tokyo', samples: 0 });
    expect(empty).toEqual({ groupId: 'empty', name: 'empty', samples: 0 });
  });

  test('hears of a manager that is clearly nearer', () => {
    expect(nearerOf(manager('b1', [40, 40, 40]), manager('t1', [9, 10, 11]))).toEqual({
      managerId: 't1',
      groupId: 'tokyo',
      roundTripMs: 10,
    });
  });

  test.each([
    ['is less than 5 ms nearer', [8, 8, 8], [4, 4, 4], true],
    ['has more than half the way', [40, 40, 40], [21, 21, 21], true],
    ['is down or takes no sessions', [40, 40, 40], [1, 1, 1], false],
    ['was looked at too seldom', [40, 40, 40], [1, null, 1], true],
    ['stands beside a group that was looked at too seldom', [40, null, 40], [1, 1, 1], true],
  ])('hears nothing of one that %s', (_, own, other, isOpen) => {
    expect(nearerOf(manager('b1', own), manager('t1', other, isOpen))).toBeUndefined();
  });

  test('hears nothing of its own nearest, nor of one that serves nobody', () => {
    expect(
      nearerOf(manager('b1', [40, 40, 40, 40]), manager('b2', [1, 1, 1]), manager('lost', [1, 1, 1])),
    ).toBeUndefined();
  });

  test('hears of the nearest of several', () => {
    const [tokyo] = measureGroups(
      [group('tokyo', ['t1']), group('berlin', ['b1']), group('paris', ['p1'])],
      [manager('t1', [90, 90, 90]), manager('b1', [20, 20, 20]), manager('p1', [10, 10, 10])],
      noPictures,
    );
    expect(tokyo?.nearer).toMatchObject({ managerId: 'p1', groupId: 'paris' });
  });
});

test('a median has as many values below it as above, and depends on no order', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 1 }), (values) => {
      const median = medianOf(values) ?? Number.NaN;
      const below = values.filter((value) => value < median).length;
      const above = values.filter((value) => value > median).length;
      expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      expect(medianOf(values.toReversed())).toBe(median);
    }),
  );
  expect(medianOf([])).toBeUndefined();
});
