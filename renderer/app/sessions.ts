import { z } from 'zod';
import { succeed } from '../../shared/contract/failure.ts';
import type { Result } from '../../shared/contract/failure.ts';
import type { Credential } from '../../shared/model/host.ts';
import { longestOpeningMs } from '../../shared/model/opening.ts';
import { sessionIdSchema, sessionSchema } from '../../shared/model/session.ts';
import type { HostConnection } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { settle } from './connection.ts';
import { displayFor } from './sessionsDisplay.ts';
import { noSessions, reduceSessions } from './sessionsState.ts';
import type { SessionLayout, SessionsAction, SessionsState } from './sessionsState.ts';

export type { ConnectionState } from '../transport/hostConnection.ts';

/** An area on the screen, in CSS pixels. */
interface Area {
  readonly width: number;
  readonly height: number;
}

/** What the host process has to know of the screen that a session is opened for. */
type Display = ReturnType<typeof displayFor>;
type AcceptOpening = (display: Display) => Promise<Result<{ sessionId: string }>>;

/** The sessions of this window. Passwords pass through it and are never kept. */
export interface SessionStore {
  getState(): SessionsState;
  subscribe(listener: () => void): () => void;
  /** Opens a session on the host in a tab of its own, and shows it. */
  openHost(hostId: string): void;
  /**
   * Opens what `accept` starts in a tab of its own. Where it isn't accepted there is no tab, and the failure is whoever's who
   * asked.
   */
  openAccepted(hostId: string, accept: AcceptOpening): Promise<Result<void>>;
  /** Opens the tab's host again in the same tab; a given credential is used for this opening only. */
  reconnect(tabId: string, credential?: Credential): void;
  /** Watches a session of another person, and types in it. */
  join(sessionId: string): void;
  /** Ends the tab's session and removes the tab; one of another person goes on. */
  close(tabId: string): void;
  /** The same, by the session. */
  closeSession(sessionId: string): void;
  /** Another window opened this session's host anew: its tab goes on with that one. */
  follow(sessionId: string, bySessionId: string): void;
  /** Opens the tab's session anew on another manager of its group, and shows that one; where it fails, the old one stays. */
  move(tabId: string): void;
  activate(tabId: string): void;
  arrange(layout: SessionLayout): void;
  /** Says how much room the tab's picture has; a session of its own is opened in that size. */
  measured(tabId: string, area: Area): void;
  /** The first picture of a tab's session is there; what was opened here tells the host process how long that took. */
  drawn(tabId: string): void;
  readonly openTunnel: HostConnection['openTunnel'];
}

/** A tab is drawn within a frame or two; in a window that nobody sees, maybe never. */
const measureTimeoutMs = 1_000;

const storageKey = 'proxima.sessions';

const rememberedSchema = z.object({
  sessionId: sessionIdSchema.optional().catch(undefined),
  layout: z.enum(['tabs', 'grid']).catch('tabs'),
  sessions: z.array(sessionSchema).catch([]),
});

/** What survives a reload of the window: which sessions were shown, which was looked at, and how they were arranged. */
function recall(storage: Storage): z.infer<typeof rememberedSchema> {
  try {
    return rememberedSchema.parse(JSON.parse(storage.getItem(storageKey) ?? '{}'));
  } catch {
    return { layout: 'tabs', sessions: [] };
  }
}

function remember(storage: Storage, state: SessionsState): void {
  const sessionId = state.tabs.find((tab) => tab.id === state.activeTabId)?.sessionId;
  const sessions = state.tabs.flatMap(({ session }) => {
    if (session === undefined || session.state.kind === 'closed' || session.isOthers === true) return [];
    const { trace: _trace, ...shown } = session;
    return [{ ...shown, attempts: [] }];
  });
  try {
    storage.setItem(storageKey, JSON.stringify({ sessionId, layout: state.layout, sessions }));
  } catch {
    // A browser that allows no storage only forgets which tabs there were.
  }
}

