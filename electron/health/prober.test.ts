import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { defaultGroupId, type ProximityGroup, type Trust } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { createProber } from './prober.ts';
import { nextLookMs, noHistory, type Observation, remember, rollUp, unknownHealth } from './rollup.ts';

const testLoad = {
  version: '1.0.0',
  engine: 'guacd 1.3.0',
  active: 7,
  held: 0,
  pending: 0,
  limit: null,
  draining: false,
  holdSeconds: 120,
  machine: { processors: 0, memory: 0 },
};

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

describe('the history of looks', () => {
  test('keeps the last sixty round trips, and gaps where there was no answer', () => {
    let history = noHistory;
    for (let look = 0; look < 70; look++) {
      const seen = look % 10 === 0 ? { failure: failureOf('manager_closed') } : { roundTripMs: look };
      history = remember(history, seen);
    }
    expect(history.roundTrips).toHaveLength(60);
    expect(history.roundTrips.slice(0, 2)).toEqual([null, 11]);
    expect(history.roundTrips.at(-1)).toBe(69);
  });

  test('tells the security and the certificate of the last answer, also while there is none', () => {
    const answered = remember(noHistory, { roundTripMs: 1, security: 'secured', certificateNotAfter: 9 });
    const silent = remember(answered, { failure: failureOf('manager_unreachable') });
    expect(silent).toEqual({ roundTrips: [1, null], security: 'secured', certificateNotAfter: 9 });
    const plain = remember(silent, { roundTripMs: 2, security: 'connected-not-encrypted' });
    expect(plain).toMatchObject({ security: 'connected-not-encrypted', certificateNotAfter: undefined });
  });
});

