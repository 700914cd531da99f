import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fail, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import { clusterHealthSchema } from '../../shared/model/clusterHealth.ts';
import type { SettingsRevision } from '../../shared/contract/administration.ts';
import type { Attempt, SessionCounts } from '../../shared/model/placement.ts';
import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import type { RegistryHealth } from '../../shared/model/registryHealth.ts';
import type { Session } from '../../shared/model/session.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { watchClusterHealth } from './clusterHealth.ts';
import type { Observation } from './rollup.ts';

const dayMs = 86_400_000;
const sessionId = '11111111-1111-4111-8111-111111111111';
type Answer = Result<Extract<Observation, { roundTripMs: number }>>;

function manager(id: string, change: Partial<SessionManager> = {}): SessionManager {
  return {
    id,
    name: id.toUpperCase(),
    address: '127.0.0.1',
    port: 4822,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
    ...change,
  };
}

function settingsOf(...managers: SessionManager[]): Settings {
  const groups = emptySettings.groups.map((group) => ({
    ...group,
    managerIds: managers.map(({ id }) => id),
  }));
  return { ...emptySettings, managers, groups };
}

function attempt(managerId: string, change: Partial<Attempt> = {}): Attempt {
  return { managerId, name: managerId.toUpperCase(), startedAt: 0, durationMs: 5, ...change };
}

const session = (...attempts: Attempt[]): Session => ({
  id: sessionId,
  user: 'ada',
  hostId: '22222222-2222-4222-8222-222222222222',
  hostName: 'Build server',
  address: '10.0.0.9',
  protocol: 'ssh',
  state: { kind: 'live', managerId: attempts.at(-1)?.managerId ?? 'a' },
  openedAt: 0,
  attempts,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expectNoTimer();
  vi.useRealTimers();
});

const expectNoTimer = () => expect(vi.getTimerCount()).toBe(0);

function setUp(answers: Record<string, () => Answer> = {}) {
  let current = { settings: settingsOf(manager('a'), manager('b')), revision: 1 };
  const revisions: SettingsRevision[] = [{ revision: 1, at: 0, who: 'setup', changes: ['everything'] }];
  const savedListeners = new Set<() => void>();
  const counts = new Map<string, SessionCounts>();
  let registryHealth: RegistryHealth = { kind: 'embedded', pools: [] };
  const statusListeners = new Set<() => void>();
  let fromHostBytes = 0;
  const watch = watchClusterHealth({
    topology: { current: () => current.settings },
    settings: {
      current: () => current,
      history: async () => succeed(revisions.toReversed()),
      onChange: (listener) => {
        savedListeners.add(listener);
        return () => void savedListeners.delete(listener);
      },
    },
    registry: {
      counts: () => ({ byManager: counts, revision: 1, fresh: true }),
      health: () => registryHealth,
      onHealth: () => () => undefined,
      onStatus: (listener) => {
        statusListeners.add(listener);
        return () => void statusListeners.delete(listener);
      },
    },
    traffic: () => [{ sessionId, fromHostBytes, toHostBytes: 2 }],
    probe: async ({ id }) => answers[id]?.() ?? succeed({ roundTripMs: 3, security: 'secured' }),
    now: () => Date.now(),
    random: () => 0.5,
  });
  return {
    ...watch,
    counts,
    setRegistry(health: RegistryHealth) {
      registryHealth = health;
      for (const listener of statusListeners) listener();
    },
    draw: () => void (fromHostBytes += 100),
    save(who: string, settings: Settings, ...changes: string[]) {
      current = { settings, revision: current.revision + 1 };
      revisions.push({ revision: current.revision, at: Date.now(), who, changes });
      for (const listener of savedListeners) listener();
    },
    read: () => clusterHealthSchema.parse(watch.view.current()),
    texts: () => watch.view.current().events.map(({ kind, text }) => `${kind}: ${text}`),
  };
}

const settle = () => vi.advanceTimersByTimeAsync(1);

test('shows every manager as it is set and as it was seen', async () => {
  const rig = setUp({
    b: () => fail('manager_certificate_expired'),
    a: () => succeed({ roundTripMs: 3, security: 'secured', certificateNotAfter: 400 * dayMs + Date.now() }),
  });
  rig.counts.set('a', { active: 2, pending: 1, source: 'registry', ageMs: 0 });
  await settle();
  const [a, b] = rig.read().managers;
  expect(a).toMatchObject({
    managerId: 'a',
    name: 'A',
    groupIds: [defaultGroupId],
    intent: 'enabled',
    health: { state: 'up', roundTripMs: 3 },
    security: 'secured',
    counts: { active: 2, pending: 1 },
    roundTrips: [3],
    certificateNotAfter: expect.any(Number),
  });
  expect(b).toMatchObject({
    health: { state: 'down', failure: { code: 'manager_certificate_expired' } },
    counts: { active: 0, pending: 0 },
    roundTrips: [null],
  });
  expect(b).not.toHaveProperty('security');
  expect(rig.read().traffic).toEqual([{ sessionId, fromHostBytes: 0, toHostBytes: 2 }]);
  rig.close();
});