/** Follows the sessions of the host process, and opens and closes them, for as long as the page lives. */
export function createSessionStore(host: HostConnection, storage: Storage = sessionStorage): SessionStore {
  const { sessionId: activeSessionId, layout, sessions: shownBefore } = recall(storage);
  const remembered = { activeSessionId, sessions: shownBefore };
  let state: SessionsState = { ...noSessions, layout };
  const areas = new Map<string, Area>();
  const awaitedAreas = new Map<string, (area: Area) => void>();
  const listeners = new Set<() => void>();
  /** By tab, when its session was wanted and asked for, until its first picture is there. */
  const waits = new Map<string, { readonly wantedAt: number; askedAt?: number }>();

  const dispatch = (action: SessionsAction) => {
    state = reduceSessions(state, action);
    if (state.loaded) remember(storage, state);
    for (const listener of listeners) listener();
  };

  // What fails here is tried again when the host process tells its whole list the next time.
  const endSession = async (sessionId: string) => {
    const isOthers = state.sessions.get(sessionId)?.isOthers === true;
    if (!isOthers) await settle(host.client.sessions.close({ sessionId }));
  };

  /** The room of a tab's picture, once it is known: a host that starts in another size would resize at once. */
  const areaOf = async (tabId: string): Promise<Area> => {
    const known = areas.get(tabId);
    if (known !== undefined) return known;
    return new Promise((resolve) => {
      const decide = (area: Area) => {
        clearTimeout(timer);
        awaitedAreas.delete(tabId);
        resolve(area);
      };
      const windowArea = { width: window.innerWidth, height: window.innerHeight };
      const timer = setTimeout(() => decide([...areas.values()].at(-1) ?? windowArea), measureTimeoutMs);
      awaitedAreas.set(tabId, decide);
    });
  };

  const displayOf = async (tabId: string): Promise<Display> => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return displayFor(await areaOf(tabId), window.devicePixelRatio, timeZone);
  };

  const isThere = (tabId: string) => state.tabs.some((tab) => tab.id === tabId);
  const start = async (tabId: string, accept: AcceptOpening): Promise<Result<void>> => {
    const display = await displayOf(tabId);
    if (!isThere(tabId)) return succeed(undefined);
    const wait = waits.get(tabId);
    if (wait) wait.askedAt = performance.now();
    const opened = await accept(display);
    if (!opened.ok) return opened;
    const { sessionId } = opened.value;
    if (isThere(tabId)) dispatch({ kind: 'accepted', tabId, sessionId });
    else void endSession(sessionId);
    return succeed(undefined);
  };
  const open = async (tabId: string, hostId: string, credential?: Credential) => {
    const opened = await start(tabId, (display) =>
      settle(host.client.sessions.open({ hostId, display, ...(credential && { credential }) })),
    );
    if (!opened.ok) dispatch({ kind: 'refused', tabId, failure: opened.failure });
  };
  const openInNewTab = (hostId: string) => {
    const tabId = crypto.randomUUID();
    waits.set(tabId, { wantedAt: performance.now() });
    dispatch({ kind: 'asked', tabId, hostId, at: Date.now() });
    void open(tabId, hostId);
  };
  const reconnect = (tabId: string, credential?: Credential) => {
    const tab = state.tabs.find(({ id }) => id === tabId);
    if (tab === undefined) return;
    waits.set(tabId, { wantedAt: performance.now() });
    dispatch({ kind: 'asked-again', tabId, at: Date.now() });
    if (tab.sessionId !== undefined) void endSession(tab.sessionId);
    void open(tabId, tab.hostId, credential);
  };
  const close = (tabId: string) => {
    const sessionId = state.tabs.find(({ id }) => id === tabId)?.sessionId;
    dispatch({ kind: 'closed', tabId });
    areas.delete(tabId);
    waits.delete(tabId);
    if (sessionId !== undefined) void endSession(sessionId);
  };
  const tabOf = (sessionId: string) => state.tabs.find((tab) => tab.sessionId === sessionId)?.id;

  const move = async (tabId: string, sessionId: string) => {
    const moved = await settle(host.client.managers.moveSession({ sessionId }));
    const isStillThere = state.tabs.some((tab) => tab.id === tabId && tab.sessionId === sessionId);
    if (!moved.ok) return isStillThere && dispatch({ kind: 'move-failed', tabId, failure: moved.failure });
    // Its person closed the tab or opened the host anew meanwhile.
    if (!isStillThere) return void endSession(moved.value.sessionId);
    dispatch({ kind: 'moved', tabId, sessionId: moved.value.sessionId, at: Date.now() });
  };

  /** Ids of sessions that are being looked for. */
  const looking = new Set<string>();
  const find = async (tabId: string, sessionId: string) => {
    if (looking.has(sessionId)) return;
    looking.add(sessionId);
    const display = await displayOf(tabId);
    const answer = await settle(host.client.takeover.resume({ sessionId, display }));
    looking.delete(sessionId);
    const isStillAway = state.tabs.some((tab) => tab.id === tabId && tab.sessionId === sessionId && tab.away);
    if (answer.ok) {
      const { sessionId: foundId, how } = answer.value;
      if (isStillAway)
        dispatch({
          kind: 'found',
          tabId,
          sessionId: foundId,
          how: how === 'opened-anew' ? 'anew' : 'as-it-was',
        });
      else if (!isThere(tabId)) void endSession(foundId);
    } else if (isStillAway && answer.failure.code !== 'host_process_lost') {
      // A line that broke is told by the next whole list.
      dispatch({ kind: 'not-found', tabId, failure: answer.failure });
    }
  };

  watchStream(
    host,
    (client, signal) => client.sessions.watch({}, { signal }),
    (event) => {
      dispatch({ kind: 'heard', event, remembered });
      if (event.kind !== 'all') return;
      for (const sessionId of state.dismissed) void endSession(sessionId);
      for (const { id, sessionId, away } of state.tabs)
        if (away && sessionId !== undefined) void find(id, sessionId);
    },
  );

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openHost: openInNewTab,
    async openAccepted(hostId, accept) {
      const tabId = crypto.randomUUID();
      const before = state.activeTabId;
      dispatch({ kind: 'asked', tabId, hostId, at: Date.now() });
      const opened = await start(tabId, accept);
      if (!opened.ok) {
        dispatch({ kind: 'closed', tabId });
        if (before !== undefined) dispatch({ kind: 'activated', tabId: before });
      }
      return opened;
    },
    join: (sessionId) => dispatch({ kind: 'joined', sessionId }),
    reconnect,
    close,
    closeSession(sessionId) {
      const tabId = tabOf(sessionId);
      if (tabId !== undefined) close(tabId);
    },
    follow(sessionId, bySessionId) {
      const tabId = tabOf(sessionId);
      if (tabId !== undefined) dispatch({ kind: 'moved', tabId, sessionId: bySessionId, at: Date.now() });
    },
    move(tabId) {
      const tab = state.tabs.find(({ id }) => id === tabId);
      if (tab?.sessionId === undefined || tab.move?.kind === 'asked') return;
      dispatch({ kind: 'move-asked', tabId });
      void move(tabId, tab.sessionId);
    },
    activate: (tabId) => dispatch({ kind: 'activated', tabId }),
    arrange: (next) => dispatch({ kind: 'arranged', layout: next }),
    measured(tabId, area) {
      areas.set(tabId, area);
      awaitedAreas.get(tabId)?.(area);
    },
    drawn(tabId) {
      const { wantedAt, askedAt } = waits.get(tabId) ?? {};
      const sessionId = state.tabs.find(({ id }) => id === tabId)?.sessionId;
      waits.delete(tabId);
      if (wantedAt === undefined || askedAt === undefined || sessionId === undefined) return;
      const drawn = { beforeAskingMs: askedAt - wantedAt, sinceAskingMs: performance.now() - askedAt };
      if (drawn.beforeAskingMs + drawn.sinceAskingMs > longestOpeningMs) return;
      void settle(host.client.sessions.noteDrawn({ sessionId, drawn }));
    },
    openTunnel: host.openTunnel,
  };
}
