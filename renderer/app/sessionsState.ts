import type { SessionEvent } from '../../shared/contract/contract.ts';
import type { Failure } from '../../shared/contract/failure.ts';
import type { Session, SessionState } from '../../shared/model/session.ts';

/** One tab: a place for the sessions of one host, one after the other. Never holds a credential. */
export interface SessionTab {
  readonly id: string;
  /** Of a host that a link brought and nobody saved, known once its session is. */
  readonly hostId: string;
  /** When its person asked for the session, epoch milliseconds. */
  readonly askedAt: number;
  /** Absent while the host process hasn't yet accepted the opening. */
  readonly sessionId?: string;
  /** The latest that is known of its session; while it is opened anew, of the one before. */
  readonly session?: Session;
  /** Why the host process didn't accept the opening. */
  readonly refusal?: Failure;
  /** Its session is being moved to another manager, or could not be. */
  readonly move?: SessionMove;
  /** Its gateway is gone, or hands it over: it is being looked for. `recalled`: from before the window was loaded again. */
  readonly away?: { readonly recalled: boolean };
  /** Another gateway took its session up: where its manager still held it, or by opening the host anew. */
  readonly found?: 'as-it-was' | 'anew';
}

export type SessionMove = { readonly kind: 'asked' } | { readonly kind: 'failed'; readonly failure: Failure };

export type SessionLayout = 'tabs' | 'grid';

/** What a window showed before it was loaded again. */
export interface RememberedSessions {
  readonly activeSessionId?: string | undefined;
  readonly sessions: readonly Session[];
}

export interface SessionsState {
  /** The host process told its sessions at least once. */
  readonly loaded: boolean;
  readonly tabs: readonly SessionTab[];
  readonly activeTabId?: string;
  readonly layout: SessionLayout;
  /** Every session of the host process by id, also those which no tab of this window shows. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** Sessions that were closed here; the host process may still have to hear of it. */
  readonly dismissed: ReadonlySet<string>;
}

export type SessionsAction =
  | { readonly kind: 'heard'; readonly event: SessionEvent; readonly remembered?: RememberedSessions }
  | { readonly kind: 'asked'; readonly tabId: string; readonly hostId: string; readonly at: number }
  | { readonly kind: 'asked-again'; readonly tabId: string; readonly at: number }
  | { readonly kind: 'accepted'; readonly tabId: string; readonly sessionId: string }
  | { readonly kind: 'refused'; readonly tabId: string; readonly failure: Failure }
  | { readonly kind: 'move-asked'; readonly tabId: string }
  | { readonly kind: 'moved'; readonly tabId: string; readonly sessionId: string; readonly at: number }
  | { readonly kind: 'move-failed'; readonly tabId: string; readonly failure: Failure }
  | {
      readonly kind: 'found';
      readonly tabId: string;
      readonly sessionId: string;
      readonly how: 'as-it-was' | 'anew';
    }
  | { readonly kind: 'not-found'; readonly tabId: string; readonly failure: Failure }
  | { readonly kind: 'joined'; readonly sessionId: string }
  | { readonly kind: 'activated'; readonly tabId: string }
  | { readonly kind: 'arranged'; readonly layout: SessionLayout }
  | { readonly kind: 'closed'; readonly tabId: string };

export const noSessions: SessionsState = {
  loaded: false,
  tabs: [],
  layout: 'tabs',
  sessions: new Map(),
  dismissed: new Set(),
};

/** The state of a tab's session, or why there is none yet. */
export function stateOfTab(tab: SessionTab): SessionState {
  if (tab.refusal !== undefined) return { kind: 'closed', reason: 'failed', failure: tab.refusal };
  if (tab.sessionId === undefined || tab.session?.id !== tab.sessionId) return { kind: 'requested' };
  return tab.session.state;
}

const isOver = (tab: SessionTab) => stateOfTab(tab).kind === 'closed';

/** The hosts that have a session which isn't closed. */
export const hostsInUse = (state: SessionsState): ReadonlySet<string> =>
  new Set(state.tabs.filter((tab) => !isOver(tab)).map((tab) => tab.hostId));

function withTab(
  state: SessionsState,
  tabId: string,
  change: (tab: SessionTab) => SessionTab,
): SessionsState {
  return { ...state, tabs: state.tabs.map((tab) => (tab.id === tabId ? change(tab) : tab)) };
}

/** The session of a tab is gone without having told its end: the host process was started anew. */
function lose(tab: SessionTab, failure: Failure = { code: 'session_unknown' }): SessionTab {
  if (tab.session === undefined || tab.session.id !== tab.sessionId || isOver(tab)) return tab;
  return { ...tab, session: { ...tab.session, state: { kind: 'closed', reason: 'failed', failure } } };
}

