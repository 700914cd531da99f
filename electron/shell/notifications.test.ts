import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../shared/model/session.ts';
import { findHappenings, type NotificationParts, notifyOfSessions } from './notifications.ts';
import { followLiveSessions, liveSessionsOf } from './sessionsView.ts';

const session = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  user: 'tester',
  hostId: id,
  hostName: `Host ${id}`,
  address: '10.0.0.1',
  protocol: 'ssh',
  state: { kind: 'live', managerId: 'm' },
  openedAt: 0,
  managerName: 'north',
  attempts: [],
  ...change,
});
const lost = (id: string) =>
  session(id, { state: { kind: 'closed', reason: 'failed', failure: { code: 'manager_lost' } } });

describe('what happened to sessions', () => {
  const find = (before: Session, after: Session) =>
    findHappenings(new Map([[before.id, before]]), [after]).map(({ kind }) => kind);

  it('is a loss, or the draining of its manager', () => {
    expect(find(session('1'), lost('1'))).toEqual(['lost']);
    expect(find(session('1'), session('1', { draining: true }))).toEqual(['draining']);
  });

  it.each([
    ['it goes on', session('1'), session('1')],
    ['its person closed it', session('1'), session('1', { state: { kind: 'closed', reason: 'user' } })],
    ['its host ended it', session('1'), session('1', { state: { kind: 'closed', reason: 'ended' } })],
    ['it was lost before', lost('1'), lost('1')],
    ['its opening failed', session('1', { state: { kind: 'requested' } }), lost('1')],
    ['it drains already', session('1', { draining: true }), session('1', { draining: true })],
    ['it is another', session('2'), lost('1')],
  ])('is nothing where %s', (_what, before, after) => {
    expect(find(before, after)).toEqual([]);
  });
});

describe('notifications', () => {
  class NotificationDouble extends EventEmitter {
    static isSupported = () => isSupported;
    readonly options: { title: string; body: string };
    constructor(options: { title: string; body: string }) {
      super();
      this.options = options;
      shown.push(this);
    }
    show = () => undefined;
  }
  let isSupported: boolean;
  let mayTell: boolean;
  let shown: NotificationDouble[];
  let sessions: Session[];
  let change: (next: Session[]) => void;
  let done: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    isSupported = true;
    mayTell = true;
    shown = [];
    done = [];
    sessions = [session('1'), session('2'), session('3'), session('4'), session('5')];
    let listener = () => undefined as void;
    change = (next) => {
      sessions = next;
      listener();
    };
    notifyOfSessions({
      sessions: {
        current: () => sessions,
        onChange: (given: () => void) => {
          listener = given;
        },
      },
      Notification: NotificationDouble,
      mayTell: () => mayTell,
      showSession: (id: string) => done.push(id),
      showMain: () => done.push('main'),
    } as unknown as NotificationParts);
  });
  afterEach(() => vi.useRealTimers());

  it('say what was lost and what to do, and lead to it', () => {
    change([lost('1'), ...sessions.slice(1)]);
    vi.advanceTimersByTime(1_000);
    expect(shown.map(({ options }) => options)).toEqual([
      {
        title: 'Host 1: the session was lost',
        body: 'The connection to the session manager north was lost. Reconnect.',
      },
    ]);
    shown[0]?.emit('click');
    expect(done).toEqual(['1']);
  });

  it('say what drains', () => {
    change([session('1', { draining: true }), ...sessions.slice(1)]);
    vi.advanceTimersByTime(1_000);
    expect(shown[0]?.options.title).toBe('Host 1: its session manager is being drained');
  });

  it('are one for many', () => {
    for (let index = 0; index < 5; index++)
      change(sessions.map((other, place) => (place <= index ? lost(other.id) : other)));
    vi.advanceTimersByTime(1_000);
    expect(shown.map(({ options }) => options.title)).toEqual(['5 sessions were lost']);
    shown[0]?.emit('click');
    expect(done).toEqual(['main']);
  });

  it.each([
    ['they are not wanted, or a window is looked at', () => (mayTell = false)],
    ['the system has none', () => (isSupported = false)],
  ])('are none where %s', (_what, prepare) => {
    prepare();
    change([lost('1'), ...sessions.slice(1)]);
    vi.advanceTimersByTime(1_000);
    expect(shown).toEqual([]);
  });
});

describe('live sessions', () => {
  it('are those that have a picture', () => {
    expect(liveSessionsOf([session('1'), lost('2'), session('3', { state: { kind: 'requested' } })])).toEqual(
      [{ id: '1', name: 'Host 1' }],
    );
  });

  it('are told at once, and when others are listed', () => {
    let sessions = [session('1')];
    let listener = () => undefined as void;
    const told: number[] = [];
    followLiveSessions(
      {
        current: () => sessions,
        onChange: (given) => {
          listener = given;
          return () => undefined;
        },
      },
      (live) => told.push(live.length),
    );
    sessions = [session('1', { draining: true })];
    listener();
    sessions = [session('1'), session('2')];
    listener();
    expect(told).toEqual([1, 2]);
  });
});
