import { afterEach, describe, expect, test, vi } from 'vitest';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { Session } from '../../shared/model/session.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { createEmbeddedRegistry } from '../registry/embedded.ts';
import type { ChannelRequest, LineEnd, SessionLine } from './ports.ts';
import { SessionBook } from './sessionBook.ts';
import { createSessions } from './sessions.ts';

const host: Host = {
  id: '22222222-2222-4222-8222-222222222222',
  name: 'Build server',
  address: '10.0.0.9',
  port: 22,
  protocol: 'ssh',
  vaultId: generalVault.id,
  tags: [],
  favourite: false,
  username: 'ada',
  domain: '',
  settings: { 'font-size': '14', 'x-unknown': 'kept' },
  updatedAt: 0,
};

const display = { width: 800, height: 600, dpi: 96 };

function manager(id: string): SessionManager {
  return { id, name: id, address: '127.0.0.1', port: 4822, weight: 1, sessionLimit: null, intent: 'enabled' };
}

function group(id: string, managerIds: string[], change: Partial<ProximityGroup> = {}): ProximityGroup {
  return {
    id,
    name: id,
    priority: 1,
    selectors: [],
    managerIds,
    trust: { kind: 'plain' },
    fallbackGroupId: null,
    ...change,
  };
}

/** A line without a network; `end` plays the host or the manager ending it. */
function fakeLine() {
  let end: (how: LineEnd) => void = () => undefined;
  const ended = new Promise<LineEnd>((resolve) => {
    end = resolve;
  });
  const line: SessionLine = {
    security: 'secured',
    attach: async () => succeed(undefined),
    close: () => end({}),
    ended,
  };
  return { line, end };
}

function setUp(
  answers: Record<string, (request: ChannelRequest, signal: AbortSignal) => Promise<Result<SessionLine>>>,
) {
  const book = new SessionBook();
  const registry = createEmbeddedRegistry();
  const healths = new Map<string, ManagerHealth>();
  const listeners = new Set<() => void>();
  const reports: [string, Failure | undefined][] = [];
  const opened: ChannelRequest[] = [];
  const topology = {
    groups: [group(defaultGroupId, Object.keys(answers))],
    managers: Object.keys(answers).map(manager),
    queueTimeoutMs: 5_000,
  };
  const sessions = createSessions({
    book,
    topology: { current: () => topology },
    health: {
      healthOf: (id) => healths.get(id) ?? { state: 'up' },
      report: (id, { failure }) => {
        reports.push([id, failure]);
        if (failure?.code.startsWith('manager_')) healths.set(id, { state: 'down', failure });
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    registry,
    channels: {
      open: async (request, signal) => {
        opened.push(request);
        return (await answers[request.manager.id]?.(request, signal)) ?? fail('internal');
      },
    },
    secrets: { read: async () => succeed({ password: 'stored' }) },
    now: () => Date.now(),
    tieBreak: (id) => id.charCodeAt(0),
  });
  const setHealth = (id: string, health: ManagerHealth) => {
    healths.set(id, health);
    for (const listener of listeners) listener();
  };
  const start = (credential?: { password: string }) => sessions.open({ host, display, credential }).id;
  const sessionOf = (id: string) => book.find(id)?.session;
  const reach = (id: string, kind: Session['state']['kind']) =>
    vi.waitFor(() => expect(sessionOf(id)?.state.kind).toBe(kind), { interval: 1 });
  const countOf = async (managerId: string) => {
    let count = 0;
    await registry.claim('observer', (counts) => {
      const seen = counts.get(managerId);
      count = (seen?.active ?? 0) + (seen?.pending ?? 0);
      return undefined;
    });
    return count;
  };
  return {
    book,
    sessions,
    topology,
    healths,
    listeners,
    reports,
    opened,
    setHealth,
    start,
    sessionOf,
    reach,
    countOf,
  };
}

afterEach(() => void vi.useRealTimers());

describe('opening', () => {
  test('becomes live on the first candidate, holds a place while it lives, and gives it back', async () => {
    const { line, end } = fakeLine();
    const rig = setUp({ a: async () => succeed(line) });
    const id = rig.start();
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)).toMatchObject({
      managerName: 'a',
      groupName: defaultGroupId,
      security: 'secured',
    });
    expect(await rig.countOf('a')).toBe(1);
    expect(rig.opened[0]?.parameters).toMatchObject({
      hostname: '10.0.0.9',
      port: '22',
      username: 'ada',
      password: 'stored',
      'font-size': '14',
      'x-unknown': 'kept',
      'color-scheme': 'gray-black',
    });
    end({});
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'closed', reason: 'ended' });
    expect(await rig.countOf('a')).toBe(0);
  });

  test('a failure of the manager leads to the next candidate, and the trace keeps the attempt', async () => {
    const rig = setUp({ a: async () => fail('manager_closed'), b: async () => succeed(fakeLine().line) });
    const id = rig.start();
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)?.managerName).toBe('b');
    expect(rig.sessionOf(id)?.attempts).toMatchObject([
      { managerId: 'a', failure: { code: 'manager_closed' } },
      { managerId: 'b', security: 'secured' },
    ]);
    expect(await rig.countOf('a')).toBe(0);
    expect(await rig.countOf('b')).toBe(1);
  });

  test.each([
    ['a wrong password', 'ssh', failureOf('host_rejected_credentials')],
    [
      'what may be a wrong NLA password',
      'rdp',
      failureOf('host_unreachable', 'Server refused connection (wrong security type?)'),
    ],
  ] as const)('%s stops at once: no account is locked by a second try', async (_, protocol, failure) => {
    const rig = setUp({ a: async () => ({ ok: false, failure }), b: async () => succeed(fakeLine().line) });
    const id = rig.sessions.open({ host: { ...host, protocol }, display, credential: undefined }).id;
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'closed', reason: 'failed', failure });
    expect(rig.opened).toHaveLength(1);
  });

  test('when every candidate has failed for the host, the last failure is told at once', async () => {
    const rig = setUp({ a: async () => fail('host_unreachable'), b: async () => fail('host_timeout') });
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toMatchObject({ failure: { code: 'host_timeout' } });
    expect(rig.opened).toHaveLength(2);
  });

  test('a typed credential wins over the stored one', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    await rig.reach(rig.start({ password: 'typed' }), 'live');
    expect(rig.opened[0]?.parameters['password']).toBe('typed');
  });

  test('a registry of equals spreads a storm evenly', async () => {
    const answer = async () => succeed(fakeLine().line);
    const rig = setUp({ a: answer, b: answer, c: answer });
    const ids = Array.from({ length: 30 }, () => rig.start());
    await Promise.all(ids.map((id) => rig.reach(id, 'live')));
    expect([await rig.countOf('a'), await rig.countOf('b'), await rig.countOf('c')]).toEqual([10, 10, 10]);
  });
});

