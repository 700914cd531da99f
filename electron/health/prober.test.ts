import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { createProber } from './prober.ts';
import { nextLookMs, rollUp, unknownHealth } from './rollup.ts';

describe('rolling up', () => {
  const down = { failure: failureOf('manager_unreachable') };
  const slow = { failure: failureOf('manager_connect_timeout') };

  test('a refusal is an outage at once, a slow answer only the second time', () => {
    expect(rollUp(unknownHealth, down, 1).health.state).toBe('down');
    const once = rollUp(rollUp(unknownHealth, { roundTripMs: 3 }, 1), slow, 2);
    expect(once.health.state).toBe('up');
    expect(rollUp(once, slow, 3).health.state).toBe('down');
  });

  test('one answer heals, and forgets the failure', () => {
    const healed = rollUp(rollUp(unknownHealth, down, 1), { roundTripMs: 3 }, 2);
    expect(healed.health).toEqual({ state: 'up', checkedAt: 2, roundTripMs: 3 });
  });

  test('looks again soon after a failure, and backs off to the usual interval', () => {
    let rollup = unknownHealth;
    const waits = Array.from({ length: 6 }, () => nextLookMs((rollup = rollUp(rollup, down, 1))));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });
});

describe('probing', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setUp(probe: (manager: SessionManager) => Promise<Result<{ roundTripMs: number }>>) {
    const manager = (id: string): SessionManager => ({
      id,
      name: id,
      address: id,
      port: 4822,
      weight: 1,
      sessionLimit: null,
      intent: 'enabled',
    });
    const topology = {
      groups: [
        {
          id: defaultGroupId,
          name: 'Default',
          priority: 1,
          selectors: [],
          managerIds: ['a', 'b'],
          trust: { kind: 'plain' as const },
          fallbackGroupId: null,
        },
      ],
      managers: [manager('a'), manager('b')],
      queueTimeoutMs: 0,
    };
    const prober = createProber({
      topology: { current: () => topology },
      probe,
      now: () => Date.now(),
      random: () => 0.5,
    });
    prober.refresh();
    return prober;
  }

  test('one manager that never answers delays no other', async () => {
    const prober = setUp((manager) =>
      manager.id === 'a' ? new Promise(() => undefined) : Promise.resolve(succeed({ roundTripMs: 2 })),
    );
    await vi.advanceTimersByTimeAsync(1);
    expect(prober.healthOf('a').state).toBe('unknown');
    expect(prober.healthOf('b')).toMatchObject({ state: 'up', roundTripMs: 2 });
    prober.close();
  });

  test("an opening's failure counts at once, tells those who wait when it heals, and a host's failure doesn't count", async () => {
    const prober = setUp(async () => succeed({ roundTripMs: 2 }));
    await vi.advanceTimersByTimeAsync(1);
    const changed = vi.fn();
    prober.onChange(changed);
    prober.report('a', { failure: failureOf('host_unreachable') });
    expect(prober.healthOf('a').state).toBe('up');
    prober.report('a', { failure: failureOf('manager_unreachable') });
    expect(prober.healthOf('a').state).toBe('down');
    await vi.advanceTimersByTimeAsync(1_001);
    expect(prober.healthOf('a').state).toBe('up');
    expect(changed).toHaveBeenCalledTimes(2);
    prober.close();
  });

  test('nothing runs on after the close', async () => {
    const probe = vi.fn(async () => fail('manager_unreachable'));
    setUp(probe).close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probe).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
