import { describe, expect, it } from 'vitest';
import { formatSoak, judgeSoak, type Soak } from './soakReport.ts';

const soak: Soak = {
  sessions: 20,
  minutes: 10,
  keyMs: [10, 12, 14, 18, 250],
  unanswered: 1,
  floodedBytes: 1_200_000_000,
  memory: Array.from({ length: 100 }, (_, index) => (index < 10 ? 90 : 120)),
};

describe('judgeSoak', () => {
  it('takes memory for flat that stays where it was in the second tenth, whatever it was at the start', () => {
    expect(judgeSoak(soak)).toMatchObject({ memoryAtStart: 90, memoryEarly: 120, isFlat: true });
  });

  it('sees memory that grows', () => {
    const memory = Array.from({ length: 100 }, (_, index) => 100 + index);
    expect(judgeSoak({ ...soak, memory })).toMatchObject({ memorySlopePerMinute: 10, isFlat: false });
  });
});

describe('formatSoak', () => {
  it('prints the distribution', () => {
    const text = formatSoak(soak);
    expect(text).toContain('p50 14.0 ms · p95 250.0 ms · p99 250.0 ms · longest 250.0 ms');
    expect(text).toMatch(/≤ 15 ms +2 █/);
    expect(text).toMatch(/≤ 500 ms +1 █/);
    expect(text).not.toContain('≤ 5 ms');
    expect(text).toContain('flooding with 2.0 MB/s');
  });
});
