import { afterEach, describe, expect, test, vi } from 'vitest';
import { fail, type Failure, failureOf, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import type { ReportedLoad } from '../../shared/model/reportedCounts.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import type { Restrictions } from '../../shared/model/policy.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { Session } from '../../shared/model/session.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { createEmbeddedRegistry } from '../registry/embedded.ts';
import type { ChannelRequest, LineEnd, SessionLine, TunnelWire } from './ports.ts';
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
const opener = { user: 'ada', roles: ['user'], rights: ['see', 'open'] } as const;

const idleLoad = {
  version: '1.0.0',
  engine: 'guacd 1.3.0',
  active: 0,
  held: 0,
  pending: 0,
  limit: null,
  draining: false,
  holdSeconds: 120,
  machine: { processors: 0, memory: 0 },
};

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
  let reconnecting: (isReconnecting: boolean) => void = () => undefined;
  const line: SessionLine = {
    security: 'secured',
    connectionId: '$1',
    attach: async () => succeed(undefined),
    join: async () => succeed(undefined),
    traffic: () => ({ fromHostBytes: 7, toHostBytes: 1 }),
    onReconnecting: (listener) => void (reconnecting = listener),
    close: () => end({}),
    ended,
  };
  return { line, end, reconnect: (isReconnecting: boolean) => reconnecting(isReconnecting) };
}

function setUp(
  answers: Record<string, (request: ChannelRequest, signal: AbortSignal) => Promise<Result<SessionLine>>>,
  restrictions?: Restrictions,
  secretDelay?: Promise<unknown>,
) {
  const book = new SessionBook();
  const registry = createEmbeddedRegistry();
  const healths = new Map<string, ManagerHealth>();
  const loads = new Map<string, ReportedLoad>();
  const listeners = new Set<() => void>();
  const reports: [string, Failure | undefined][] = [];
  const opened: ChannelRequest[] = [];
  const journal: string[] = [];
  const secretsRead: string[] = [];
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
      loadOf: (id) => loads.get(id),
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
    clock: () => performance.now(),
    channels: {
      lookUp: async ({ address }) => succeed([{ address, family: 4 }]),
      open: async (request, signal) => {
        opened.push(request);
        return (await answers[request.manager.id]?.(request, signal)) ?? fail('internal');
      },
    },
    secrets: {
      read: async (hostId) => {
        secretsRead.push(hostId);
        await secretDelay;
        return succeed({ password: 'stored' });
      },
    },
    journal: {
      noteLive: ({ attempts }, groupId) =>
        void journal.push(`live in ${groupId} on ${attempts.at(-1)?.name} after ${attempts.length}`),
      noteDrawn: ({ times }) => void journal.push(`drawn after ${times?.pictureMs} ms`),
      noteFailed: (_, { code }) => void journal.push(`failed: ${code}`),
    },
    now: () => Date.now(),
    tieBreak: (id) => id.charCodeAt(0),
    restrictions,
  });
  const setHealth = (id: string, health: ManagerHealth) => {
    healths.set(id, health);
    for (const listener of listeners) listener();
  };
  const start = (credential?: { password: string }) =>
    sessions.open({ opener, host, display, credential }).id;
  const sessionOf = (id: string) => book.find(id)?.session;
  const reach = (id: string, kind: Session['state']['kind']) =>
    vi.waitFor(() => expect(sessionOf(id)?.state.kind).toBe(kind), { interval: 1 });
  const countOf = (managerId: string) => {
    const { active = 0, pending = 0 } = registry.counts().byManager.get(managerId) ?? {};
    return active + pending;
  };
  return {
    book,
    sessions,
    topology,
    healths,
    loads,
    listeners,
    reports,
    opened,
    journal,
    secretsRead,
    setHealth,
    start,
    sessionOf,
    reach,
    countOf,
  };
}

afterEach(() => void vi.useRealTimers());

async function parametersOf(request: ChannelRequest | undefined) {
  const parameters = await request?.parameters;
  if (parameters?.ok !== true) throw new Error('no parameters');
  return parameters.value;
}

