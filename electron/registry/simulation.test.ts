import { expect, it } from 'vitest';
import { simulatePool } from './simulation.ts';

it('a small pool on a clock of its own behaves as a large one is said to', async () => {
  const report = await simulatePool({
    gateways: 4,
    managers: 10,
    sessions: 400,
    slack: 2,
    claimsPerSecond: 500,
    storm: 100,
    transactionsPerSecond: 5_300,
    oneWayMs: 0.25,
  });
  expect(report.spread).toBeLessThanOrEqual(2);
  expect(report.stormSpread).toBeLessThanOrEqual(3);
  expect(report.transactionsPerClaim).toBeLessThan(1.5);
  expect(report.claimP50Ms).toBeLessThan(1);
  expect(report.eventsPerSession).toBeLessThan(3.6);
  // The lease, and no more than another of its length.
  expect(report.deathMs).toBeGreaterThan(19_000);
  expect(report.deathMs).toBeLessThan(31_000);
  expect(report.reassertMs).toBeLessThan(3_000);
});
