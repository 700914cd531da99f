import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Result } from '../../shared/contract/failure.ts';
import type { SessionCounts } from '../../shared/model/placement.ts';
import type { Choice, RegistryCounts, NewSession, Registry, SessionEnding } from '../broker/ports.ts';
import { systemClock } from './clock.ts';
import type { Engine } from './engine.ts';
import { createFaultyEngine, type FaultyEngine } from './faultyEngine.ts';
import { createRegistry, type RegistryPorts } from './registry.ts';

/** One process of a pool, with an engine that can be made to fail. For tests. */
export interface TestClient {
  readonly registry: Registry;
  readonly faults: FaultyEngine;
  /** Past the faults. */
  readonly engine: Engine;
  readonly endings: SessionEnding[];
}

type Options = Partial<Omit<RegistryPorts, 'engine' | 'pool'>> & {
  readonly slack?: number;
  readonly leaseSeconds?: number;
};

/** Quick to mend, so that tests needn't wait as long as the product may. */
const timings = {
  reconcileMs: 100,
  ghostMs: 500,
  claimMs: 3_000,
  callMs: 1_500,
  graceMs: 200,
  healthMs: 300,
};

export function joinPool(engine: Engine, poolId: string, options: Options = {}): TestClient {
  const faults = createFaultyEngine(engine);
  const { slack = 2, leaseSeconds = 10, ...ports } = options;
  const registry = createRegistry({
    kind: 'etcd',
    user: 'tester',
    route: '',
    seal: async (connectionId, sessionId) => `sealed:${sessionId}:${connectionId}`,
    members: async () => [],
    clock: systemClock,
    wallNow: Date.now,
    random: Math.random,
    log: { warn: () => undefined },
    ...ports,
    timings: { ...timings, ...ports.timings },
    engine: faults,
    pool: { id: poolId, name: poolId, slack, leaseSeconds },
  });
  const endings: SessionEnding[] = [];
  registry.onEnding((ending) => void endings.push(ending));
  return { registry, faults, engine, endings };
}

export const newSession = (change: Partial<NewSession> = {}): NewSession => ({
  id: randomUUID(),
  user: 'alice',
  roles: ['operator'],
  rights: [],
  hostId: 'b0a7f9a8-6f83-4d3c-9d57-3f2f6a2d9c01',
  hostName: 'Printer',
  address: '10.0.0.7',
  vaultId: 'f1c3ad0e-5b32-4f0a-8a52-6f3a4c1d2e55',
  protocol: 'ssh',
  openedAt: 1_700_000_000_000,
  ...change,
});

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.detail ?? ''}`);
  return result.value;
}

type Counts = ReadonlyMap<string, SessionCounts>;

export function countOn(counts: Counts, managerId: string): number {
  const { active = 0, pending = 0 } = counts.get(managerId) ?? {};
  return active + pending;
}

export const take =
  (managerId: string, sessionLimit: number | null = null) =>
  (): Choice => ({ managerId, sessionLimit });

/** One of those with the fewest, by chance. */
export const takeFewest =
  (managerIds: readonly string[], sessionLimit: number | null = null) =>
  ({ byManager }: RegistryCounts): Choice | undefined => {
    const room = managerIds.filter((id) => sessionLimit === null || countOn(byManager, id) < sessionLimit);
    const fewest = Math.min(...room.map((id) => countOn(byManager, id)));
    const good = room.filter((id) => countOn(byManager, id) === fewest);
    const managerId = good[Math.floor(Math.random() * good.length)];
    return managerId === undefined ? undefined : { managerId, sessionLimit };
  };

/** Until what it expects is so; then what it threw last. */
export async function eventually(check: () => unknown, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function expectCounts(registry: Registry, expected: Record<string, number>): void {
  const { byManager } = registry.counts();
  expect(Object.fromEntries([...byManager].map(([id]) => [id, countOn(byManager, id)]))).toEqual(expected);
}
