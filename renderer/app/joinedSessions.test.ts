import { expect, test } from 'vitest';
import type { Session } from '../../shared/model/session.ts';
import { joinableSessions, noSessions, reduceSessions } from './sessionsState.ts';
import type { SessionsAction } from './sessionsState.ts';

const session = (id: string, part: Partial<Session> = {}): Session => ({
  id,
  user: 'ada',
  hostId: '00000000-0000-4000-8000-0000000000aa',
  hostName: `host of ${id}`,
  address: '10.0.0.1',
  protocol: 'ssh',
  state: { kind: 'live', managerId: 'm' },
  openedAt: 5,
  attempts: [],
  ...part,
});
const others = session('theirs', { isOthers: true });
const all = (...sessions: Session[]): SessionsAction => ({ kind: 'heard', event: { kind: 'all', sessions } });
const after = (...actions: SessionsAction[]) => actions.reduce(reduceSessions, noSessions);
const shown = (...actions: SessionsAction[]) => after(...actions).tabs.map(({ sessionId }) => sessionId);
const join: SessionsAction = { kind: 'joined', sessionId: 'theirs' };

test('sessions of others get no tab by themselves, and are offered', () => {
  const opening = session('opening', { isOthers: true, state: { kind: 'requested' } });
  const state = after(all(session('own'), others, opening));
  expect(state.tabs.map(({ sessionId }) => sessionId)).toEqual(['own']);
  expect(joinableSessions(state).map(({ id }) => id)).toEqual(['theirs']);
});

test('one that is joined has a tab, in front, once', () => {
  const state = after(all(session('own'), others), join, { kind: 'activated', tabId: 'own' }, join);
  expect(state.tabs.map(({ sessionId }) => sessionId)).toEqual(['own', 'theirs']);
  expect(state.activeTabId).toBe(state.tabs[1]?.id);
  expect(joinableSessions(state)).toEqual([]);
});

test('one that was left can be joined again, and one that is gone can not', () => {
  const left: SessionsAction[] = [all(others), join, { kind: 'closed', tabId: 'theirs' }];
  expect(shown(...left)).toEqual([]);
  expect(shown(...left, join)).toEqual(['theirs']);
  expect(shown(all(), join)).toEqual([]);
});

test('one that was looked at comes back with a reload of the window, and no other of others', () => {
  const remembered = { activeSessionId: 'theirs', sessions: [] };
  const list = { kind: 'all' as const, sessions: [others, session('more', { isOthers: true })] };
  expect(shown({ kind: 'heard', event: list, remembered })).toEqual(['theirs']);
});