describe('probing', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  type Probe = (
    manager: SessionManager,
    trust: Trust,
    signal: AbortSignal,
  ) => Promise<Result<Extract<Observation, { roundTripMs: number }>>>;

  const manager = (id: string, change: Partial<SessionManager> = {}): SessionManager => ({
    id,
    name: id,
    address: id,
    port: 4822,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
    ...change,
  });
  const group = (managerIds: string[], trust: Trust = { kind: 'plain' }): ProximityGroup => ({
    id: defaultGroupId,
    name: 'Default',
    priority: 1,
    selectors: [],
    managerIds,
    trust,
    fallbackGroupId: null,
  });

  function setUp(probe: Probe, random = () => 0.5) {
    const topology = {
      groups: [group(['a', 'b'])],
      managers: [manager('a'), manager('b')],
      queueTimeoutMs: 0,
    };
    const probed: string[] = [];
    const prober = createProber({
      topology: { current: () => topology },
      probe: (one, trust, signal) => {
        probed.push(one.address);
        return probe(one, trust, signal);
      },
      now: () => Date.now(),
      random,
      countSessions: () => 4,
    });
    prober.refresh();
    return { ...prober, topology, probed };
  }
  const answers: Probe = async () => succeed({ roundTripMs: 2, security: 'secured' });

  test('one manager that never answers delays no other', async () => {
    const rig = setUp((one) =>
      one.id === 'a' ? new Promise(() => undefined) : answers(one, { kind: 'plain' }, AbortSignal.abort()),
    );
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.healthOf('a').state).toBe('unknown');
    expect(rig.healthOf('b')).toMatchObject({ state: 'up', roundTripMs: 2 });
    expect(rig.historyOf('b')).toMatchObject({ roundTrips: [2], security: 'secured' });
    rig.close();
  });

  test('a manager that takes nobody is looked at again, and stays up', async () => {
    const rig = setUp(answers);
    await vi.advanceTimersByTimeAsync(1);
    const looks = rig.probed.length;
    rig.report('a', { failure: failureOf('manager_busy') });
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.healthOf('a').state).toBe('up');
    expect(rig.probed.length).toBe(looks + 1);
    rig.close();
  });

  test("a manager's own word is kept with what the registry counted then, and its draining is told", async () => {
    let draining = false;
    const load = () => ({ ...testLoad, draining });
    const rig = setUp(async () => ({ ok: true, value: { roundTripMs: 2, load: load() } }));
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.loadOf('a')).toMatchObject({ load: { active: 7, draining: false }, countedThen: 4 });
    const changed = vi.fn();
    rig.onChange(changed);
    draining = true;
    rig.probeNow('a');
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.loadOf('a')?.load.draining).toBe(true);
    expect(changed).toHaveBeenCalledTimes(1);
    rig.close();
  });

  test("an opening's failure counts at once, tells those who wait when it heals, and a host's failure doesn't count", async () => {
    const rig = setUp(answers);
    await vi.advanceTimersByTimeAsync(1);
    const changed = vi.fn();
    rig.onChange(changed);
    rig.report('a', { failure: failureOf('host_unreachable') });
    expect(rig.healthOf('a').state).toBe('up');
    rig.report('a', { failure: failureOf('manager_unreachable') });
    expect(rig.healthOf('a').state).toBe('down');
    expect(rig.historyOf('a').roundTrips).toEqual([2]);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(rig.healthOf('a').state).toBe('up');
    expect(changed).toHaveBeenCalledTimes(2);
    rig.close();
  });

  test('all are looked at together once, and apart from then on', async () => {
    let next = 0;
    const at = new Map<string, number[]>();
    const startedAt = Date.now();
    const rig = setUp(
      async (one) => {
        at.set(one.id, [...(at.get(one.id) ?? []), Date.now() - startedAt]);
        return succeed({ roundTripMs: 1 });
      },
      () => (next++ % 2) / 2,
    );
    await vi.advanceTimersByTimeAsync(9_000);
    expect(at.get('a')?.slice(0, 2)).toEqual([0, 1]);
    expect(at.get('b')?.slice(0, 2)).toEqual([0, 5_000]);
    rig.close();
  });

  test('one that is down is left alone more and more, up to ten seconds', async () => {
    const rig = setUp(async () => fail('manager_unreachable'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.probed.filter((id) => id === 'a')).toHaveLength(4 + 1 + 4);
    rig.close();
  });

  test('told to look now, it does; a look that is under way is enough', async () => {
    let answer = () => undefined as void;
    const rig = setUp((one) =>
      one.id === 'b'
        ? answers(one, { kind: 'plain' }, AbortSignal.abort())
        : new Promise((resolve) => (answer = () => resolve(succeed({ roundTripMs: 1 })))),
    );
    await vi.advanceTimersByTimeAsync(1);
    rig.probeNow('a');
    rig.probeNow('b');
    await vi.advanceTimersByTimeAsync(1);
    expect(rig.probed).toEqual(['a', 'b', 'b']);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(rig.healthOf('a').state).toBe('up');
    rig.close();
  });

  test('tells every look, with what was thought before', async () => {
    const rig = setUp(async (one) => (one.id === 'a' ? fail('manager_closed') : succeed({ roundTripMs: 1 })));
    const told: string[] = [];
    rig.onLook((id, before, after) => told.push(`${id}: ${before.state} → ${after.state}`));
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual(['a: unknown → down', 'b: unknown → up']);
    rig.close();
  });

  describe('when the settings change', () => {
    test('looks at new managers at once, and forgets those that are gone, disabled or in no group', async () => {
      const rig = setUp(answers);
      await vi.advanceTimersByTimeAsync(1);
      rig.topology.managers = [
        manager('a', { intent: 'disabled' }),
        manager('b'),
        manager('c'),
        manager('d'),
      ];
      rig.topology.groups = [group(['a', 'c', 'd'])];
      rig.refresh();
      expect([rig.healthOf('a').state, rig.healthOf('b').state]).toEqual(['unknown', 'unknown']);
      expect(rig.historyOf('a').roundTrips).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(rig.probed).toEqual(['a', 'b', 'c', 'd']);
      await vi.advanceTimersByTimeAsync(30_000);
      expect(new Set(rig.probed.slice(4))).toEqual(new Set(['c', 'd']));
      rig.close();
    });

    test.each<[string, Partial<SessionManager>, Trust | undefined]>([
      ['address', { address: 'elsewhere' }, undefined],
      ['port', { port: 4823 }, undefined],
      ['server name', { serverName: 'manager.test' }, undefined],
      ['trust', {}, { kind: 'unverified' }],
    ])('begins anew with a manager whose %s is another', async (_, change, trust) => {
      const stopped: string[] = [];
      let isFirst = true;
      const rig = setUp((one, given, signal) => {
        signal.addEventListener('abort', () => stopped.push(one.id));
        if (one.id === 'b' || !isFirst) return answers(one, given, signal);
        isFirst = false;
        return new Promise(() => undefined);
      });
      await vi.advanceTimersByTimeAsync(1);
      rig.topology.managers = [manager('a', change), manager('b')];
      rig.topology.groups = [group(['a', 'b'], trust)];
      rig.refresh();
      expect(stopped).toContain('a');
      await vi.advanceTimersByTimeAsync(1);
      expect(rig.healthOf('a').state).toBe('up');
      rig.close();
    });

    test('leaves a manager alone of which only name, weight, limit or draining changed', async () => {
      const rig = setUp(answers, () => 0.99);
      await vi.advanceTimersByTimeAsync(1);
      rig.topology.managers = [
        manager('a', { name: 'Other', weight: 2, sessionLimit: 5, intent: 'draining' }),
        manager('b'),
      ];
      rig.refresh();
      await vi.advanceTimersByTimeAsync(1);
      expect(rig.probed).toEqual(['a', 'b']);
      expect(rig.historyOf('a').roundTrips).toEqual([2]);
      rig.close();
    });

    test('those who wait for a manager hear that nothing is known of it any more', async () => {
      const rig = setUp(async () => fail('manager_unreachable'));
      await vi.advanceTimersByTimeAsync(1);
      const changed = vi.fn();
      rig.onChange(changed);
      rig.topology.managers = [manager('a', { address: 'elsewhere' }), manager('b')];
      rig.refresh();
      expect(changed).toHaveBeenCalledTimes(1);
      rig.close();
    });
  });

  test('nothing runs on after the close', async () => {
    const probe = vi.fn(async () => fail('manager_unreachable'));
    const rig = setUp(probe);
    rig.close();
    rig.refresh();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probe).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
