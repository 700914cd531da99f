import { describe, expect, it } from 'vitest';
import type { ManagerLoad } from './managerLoad.ts';
import { preferReported } from './reportedCounts.ts';

const load: ManagerLoad = {
  version: '1.0.0',
  engine: 'guacd 1.3.0',
  active: 7,
  held: 2,
  pending: 1,
  limit: null,
  draining: false,
  holdSeconds: 120,
  machine: { processors: 0, memory: 0 },
};
const counted = (active: number, pending = 0) => ({ active, pending, source: 'registry', ageMs: 0 }) as const;

describe('preferReported', () => {
  it("takes the manager's own word before the registry's, held sessions among them", () => {
    expect(preferReported({ load, at: 1_000, countedThen: 3 }, counted(3), 5_000)).toEqual({
      active: 9,
      pending: 1,
      source: 'manager',
      ageMs: 4_000,
    });
  });

  it('adds what was claimed since the word, and takes off what has ended', () => {
    const reported = { load, at: 1_000, countedThen: 3 };
    expect(preferReported(reported, counted(3, 4), 2_000)).toMatchObject({ active: 9, pending: 5 });
    expect(preferReported(reported, counted(1), 2_000)).toMatchObject({ active: 7, pending: 1 });
  });

  it('goes back to the registry where there is no word, or an old one', () => {
    expect(preferReported(undefined, counted(3), 0)).toEqual(counted(3));
    expect(preferReported(undefined, undefined, 0)).toEqual(counted(0));
    expect(preferReported({ load, at: 0, countedThen: 3 }, counted(3), 30_001)).toEqual(counted(3));
  });
});