function withoutAway({ away: _away, ...tab }: SessionTab): SessionTab {
  return tab;
}

/** Its gateway ended without its session having come to an end. */
const isCutOff = ({ state }: Session) =>
  state.kind !== 'closed' || state.failure?.code === 'broker_stopping' || state.failure?.code === 'node_lost';

/** The host process doesn't know the session of a tab: another one may take it up. */
function miss(tab: SessionTab): SessionTab {
  if (tab.session === undefined || tab.session.id !== tab.sessionId || !isCutOff(tab.session)) return tab;
  // Of another's session only its person looks for where it went on.
  return tab.session.state.kind === 'requested' || tab.session.isOthers === true
    ? lose(tab)
    : { ...tab, away: tab.away ?? { recalled: false } };
}

/** A session that is being moved may end before the answer names the one in its place: until then its tab stays as it is. */
const hearOf = (tab: SessionTab, session: Session): SessionTab =>
  tab.move?.kind === 'asked' && session.state.kind === 'closed'
    ? tab
    : { ...withoutAway(tab), session, hostId: session.hostId };

const tabOfSession = (session: Session): SessionTab => ({
  id: session.id,
  hostId: session.hostId,
  askedAt: session.openedAt,
  sessionId: session.id,
  session,
});

function hearAll(
  state: SessionsState,
  list: readonly Session[],
  remembered?: RememberedSessions,
): SessionsState {
  const sessions = new Map(list.map((session) => [session.id, session]));
  const known = state.tabs.map((tab) => {
    const session = tab.sessionId === undefined ? undefined : sessions.get(tab.sessionId);
    return session === undefined ? miss(tab) : hearOf(tab, session);
  });
  const shown = new Set(known.map((tab) => tab.sessionId));
  const closedByPerson = (session: Session) =>
    session.state.kind === 'closed' && session.state.reason === 'user';
  // What others opened is only looked at by whoever joins it, and again after a reload.
  const isWanted = (session: Session) =>
    session.isOthers !== true || session.id === remembered?.activeSessionId;
  const found = list.filter(
    (session) =>
      !shown.has(session.id) &&
      !state.dismissed.has(session.id) &&
      !closedByPerson(session) &&
      isWanted(session),
  );
  const recalled = state.loaded ? [] : (remembered?.sessions ?? []).filter(({ id }) => !sessions.has(id));
  const tabs = [
    ...known,
    ...found.map(tabOfSession),
    ...recalled.map((session) => ({ ...tabOfSession(session), away: { recalled: true } })),
  ];
  const lookedAt = tabs.find((tab) => tab.sessionId === remembered?.activeSessionId);
  const activeTabId = state.activeTabId ?? lookedAt?.id ?? tabs[0]?.id;
  const dismissed = new Set([...state.dismissed].filter((id) => sessions.has(id)));
  return { ...state, loaded: true, tabs, sessions, dismissed, ...(activeTabId && { activeTabId }) };
}

function hear(state: SessionsState, event: SessionEvent, remembered?: RememberedSessions): SessionsState {
  switch (event.kind) {
    case 'all':
      return hearAll(state, event.sessions, remembered);
    case 'put': {
      const { session } = event;
      const tabs = state.tabs.map((tab) => (tab.sessionId === session.id ? hearOf(tab, session) : tab));
      return { ...state, tabs, sessions: new Map(state.sessions).set(session.id, session) };
    }
    case 'forgotten': {
      const tabs = state.tabs.map((tab) =>
        tab.sessionId === event.sessionId && tab.move?.kind !== 'asked' ? lose(tab) : tab,
      );
      const sessions = new Map(state.sessions);
      sessions.delete(event.sessionId);
      const dismissed = new Set(state.dismissed);
      dismissed.delete(event.sessionId);
      return { ...state, tabs, sessions, dismissed };
    }
  }
}

/** Drops what a tab said of its earlier opening, but not the session that names it. */
function askAgain(before: SessionTab, at: number): SessionTab {
  const {
    sessionId: _sessionId,
    refusal: _refusal,
    move: _move,
    found: _found,
    ...tab
  } = withoutAway(before);
  return { ...tab, askedAt: at };
}

/** The tab keeps its place and gets this session. */
function accept(state: SessionsState, tabId: string, sessionId: string): SessionsState {
  const session = state.sessions.get(sessionId);
  // A whole list that was told before the answer came has made a tab of its own for this session.
  const tabs = state.tabs.filter((tab) => tab.id === tabId || tab.sessionId !== sessionId);
  return withTab({ ...state, tabs }, tabId, (tab) => ({
    ...tab,
    sessionId,
    ...(session && { session, hostId: session.hostId }),
  }));
}