const pause = (timeMs: number) => new Promise((resolve) => setTimeout(resolve, timeMs));

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
    expect(rig.countOf('a')).toBe(1);
    expect(await parametersOf(rig.opened[0])).toMatchObject({
      hostname: '10.0.0.9',
      port: '22',
      username: 'ada',
      password: 'stored',
      'font-size': '14',
      'x-unknown': 'kept',
      'color-scheme': 'gray-black',
    });
    expect(rig.sessions.traffic()).toEqual([{ sessionId: id, fromHostBytes: 7, toHostBytes: 1 }]);
    end({});
    await rig.reach(id, 'closed');
    expect(rig.sessions.traffic()).toEqual([]);
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'closed', reason: 'ended' });
    expect(rig.journal).toEqual([`live in ${defaultGroupId} on a after 1`]);
    expect(rig.countOf('a')).toBe(0);
  });

  test("a manager's own word on its sessions goes before the registry's, and the trace says so", async () => {
    const rig = setUp({
      a: async () => succeed(fakeLine().line),
      b: async () => succeed(fakeLine().line),
      c: async () => succeed(fakeLine().line),
    });
    const report = (active: number, more: object = {}) => ({
      load: { ...idleLoad, active, ...more },
      at: Date.now(),
      countedThen: 0,
    });
    rig.loads.set('a', report(9));
    rig.loads.set('b', report(2, { held: 1 }));
    rig.loads.set('c', report(0, { draining: true }));
    const id = rig.start();
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)?.managerName).toBe('b');
    expect(rig.sessionOf(id)?.trace?.managers).toMatchObject([
      { managerId: 'a', verdict: 'candidate', counts: { active: 9, source: 'manager' } },
      { managerId: 'b', verdict: 'candidate', counts: { active: 3, source: 'manager' } },
      { managerId: 'c', verdict: 'draining' },
    ]);
  });

  test('a manager that takes nobody is passed over, and not thought to be down', async () => {
    const rig = setUp({ a: async () => fail('manager_busy'), b: async () => succeed(fakeLine().line) });
    const id = rig.start();
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)).toMatchObject({
      managerName: 'b',
      attempts: [{ managerId: 'a', failure: { code: 'manager_busy' } }, { managerId: 'b' }],
    });
  });

  test('a way that is lost and found again is told, and the session stays live', async () => {
    const { line, reconnect } = fakeLine();
    const rig = setUp({ a: async () => succeed(line) });
    const id = rig.start();
    await rig.reach(id, 'live');
    reconnect(true);
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'live', managerId: 'a', reconnecting: true });
    reconnect(false);
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'live', managerId: 'a' });
    rig.sessions.close(id);
    await rig.reach(id, 'closed');
    reconnect(true);
    expect(rig.sessionOf(id)?.state.kind).toBe('closed');
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
    expect(rig.countOf('a')).toBe(0);
    expect(rig.countOf('b')).toBe(1);
    expect(rig.journal).toEqual([`live in ${defaultGroupId} on b after 2`]);
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
    const id = rig.sessions.open({ opener, host: { ...host, protocol }, display, credential: undefined }).id;
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toEqual({ kind: 'closed', reason: 'failed', failure });
    expect(rig.opened).toHaveLength(1);
  });

  test('when every candidate has failed for the host, the last failure is told at once', async () => {
    const rig = setUp({ a: async () => fail('host_unreachable'), b: async () => fail('host_timeout') });
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toMatchObject({ failure: { code: 'host_timeout' } });
    expect(rig.journal).toEqual(['failed: host_timeout']);
    expect(rig.opened).toHaveLength(2);
  });

  test('a typed credential wins over the stored one', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    await rig.reach(rig.start({ password: 'typed' }), 'live');
    expect(await parametersOf(rig.opened[0])).toMatchObject({ password: 'typed' });
  });

  test('a registry of equals spreads a storm evenly', async () => {
    const answer = async () => succeed(fakeLine().line);
    const rig = setUp({ a: answer, b: answer, c: answer });
    const ids = Array.from({ length: 30 }, () => rig.start());
    await Promise.all(ids.map((id) => rig.reach(id, 'live')));
    expect([rig.countOf('a'), rig.countOf('b'), rig.countOf('c')]).toEqual([10, 10, 10]);
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
    expect(rig.countOf('a')).toBe(0);
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
    expect(rig.countOf('a')).toBe(0);
  });

  test('ends all sessions, and a closed one is forgotten at the second close', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) });
    const ids = [rig.start(), rig.start()];
    await Promise.all(ids.map((id) => rig.reach(id, 'live')));
    await rig.sessions.closeAll();
    for (const id of ids) await rig.reach(id, 'closed');
    expect(rig.journal.filter((note) => note.startsWith('failed'))).toEqual([]);
    rig.sessions.close(ids[0] ?? '');
    expect(rig.sessionOf(ids[0] ?? '')).toBeUndefined();
    expect(rig.sessions.close('gone')).toMatchObject({ failure: { code: 'session_unknown' } });
  });
});

