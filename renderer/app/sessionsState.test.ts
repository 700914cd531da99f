import { expect, test } from 'vitest';
import type { Session, SessionState } from '../../shared/model/session.ts';
import { hostsInUse, noSessions, reduceSessions, stateOfTab } from './sessionsState.ts';
import type { SessionsAction, SessionsState } from './sessionsState.ts';

const hostId = '00000000-0000-4000-8000-0000000000aa';
const live: SessionState = { kind: 'live', managerId: 'm' };

const session = (id: string, state: SessionState = live): Session => ({
  id,
  user: 'ada',
  hostId,
  hostName: `host of ${id}`,
  address: '10.0.0.1',
  protocol: 'ssh',
  state,
  openedAt: 5,
  attempts: [],
});

const all = (...sessions: Session[]): SessionsAction => ({ kind: 'heard', event: { kind: 'all', sessions } });
const put = (one: Session): SessionsAction => ({ kind: 'heard', event: { kind: 'put', session: one } });
const forgotten = (sessionId: string): SessionsAction => ({
  kind: 'heard',
  event: { kind: 'forgotten', sessionId },
});
const asked = (tabId: string): SessionsAction => ({ kind: 'asked', tabId, hostId, at: 1 });
const accepted = (tabId: string, sessionId: string): SessionsAction => ({
  kind: 'accepted',
  tabId,
  sessionId,
});

const after = (...actions: SessionsAction[]): SessionsState => actions.reduce(reduceSessions, noSessions);
const ids = (state: SessionsState) => state.tabs.map((tab) => tab.id);

test('after a reload the sessions of the host process are tabs again, the remembered one active', () => {
  const list: SessionsAction = {
    kind: 'heard',
    event: { kind: 'all', sessions: [session('s1'), session('s2')] },
    remembered: { activeSessionId: 's2', sessions: [] },
  };
  const state = after(list);
  expect(ids(state)).toEqual(['s1', 's2']);
  expect(state.activeTabId).toBe('s2');
  expect(state.loaded).toBe(true);
});

test('a session that its person closed does not come back, one that failed does', () => {
  const failure = { code: 'host_error' } as const;
  const state = after(
    all(
      session('s1', { kind: 'closed', reason: 'user' }),
      session('s2', { kind: 'closed', reason: 'failed', failure }),
    ),
  );
  expect(ids(state)).toEqual(['s2']);
});

test('what was told of a session before the answer came is not lost', () => {
  const state = after(all(), asked('t'), put(session('s1')), accepted('t', 's1'));
  expect(state.tabs).toHaveLength(1);
  expect(stateOfTab(state.tabs[0]!)).toEqual(live);
});

test('a whole list that arrives before the answer makes no second tab', () => {
  const state = after(all(), asked('t'), all(session('s1')), accepted('t', 's1'));
  expect(ids(state)).toEqual(['t']);
});

test('sessions that another window opened do not appear here', () => {
  expect(after(all(), put(session('s1'))).tabs).toEqual([]);
});

test('an opening that was refused is a failed tab, and reconnecting clears that', () => {
  const failure = { code: 'host_unknown' } as const;
  const refused = after(all(), asked('t'), { kind: 'refused', tabId: 't', failure });
  expect(stateOfTab(refused.tabs[0]!)).toEqual({ kind: 'closed', reason: 'failed', failure });
  const again = reduceSessions(refused, { kind: 'asked-again', tabId: 't', at: 9 });
  expect(stateOfTab(again.tabs[0]!)).toEqual({ kind: 'requested' });
  expect(again.tabs[0]?.askedAt).toBe(9);
});

test('reconnecting stays in its tab, keeps the name, and does not show the old session again', () => {
  const failed = session('s1', { kind: 'closed', reason: 'failed', failure: { code: 'host_error' } });
  const state = after(
    all(failed, session('s9')),
    { kind: 'asked-again', tabId: 's1', at: 9 },
    all(failed, session('s9')),
  );
  expect(ids(state)).toEqual(['s1', 's9']);
  expect(stateOfTab(state.tabs[0]!)).toEqual({ kind: 'requested' });
  expect(state.tabs[0]?.session?.hostName).toBe('host of s1');
  expect(state.dismissed.has('s1')).toBe(true);
  const opened = reduceSessions(reduceSessions(state, forgotten('s1')), accepted('s1', 's2'));
  expect(opened.tabs[0]?.sessionId).toBe('s2');
  expect(opened.dismissed.size).toBe(0);
});

test('a session that the host process does not know any more is looked for, and has failed where nobody has it', () => {
  const missed = after(all(session('s1'), session('s2')), all(session('s2')));
  expect(missed.tabs.map((tab) => [stateOfTab(tab).kind, tab.away])).toEqual([
    ['live', { recalled: false }],
    ['live', undefined],
  ]);
  const failure = { code: 'session_unknown' } as const;
  const state = reduceSessions(missed, { kind: 'not-found', tabId: 's1', failure });
  expect(state.tabs.map((tab) => stateOfTab(tab).kind)).toEqual(['closed', 'live']);
  expect(stateOfTab(state.tabs[0]!)).toMatchObject({ failure: { code: 'session_unknown' } });
});

test('a closed session that is forgotten keeps saying why it closed', () => {
  const ended = session('s1', { kind: 'closed', reason: 'ended' });
  const state = after(all(session('s1')), put(ended), forgotten('s1'));
  expect(stateOfTab(state.tabs[0]!)).toEqual({ kind: 'closed', reason: 'ended' });
});