/** Nobody has its session any more. A tab that this window never showed goes with it. */
function giveUp(state: SessionsState, tabId: string, failure: Failure): SessionsState {
  const tab = state.tabs.find(({ id }) => id === tabId);
  if (tab?.away?.recalled === true && failure.code === 'session_unknown') return close(state, tabId);
  return withTab(state, tabId, (lost) => lose(withoutAway(lost), failure));
}

/** The session goes on where it is; it may have ended by itself meanwhile. */
function keepInPlace(state: SessionsState, tabId: string, failure: Failure): SessionsState {
  return withTab(state, tabId, (tab) => {
    const session = tab.sessionId === undefined ? undefined : state.sessions.get(tab.sessionId);
    const stayed: SessionTab = { ...tab, move: { kind: 'failed', failure } };
    return session === undefined ? lose(stayed) : { ...stayed, session };
  });
}

function dismiss(state: SessionsState, sessionId: string | undefined): SessionsState {
  if (sessionId === undefined) return state;
  return { ...state, dismissed: new Set(state.dismissed).add(sessionId) };
}

function close(state: SessionsState, tabId: string): SessionsState {
  const index = state.tabs.findIndex((tab) => tab.id === tabId);
  const tabs = state.tabs.filter((tab) => tab.id !== tabId);
  const { activeTabId, ...rest } = dismiss(state, state.tabs[index]?.sessionId);
  const next = activeTabId === tabId ? (tabs[index] ?? tabs.at(-1))?.id : activeTabId;
  return { ...rest, tabs, ...(next !== undefined && { activeTabId: next }) };
}

/** Another person's session in a tab of its own; one that is shown already comes to the front. */
function join(state: SessionsState, sessionId: string): SessionsState {
  const session = state.sessions.get(sessionId);
  const shown = state.tabs.find((tab) => tab.sessionId === sessionId);
  if (shown !== undefined || session === undefined)
    return shown === undefined ? state : { ...state, activeTabId: shown.id };
  const dismissed = new Set(state.dismissed);
  dismissed.delete(sessionId);
  const tab = tabOfSession(session);
  return { ...state, dismissed, tabs: [...state.tabs, tab], activeTabId: tab.id };
}

/** The live sessions of others that may be joined, and that no tab shows. */
export const joinableSessions = ({ sessions, tabs }: SessionsState): readonly Session[] =>
  [...sessions.values()].filter(
    (session) =>
      session.isOthers === true &&
      session.state.kind === 'live' &&
      tabs.every((tab) => tab.sessionId !== session.id),
  );

/** Moves the sessions of this window from one state to the next. Pure. */
export function reduceSessions(state: SessionsState, action: SessionsAction): SessionsState {
  switch (action.kind) {
    case 'heard':
      return hear(state, action.event, action.remembered);
    case 'asked': {
      const tab: SessionTab = { id: action.tabId, hostId: action.hostId, askedAt: action.at };
      return { ...state, tabs: [...state.tabs, tab], activeTabId: tab.id };
    }
    case 'asked-again': {
      const before = state.tabs.find((tab) => tab.id === action.tabId)?.sessionId;
      return withTab(dismiss(state, before), action.tabId, (tab) => askAgain(tab, action.at));
    }
    case 'accepted':
      return accept(state, action.tabId, action.sessionId);
    case 'refused':
      return withTab(state, action.tabId, (tab) => ({ ...tab, refusal: action.failure }));
    case 'move-asked':
      return withTab(state, action.tabId, (tab) => ({ ...tab, move: { kind: 'asked' } }));
    case 'moved': {
      const before = state.tabs.find((tab) => tab.id === action.tabId)?.sessionId;
      const asked = withTab(dismiss(state, before), action.tabId, (tab) => askAgain(tab, action.at));
      return accept(asked, action.tabId, action.sessionId);
    }
    case 'move-failed':
      return keepInPlace(state, action.tabId, action.failure);
    case 'found':
      return withTab(accept(state, action.tabId, action.sessionId), action.tabId, (tab) => ({
        ...withoutAway(tab),
        found: action.how,
      }));
    case 'not-found':
      return giveUp(state, action.tabId, action.failure);
    case 'joined':
      return join(state, action.sessionId);
    case 'activated':
      return state.tabs.some((tab) => tab.id === action.tabId)
        ? { ...state, activeTabId: action.tabId }
        : state;
    case 'arranged':
      return { ...state, layout: action.layout };
    case 'closed':
      return close(state, action.tabId);
  }
}