describe('a manager that drains', () => {
  /** A session on `a`, with `b` beside it, and `a` draining. */
  async function setUpDraining(
    answerOfB: () => Promise<Result<SessionLine>>,
    credential?: { password: string },
  ) {
    const old = fakeLine();
    const rig = setUp({ a: async () => succeed(old.line), b: answerOfB });
    const drain = (intent: SessionManager['intent']) => {
      rig.topology.managers = rig.topology.managers.map((one) => (one.id === 'a' ? { ...one, intent } : one));
      rig.sessions.noteSettings();
    };
    const id = rig.start(credential);
    await rig.reach(id, 'live');
    drain('draining');
    return { ...rig, id, old, drain };
  }
  const failsWith = (code: Failure['code']) => async () => fail(code);

  test('says so on its sessions, for as long as it does, and they go on', async () => {
    const rig = await setUpDraining(failsWith('internal'));
    expect(rig.sessionOf(rig.id)).toMatchObject({ draining: true, state: { kind: 'live' } });
    rig.drain('enabled');
    expect(rig.sessionOf(rig.id)).toMatchObject({ draining: false, state: { kind: 'live' } });
  });

  test('says so on a session that was on its way there', async () => {
    let answer: (line: Result<SessionLine>) => void = () => undefined;
    const rig = setUp({ a: () => new Promise((resolve) => (answer = resolve)) });
    const id = rig.start();
    await rig.reach(id, 'connecting');
    await vi.waitFor(() => expect(rig.opened).toHaveLength(1));
    rig.topology.managers = [{ ...manager('a'), intent: 'draining' }];
    rig.sessions.noteSettings();
    answer(succeed(fakeLine().line));
    await rig.reach(id, 'live');
    expect(rig.sessionOf(id)?.draining).toBe(true);
  });

  test('a session moves to another one: the old ends once the new is live', async () => {
    let answer: (line: Result<SessionLine>) => void = () => undefined;
    const rig = await setUpDraining(() => new Promise((resolve) => (answer = resolve)));
    const moving = rig.sessions.move(rig.id);
    const twice = rig.sessions.move(rig.id);
    await vi.waitFor(() => expect(rig.opened).toHaveLength(2));
    expect(rig.sessionOf(rig.id)?.state.kind).toBe('live');
    answer(succeed(fakeLine().line));
    const moved = await moving;
    const next = rig.sessionOf(moved.ok ? moved.value.sessionId : '');
    expect(next).toMatchObject({ hostId: host.id, managerName: 'b', state: { kind: 'live' } });
    await rig.reach(rig.id, 'closed');
    expect(rig.sessionOf(rig.id)?.state).toEqual({ kind: 'closed', reason: 'user' });
    expect(await twice).toEqual(moved);
    expect(rig.opened).toHaveLength(2);
    expect(rig.opened[1]?.display).toEqual(display);
  });

  test('a failed move leaves the old session as it was, and nothing of the new one', async () => {
    const rig = await setUpDraining(failsWith('host_unreachable'));
    expect(await rig.sessions.move(rig.id)).toMatchObject({ failure: { code: 'host_unreachable' } });
    expect(rig.sessionOf(rig.id)?.state.kind).toBe('live');
    expect(rig.book.entries()).toHaveLength(1);
    expect(rig.countOf('b')).toBe(0);
  });

  test('a session never moves to where it is, even if that takes new ones', async () => {
    const rig = await setUpDraining(failsWith('internal'));
    rig.drain('enabled');
    rig.topology.managers = [manager('a')];
    expect(await rig.sessions.move(rig.id)).toMatchObject({ failure: { code: 'no_manager_available' } });
    expect(rig.opened).toHaveLength(1);
  });

  test('a session whose credential was typed asks to be opened by hand', async () => {
    const rig = await setUpDraining(failsWith('internal'), { password: 'typed' });
    expect(await rig.sessions.move(rig.id)).toMatchObject({ failure: { code: 'credential_not_kept' } });
    expect(rig.opened).toHaveLength(1);
    expect(rig.sessionOf(rig.id)?.state.kind).toBe('live');
  });

  test('a host that has one place only gives it to the new session, which is no failure of the old', async () => {
    const rig = await setUpDraining(async () => {
      rig.old.end({ failure: failureOf('host_session_taken') });
      await rig.reach(rig.id, 'closed');
      return succeed(fakeLine().line);
    });
    expect(await rig.sessions.move(rig.id)).toMatchObject({ ok: true });
    expect(rig.sessionOf(rig.id)?.state).toEqual({ kind: 'closed', reason: 'user' });
    expect(rig.journal.filter((note) => note.startsWith('failed'))).toEqual([]);
  });

  test('closing the old session meanwhile ends the move', async () => {
    const next = fakeLine();
    const rig = await setUpDraining(async () => {
      rig.sessions.close(rig.id);
      return succeed(next.line);
    });
    expect(await rig.sessions.move(rig.id)).toMatchObject({ failure: { code: 'session_closed' } });
    await next.line.ended;
    expect(rig.countOf('b')).toBe(0);
  });

  test('only a live session can be moved', async () => {
    const rig = setUp({ a: () => new Promise(() => undefined) });
    expect(await rig.sessions.move(rig.start())).toMatchObject({ failure: { code: 'session_closed' } });
    expect(await rig.sessions.move('gone')).toMatchObject({ failure: { code: 'session_unknown' } });
  });
});