describe('the time line', () => {
  test('tells when a manager goes down and comes back, newest first, and not that it is there', async () => {
    let isUp = true;
    const rig = setUp({ a: () => (isUp ? succeed({ roundTripMs: 1 }) : fail('manager_unreachable')) });
    await settle();
    expect(rig.texts()).toEqual([]);
    isUp = false;
    rig.view.probeNow('a');
    await settle();
    isUp = true;
    rig.view.probeNow('a');
    await settle();
    expect(rig.texts()).toEqual([
      'manager-up: A answers again.',
      'manager-down: The session manager A does not accept connections.',
    ]);
    expect(rig.read().events.map(({ id, managerId }) => [id, managerId])).toEqual([
      [2, 'a'],
      [1, 'a'],
    ]);
    rig.close();
  });

  test('tells of a certificate that ends within 30 days, once per certificate', async () => {
    let notAfter = Date.now() + 30 * dayMs + 60_000;
    const rig = setUp({ a: () => succeed({ roundTripMs: 1, certificateNotAfter: notAfter }) });
    await settle();
    expect(rig.texts()).toEqual([]);
    await vi.advanceTimersByTimeAsync(120_000);
    const day = new Date(notAfter).toISOString().slice(0, 10);
    expect(rig.texts()).toEqual([`certificate-expiring: The certificate of A expires on ${day}. Renew it.`]);
    notAfter = Date.now() - dayMs;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(rig.texts()).toHaveLength(2);
    expect(rig.texts()[0]).toContain('expired on');
    rig.close();
  });

  test('tells of a failover, with both managers and the reason', async () => {
    const rig = setUp();
    const failed = attempt('a', { failure: failureOf('manager_closed') });
    rig.journal.noteLive(session(failed, attempt('b')), defaultGroupId);
    expect(rig.read().events).toMatchObject([
      {
        kind: 'failover',
        text: 'Build server was opened on B, after a try on A: The session manager A closed the connection.',
        managerId: 'a',
        groupId: defaultGroupId,
        sessionId,
      },
    ]);
    rig.journal.noteLive(session(attempt('b')), defaultGroupId);
    rig.journal.noteLive(session({ ...failed, managerId: 'b' }, attempt('b')), defaultGroupId);
    expect(rig.texts()).toHaveLength(1);
    rig.close();
  });

  test('tells of a session that failed', () => {
    const rig = setUp();
    rig.journal.noteFailed(session(attempt('a')), failureOf('manager_lost'));
    rig.journal.noteFailed(session(), failureOf('no_manager_available'));
    expect(rig.texts()).toEqual([
      'session-failed: No session manager that serves Build server can take a session now.',
      'session-failed: Build server: The connection to the session manager A was lost.',
    ]);
    rig.close();
  });

  test('tells who saved the settings, what that changed, and what it does to each manager', async () => {
    const rig = setUp();
    rig.save('ada', settingsOf(manager('a', { intent: 'draining' }), manager('b')), 'A drains', 'so it does');
    rig.save(
      'bob',
      settingsOf(manager('a', { intent: 'disabled' }), manager('b', { weight: 2 }), manager('c')),
    );
    await settle();
    rig.save('cyd', settingsOf(manager('a')));
    await settle();
    expect(
      rig
        .read()
        .events.map(({ who, kind, text }) => `${who} ${kind}: ${text}`)
        .toReversed(),
    ).toEqual([
      'ada settings-saved: Settings were saved: A drains; so it does.',
      'ada manager-draining: A takes no new sessions any more; those on it go on.',
      'bob settings-saved: Settings were saved.',
      'bob manager-edited: A was disabled.',
      'bob manager-edited: B was changed.',
      'bob manager-edited: C was added.',
      'cyd settings-saved: Settings were saved.',
      'cyd manager-edited: B was removed.',
      'cyd manager-edited: C was removed.',
      'cyd manager-edited: A takes sessions again.',
    ]);
    rig.close();
  });

  test('keeps the newest 200, each of bearable length', () => {
    const rig = setUp();
    for (let number = 1; number <= 250; number++) {
      rig.journal.noteFailed({ ...session(), hostName: 'x'.repeat(600) }, failureOf('internal'));
    }
    const { events } = rig.read();
    expect(events).toHaveLength(200);
    expect([events[0]?.id, events.at(-1)?.id]).toEqual([250, 51]);
    rig.close();
  });
});

test('measures each group by looks and first pictures', async () => {
  const rig = setUp();
  await settle();
  for (const durationMs of [100, 300, 200]) {
    rig.journal.noteLive(session(attempt('a', { durationMs })), defaultGroupId);
  }
  expect(rig.read().groups).toEqual([
    { groupId: defaultGroupId, name: 'Default', roundTripMs: 3, firstPictureMs: 200, samples: 2 },
  ]);
  rig.close();
});

test('new settings are looked at without a word from outside', async () => {
  const rig = setUp();
  await settle();
  rig.save('ada', settingsOf(manager('c')));
  await settle();
  expect(rig.read().managers).toMatchObject([{ managerId: 'c', health: { state: 'up' } }]);
  rig.close();
});

test('tells changes of counts and traffic within two seconds, and compares only while somebody looks', async () => {
  const rig = setUp({ a: () => fail('internal'), b: () => fail('internal') });
  rig.save('ada', settingsOf());
  await settle();
  expect(vi.getTimerCount()).toBe(0);
  const changed = vi.fn();
  const stop = rig.view.onChange(changed);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(changed).not.toHaveBeenCalled();
  rig.draw();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(changed).toHaveBeenCalledTimes(1);
  rig.counts.set('a', { active: 1, pending: 0, source: 'registry', ageMs: 0 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(changed).toHaveBeenCalledTimes(2);
  rig.journal.noteFailed(session(), failureOf('internal'));
  expect(changed).toHaveBeenCalledTimes(3);
  stop();
  expect(vi.getTimerCount()).toBe(0);
  rig.close();
});
