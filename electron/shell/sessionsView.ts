import type { Session } from '../../shared/model/session.ts';

/** The sessions of this process, as far as tray, menus, badge and notifications show them. */
export interface SessionsView {
  current(): readonly Session[];
  onChange(listener: () => void): () => void;
}

/** A live session, as menus list it. */
export interface LiveSession {
  readonly id: string;
  readonly name: string;
}

export const liveSessionsOf = (sessions: readonly Session[]): readonly LiveSession[] =>
  sessions.filter(({ state }) => state.kind === 'live').map(({ id, hostName }) => ({ id, name: hostName }));

/** Calls the listener with the live sessions now, and whenever another is listed. Most changes of a session aren't of that kind. */
export function followLiveSessions(
  view: SessionsView,
  listener: (sessions: readonly LiveSession[]) => void,
): () => void {
  let shown: string | undefined;
  const look = () => {
    const live = liveSessionsOf(view.current());
    const text = JSON.stringify(live);
    if (text === shown) return;
    shown = text;
    listener(live);
  };
  look();
  return view.onChange(look);
}