describe('under a policy that forbids connections that are not encrypted and verified', () => {
  const restrictions = { managedBy: 'IT Operations', plainAllowed: false };

  test.each(['plain', 'unverified'] as const)('a group with %s trust is not used', async (kind) => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) }, restrictions);
    rig.topology.groups = [group(defaultGroupId, ['a'], { name: 'Default', trust: { kind } })];
    const id = rig.start();
    await rig.reach(id, 'closed');
    expect(rig.sessionOf(id)?.state).toEqual({
      kind: 'closed',
      reason: 'failed',
      failure: {
        code: 'policy_forbids',
        detail: 'connections that are not encrypted and verified, as in “Default”: managed by IT Operations',
      },
    });
    // Nothing was sent, no secret was read, and nobody is blamed.
    expect([rig.opened, rig.secretsRead, rig.reports, rig.countOf('a')]).toEqual([[], [], [], 0]);
  });

  test('a group that verifies is', async () => {
    const rig = setUp({ a: async () => succeed(fakeLine().line) }, restrictions);
    rig.topology.groups = [group(defaultGroupId, ['a'], { trust: { kind: 'authorities' } })];
    await rig.reach(rig.start(), 'live');
    expect(rig.opened).toHaveLength(1);
  });
});

describe('what goes on side by side', () => {
  test('the secret is read while the place is claimed and the way is made', async () => {
    let readSecret: (value?: unknown) => void = () => undefined;
    const secretDelay = new Promise((resolve) => (readSecret = resolve));
    let isClaimed = false;
    const answer = async ({ parameters }: ChannelRequest) => {
      isClaimed = true;
      return (await parameters).ok === true ? succeed(fakeLine().line) : fail('internal');
    };
    const rig = setUp({ a: answer }, undefined, secretDelay);
    const id = rig.start();
    await vi.waitFor(() => expect(isClaimed).toBe(true), { interval: 1 });
    expect(rig.secretsRead).toEqual([host.id]);
    expect(rig.countOf('a')).toBe(1);
    expect(rig.sessionOf(id)?.state.kind).toBe('connecting');
    readSecret();
    await rig.reach(id, 'live');
  });

  test('a tunnel that is there early gets the picture once the session is live', async () => {
    let open: (value?: unknown) => void = () => undefined;
    const answered = new Promise((resolve) => (open = resolve));
    const { line } = fakeLine();
    const attached: unknown[] = [];
    const attach = async (wire: unknown) => (attached.push(wire), succeed(undefined));
    const rig = setUp({ a: async () => (await answered, succeed({ ...line, attach })) });
    const id = rig.start();
    const close: (() => void)[] = [];
    const createWire = (): TunnelWire => ({
      send: (_, done) => done(),
      onMessage: () => undefined,
      onClose: (listener) => void close.push(listener),
      close: () => undefined,
    });
    const [gone, there] = [createWire(), createWire()];
    const early = [rig.sessions.attach(id, gone), rig.sessions.attach(id, there)];
    close[0]?.();
    await pause(5);
    expect(attached).toEqual([]);
    open();
    expect(await Promise.all(early)).toMatchObject([{ ok: false }, { ok: true }]);
    expect(attached).toEqual([there]);
  });

  test('a tunnel that is there early is told why there is no picture', async () => {
    const rig = setUp({ a: async () => fail('host_rejected_credentials') });
    const told: unknown[] = [];
    const wire: TunnelWire = {
      send: (_, done) => done(),
      onMessage: () => undefined,
      onClose: () => undefined,
      close: (failure) => void told.push(failure?.code),
    };
    expect(await rig.sessions.attach(rig.start(), wire)).toMatchObject({ ok: false });
    expect(told).toEqual(['session_closed']);
  });
});