describe('waiting for a group whose managers are all down', () => {
  test('is visible, and ends well when one comes back', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    rig.healths.set('a', { state: 'down' });
    const id = rig.start();
    await vi.waitFor(() =>
      expect(rig.sessionOf(id)?.state).toMatchObject({ kind: 'placing', waitingUntil: expect.any(Number) }),
    );
    expect(rig.opened).toHaveLength(0);
    rig.setHealth('a', { state: 'up' });
    await rig.reach(id, 'live');
  });

  test('a manager that failed and came back is tried again', async () => {
    let tries = 0;
    const rig = setUp({
      a: async () => (++tries === 1 ? fail('manager_unreachable') : succeed(fakeLine().line)),
    });
    const id = rig.start();
    await vi.waitFor(() => expect(rig.sessionOf(id)?.state).toHaveProperty('waitingUntil'));
    rig.setHealth('a', { state: 'up' });
    await rig.reach(id, 'live');
    expect(tries).toBe(2);
  });

  test('what a probe found wrong is told, without a try', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    rig.healths.set('a', { state: 'down', failure: failureOf('manager_certificate_expired') });
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toMatchObject({ failure: { code: 'manager_certificate_expired' } });
    expect(rig.opened).toHaveLength(0);
  });

  test('a wrong certificate is not waited for', async () => {
    const rig = setUp({ a: async () => fail('manager_certificate_untrusted') });
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toMatchObject({ failure: { code: 'manager_certificate_untrusted' } });
  });

  test('after the time is over: the named fallback', async () => {
    const rig = setUp({ a: async () => fail('internal'), b: async () => succeed(fakeLine().line) });
    rig.topology.queueTimeoutMs = 20;
    rig.topology.groups = [group(defaultGroupId, ['a'], { fallbackGroupId: 'far' }), group('far', ['b'])];
    rig.healths.set('a', { state: 'down' });
    const id = rig.start();
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)).toMatchObject({ groupName: 'far', managerName: 'b' });
  });

  test('after the time is over and without a fallback: a failure, and nothing left behind', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    rig.topology.queueTimeoutMs = 20;
    rig.healths.set('a', { state: 'down' });
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toMatchObject({ failure: { code: 'no_manager_available' } });
    expect(rig.listeners.size).toBe(0);
  });
});

describe('closing', () => {
  test('stops an opening in the queue', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    rig.healths.set('a', { state: 'down' });
    const id = rig.start();
    await vi.waitFor(() => expect(rig.sessionOf(id)?.state).toHaveProperty('waitingUntil'));
    rig.sessions.close(id);
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'closed', reason: 'user' });
    expect(rig.listeners.size).toBe(0);
  });

  test('stops a channel that is being opened, and gives the place back', async () => {
    const rig = setUp({
      a: (_, signal) =>
        new Promise(
          (resolve) => void signal.addEventListener('abort', () => resolve(fail('session_closed'))),
        ),
    });
    const id = rig.start();
    await rig.reach(id, 'connecting');
    rig.sessions.close(id);
    await rig.reach(id, 'closed');
    expect(await rig.countOf('a')).toBe(0);
    expect(rig.reports).toEqual([]);
  });

  test('a line that comes just after the person gave up is closed', async () => {
    const { line } = fakeLine();
    const close = vi.spyOn(line, 'close');
    const rig = setUp({
      a: (_, signal) =>
        new Promise((resolve) => void signal.addEventListener('abort', () => resolve(succeed(line)))),
    });
    const id = rig.start();
    await rig.reach(id, 'connecting');
    rig.sessions.close(id);
    await rig.reach(id, 'closed');
    expect(close).toHaveBeenCalled();
    expect(await rig.countOf('a')).toBe(0);
  });

  test('ends all sessions, and a closed one is forgotten at the second close', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    const ids = [rig.start(), rig.start()];
    await Promise.all(ids.map((id) => rig.reach(id, 'live')));
    await rig.sessions.closeAll();
    for (const id of ids) await rig.reach(id, 'closed');
    rig.sessions.close(ids[0] ?? '');
    expect(rig.sessionOf(ids[0] ?? '')).toBeUndefined();
    expect(rig.sessions.close('gone')).toMatchObject({ failure: { code: 'session_unknown' } });
  });
});
