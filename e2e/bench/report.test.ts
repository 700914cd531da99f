import { describe, expect, it } from 'vitest';
import type { Goal, Row } from './measurement.ts';
import { formatLines, formatTable, judge } from './report.ts';

const row: Row = {
  name: 'relay, images: CPU time',
  unit: 'CPU s/GB',
  samples: [0.6, 0.4, 0.5],
  peer: { name: 'guacamole-lite 1.2.0', samples: [5, 4, 6] },
  floor: { name: 'Node raw copy', samples: [0.4, 0.4, 9] },
  goal: { of: 'ratioToFloor', atMost: 1.25 },
};

describe('formatLines', () => {
  it('prints one object per row, in the documented shape', () => {
    const lines = formatLines([row, { name: 'place: one', unit: 'µs', samples: [2, 1] }]).split('\n');
    expect(lines.slice(2)).toEqual(['']);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      name: 'relay, images: CPU time',
      value: 0.5,
      unit: 'CPU s/GB',
      peer: 'guacamole-lite 1.2.0',
      peerValue: 5,
      floor: 'Node raw copy',
      floorValue: 0.4,
      ratioToPeer: 0.1,
      ratioToFloor: 1.25,
      goal: '≤ 1.25 × floor',
      met: true,
      low: 0.4,
      high: 0.6,
      p99: 0.6,
      rounds: 3,
    });
    expect(JSON.parse(lines[1] ?? '')).toEqual({
      name: 'place: one',
      value: 1,
      unit: 'µs',
      peer: null,
      peerValue: null,
      floor: null,
      floorValue: null,
      ratioToPeer: null,
      ratioToFloor: null,
      goal: null,
      met: null,
      low: 1,
      high: 2,
      p99: 2,
      rounds: 2,
    });
  });
});

describe('judge', () => {
  const metBy = (goal: Goal, change: Partial<Row> = {}) => judge({ ...row, ...change, goal }).met;

  it('compares the median, and its ratios, with the goal', () => {
    expect(metBy({ of: 'value', atMost: 0.5 })).toBe(true);
    expect(metBy({ of: 'value', atMost: 0.49 })).toBe(false);
    expect(metBy({ of: 'ratioToPeer', atMost: 0.1 })).toBe(true);
    expect(metBy({ of: 'ratioToPeer', atLeast: 0.11 })).toBe(false);
    expect(metBy({ of: 'ratioToFloor', atLeast: 1, atMost: 1.2 })).toBe(false);
  });

  it('takes a goal for missed where there is nothing to compare with', () => {
    expect(metBy({ of: 'ratioToPeer', atMost: 1 }, { peer: undefined })).toBe(false);
    expect(metBy({ of: 'value', atMost: 1 }, { samples: [] })).toBe(false);
  });
});

describe('formatTable', () => {
  it('says which goals are met and which are not', () => {
    const [head, met, missed] = formatTable([row, { ...row, goal: { of: 'value', atMost: 0.1 } }]).split(
      '\n',
    );
    expect(head).toMatch(/^what +ours/);
    expect(met).toMatch(/0\.500 .*0\.400 … 0\.600 .*× 1\.25 .*× 0\.100 .*≤ 1\.25 × floor +met$/);
    expect(missed).toMatch(/≤ 0\.100 CPU s\/GB +not met$/);
  });
});