describe('the times of an opening', () => {
  test('are kept with the session, and completed by its window, once', async () => {
    const { line } = fakeLine();
    const rig = setUp({
      a: async ({ observer }) => {
        observer?.begin('connecting');
        await pause(12);
        observer?.end('connecting');
        observer?.begin('host');
        await pause(6);
        observer?.end('host');
        return succeed(line);
      },
    });
    const id = rig.start();
    const drawn = { beforeAskingMs: 20, sinceAskingMs: 400 };
    rig.sessions.noteDrawn(id, drawn);
    await rig.reach(id, 'live');
    const { times } = rig.sessionOf(id) ?? {};
    expect(times?.pictureMs).toBeUndefined();
    expect(times?.steps.map(({ step }) => step)).toEqual([
      'placing',
      'secret',
      'lookup',
      'connecting',
      'host',
    ]);
    expect(times?.steps[3]?.durationMs).toBeGreaterThan(10);

    await rig.sessions.attach(id, {
      send: (_, done) => done(),
      onMessage: () => undefined,
      onClose: () => undefined,
      close: () => undefined,
    });
    rig.sessions.noteDrawn(id, drawn);
    rig.sessions.noteDrawn(id, { beforeAskingMs: 0, sinceAskingMs: 1 });
    const whole = rig.sessionOf(id)?.times;
    expect(whole?.pictureMs).toBe(420);
    expect(whole?.steps[0]).toEqual({ step: 'asking', startMs: 0, durationMs: 20 });
    const last = whole?.steps.at(-1);
    expect(last).toMatchObject({ step: 'drawing' });
    expect((last?.startMs ?? 0) + (last?.durationMs ?? 0)).toBeCloseTo(420, 0);
    expect(rig.journal).toEqual([`live in ${defaultGroupId} on a after 1`, 'drawn after 420 ms']);
  });
});
