import { createContext, use, useSyncExternalStore } from 'react';
import { showToast } from '../ui/Toast.tsx';
import type { SessionStore } from './sessions.ts';
import { sessionWindowAddress } from './windowKind.ts';
import { hearWindows, heldSessions, tellWindows, whenLetGo } from './windowMessages.ts';

interface OwnWindowsState {
  /** Which there are has been asked: before it, none of their pictures may be taken. */
  readonly known: boolean;
  /** The sessions that are shown in windows of their own. */
  readonly sessionIds: ReadonlySet<string>;
}

/** The windows of single sessions, as the main window sees them. */
export interface OwnWindows {
  getState(): OwnWindowsState;
  subscribe(listener: () => void): () => void;
  /** Opens one for the session; says so where the browser doesn't allow it. */
  open(sessionId: string): void;
  bringToFront(sessionId: string): void;
  /** Closes it: the session is shown here again. */
  takeBack(sessionId: string): void;
}

/** A window that is loaded again lets its session go for this long at most. */
const reloadPauseMs = 800;
/** The desktop app opens windows by itself, and doesn't tell the page whether it did. */
const openTimeoutMs = 5_000;
const size = { width: 1100, height: 760 };

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Follows the windows of single sessions for as long as the page lives. */
export function createOwnWindows(sessions: SessionStore): OwnWindows {
  let state: OwnWindowsState = { known: false, sessionIds: new Set() };
  const listeners = new Set<() => void>();
  const following = new Set<string>();
  const openedHere = new Map<string, Window>();

  const set = (next: OwnWindowsState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const remove = (sessionId: string) => {
    const sessionIds = new Set(state.sessionIds);
    sessionIds.delete(sessionId);
    openedHere.delete(sessionId);
    set({ ...state, sessionIds });
  };
  const follow = async (sessionId: string) => {
    do {
      await whenLetGo(sessionId);
      await sleep(reloadPauseMs);
    } while ((await heldSessions()).includes(sessionId));
    following.delete(sessionId);
    remove(sessionId);
  };
  const add = (sessionId: string) => {
    if (state.sessionIds.has(sessionId)) return;
    set({ ...state, sessionIds: new Set(state.sessionIds).add(sessionId) });
    if (following.has(sessionId)) return;
    following.add(sessionId);
    void follow(sessionId);
  };

  hearWindows((message) => {
    switch (message.kind) {
      case 'shown':
        return add(message.sessionId);
      case 'replaced': {
        const { sessionId, bySessionId } = message;
        const opened = openedHere.get(sessionId);
        if (opened !== undefined) openedHere.set(bySessionId, opened);
        sessions.follow(sessionId, bySessionId);
        add(bySessionId);
        return remove(sessionId);
      }
      case 'let-go':
        return remove(message.sessionId);
      case 'ended':
        return sessions.closeSession(message.sessionId);
      case 'take-back':
      case 'focus':
      case 'show-session':
      case 'show-settings':
        // For other windows, and for whoever shows sessions here.
        return;
    }
  });
  void heldSessions().then((held) => {
    set({ ...state, known: true });
    for (const sessionId of held) add(sessionId);
  });

  const tellThatBlocked = () =>
    showToast({
      title: 'No new window could be opened.',
      text: 'The session goes on here. Allow this page to open windows, and try again.',
      urgent: true,
    });

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    open(sessionId) {
      const features = `popup,width=${size.width},height=${size.height}`;
      const opened = window.open(sessionWindowAddress(sessionId), '_blank', features);
      if (opened !== null) openedHere.set(sessionId, opened);
      else if (window.proximaDesktop !== true) tellThatBlocked();
      else void sleep(openTimeoutMs).then(() => state.sessionIds.has(sessionId) || tellThatBlocked());
    },
    bringToFront(sessionId) {
      // Only who opened a window may bring it to the front in a browser; in the desktop app it may by itself.
      openedHere.get(sessionId)?.focus();
      tellWindows({ kind: 'focus', sessionId });
    },
    takeBack: (sessionId) => tellWindows({ kind: 'take-back', sessionId }),
  };
}

const OwnWindowsContext = createContext<OwnWindows | undefined>(undefined);
export const OwnWindowsProvider = OwnWindowsContext.Provider;

const none: OwnWindowsState = { known: true, sessionIds: new Set() };
const neverChanges = () => () => undefined;

/** The windows of single sessions; `undefined` in a window that has nothing to do with them. */
export const useOwnWindows = (): OwnWindows | undefined => use(OwnWindowsContext);

export function useOwnWindowsState(): OwnWindowsState {
  const windows = useOwnWindows();
  return useSyncExternalStore(windows?.subscribe ?? neverChanges, windows?.getState ?? (() => none));
}