test('closing goes to the neighbour on the right, then on the left, and is not undone by a late list', () => {
  const three = after(all(session('s1'), session('s2'), session('s3')), { kind: 'activated', tabId: 's2' });
  const two = reduceSessions(three, { kind: 'closed', tabId: 's2' });
  expect(two.activeTabId).toBe('s3');
  const one = reduceSessions(two, { kind: 'closed', tabId: 's3' });
  expect(one.activeTabId).toBe('s1');
  const none = reduceSessions(one, { kind: 'closed', tabId: 's1' });
  expect(none).not.toHaveProperty('activeTabId');
  expect(reduceSessions(none, all(session('s1'))).tabs).toEqual([]);
});

test('closing another tab leaves the active one', () => {
  const state = after(all(session('s1'), session('s2')), { kind: 'activated', tabId: 's2' });
  expect(reduceSessions(state, { kind: 'closed', tabId: 's1' }).activeTabId).toBe('s2');
});

test('a host is in use while its session is not closed', () => {
  expect(hostsInUse(after(all(), asked('t')))).toEqual(new Set([hostId]));
  const ended = session('s1', { kind: 'closed', reason: 'ended' });
  expect(hostsInUse(after(all(session('s1')), put(ended))).size).toBe(0);
});

const moveAsked: SessionsAction = { kind: 'move-asked', tabId: 's1' };
const moved: SessionsAction = { kind: 'moved', tabId: 's1', sessionId: 's3', at: 9 };
const ended = session('s1', { kind: 'closed', reason: 'user' });

test('a moved session keeps the place of its tab, and the old one does not come back', () => {
  const state = after(all(session('s1'), session('s2')), moveAsked, put(session('s3')), moved);
  expect(ids(state)).toEqual(['s1', 's2']);
  expect(state.tabs[0]).toMatchObject({ sessionId: 's3', session: { id: 's3' }, askedAt: 9 });
  expect(state.tabs[0]).not.toHaveProperty('move');
  expect(ids(reduceSessions(state, all(ended, session('s2'), session('s3'))))).toEqual(['s1', 's2']);
});

test('a list that is told while a session moves makes no second tab in the end', () => {
  const state = after(all(session('s1')), moveAsked, all(session('s1'), session('s3')), moved);
  expect(ids(state)).toEqual(['s1']);
});

test('an old session that ends before its move is answered does not show as ended', () => {
  const moving = after(all(session('s1')), moveAsked, put(ended), forgotten('s1'));
  expect(stateOfTab(moving.tabs[0]!)).toEqual(live);
  expect(stateOfTab(reduceSessions(moving, put(session('s3'))).tabs[0]!)).toEqual(live);
});

test('a move that fails leaves the session where it is, or says that it ended meanwhile', () => {
  const failure = { code: 'no_manager_available' } as const;
  const failed: SessionsAction = { kind: 'move-failed', tabId: 's1', failure };
  const stayed = after(all(session('s1')), moveAsked, failed);
  expect(stayed.tabs[0]).toMatchObject({ sessionId: 's1', move: { kind: 'failed', failure } });
  expect(stateOfTab(stayed.tabs[0]!)).toEqual(live);
  const over = after(all(session('s1')), moveAsked, put(ended), failed);
  expect(stateOfTab(over.tabs[0]!)).toEqual({ kind: 'closed', reason: 'user' });
  const forgottenMeanwhile = after(all(session('s1')), moveAsked, forgotten('s1'), failed);
  expect(stateOfTab(forgottenMeanwhile.tabs[0]!)).toMatchObject({ failure: { code: 'session_unknown' } });
});

test('the host of a tab is that of its session, whatever a link was opened as', () => {
  const link: SessionsAction = { kind: 'asked', tabId: 't', hostId: 'a-proposal', at: 1 };
  const state = after(link, accepted('t', 's1'), put(session('s1')));
  expect(state.tabs[0]?.hostId).toBe(hostId);
  expect(after(link, put(session('s1')), accepted('t', 's1')).tabs[0]?.hostId).toBe(hostId);
});

test('a session that another gateway took up keeps its tab, and says how it was found', () => {
  const found: SessionsAction = { kind: 'found', tabId: 's1', sessionId: 's9', how: 'anew' };
  const state = after(all(session('s1')), all(), put(session('s9')), found);
  expect(ids(state)).toEqual(['s1']);
  expect(state.tabs[0]).toMatchObject({ sessionId: 's9', session: { id: 's9' }, found: 'anew' });
  expect(state.tabs[0]?.away).toBeUndefined();
});

test('a session that is there again is not looked for any more', () => {
  const state = after(all(session('s1')), all(), all(session('s1')));
  expect(state.tabs.map(({ sessionId, away }) => [sessionId, away])).toEqual([['s1', undefined]]);
});

test('one that ended before is not looked for, unless its gateway ended it by stopping', () => {
  const closed = (code: 'host_error' | 'broker_stopping') =>
    session('s1', { kind: 'closed', reason: 'failed', failure: { code } });
  expect(after(all(closed('host_error')), all()).tabs[0]?.away).toBeUndefined();
  expect(after(all(closed('broker_stopping')), all()).tabs[0]?.away).toEqual({ recalled: false });
});

test('what was shown before a reload is looked for, and leaves no tab where nobody has it', () => {
  const reload: SessionsAction = {
    kind: 'heard',
    event: { kind: 'all', sessions: [session('s2')] },
    remembered: { activeSessionId: 's1', sessions: [session('s1'), session('s2')] },
  };
  const state = after(reload);
  expect(state.tabs.map(({ sessionId, away }) => [sessionId, away?.recalled])).toEqual([
    ['s2', undefined],
    ['s1', true],
  ]);
  expect(state.activeTabId).toBe('s1');
  const failure = { code: 'session_unknown' } as const;
  expect(ids(reduceSessions(state, { kind: 'not-found', tabId: 's1', failure }))).toEqual(['s2']);
});
