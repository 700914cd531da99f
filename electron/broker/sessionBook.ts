import type { Session, SessionState } from '../../shared/model/session.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Right, Role } from '../../shared/model/access.ts';
import type { Display, SessionLine, Unsubscribe } from './ports.ts';
import { moveState } from './sessionState.ts';
import type { Stopwatch } from './stopwatch.ts';

/** Whose a session is, and what they were allowed when it was opened. */
export interface SessionOpener {
  /** The id of a person. */
  readonly user: string;
  readonly roles: readonly Role[];
  /** On the vault of its host. */
  readonly rights: readonly Right[];
}

/** What a session was opened with, without what is secret. */
export interface SessionOrigin {
  readonly opener: SessionOpener;
  readonly host: Host;
  readonly display: Display;
  /** A credential was typed for it. That isn't kept, so that nobody but its person can open it again. */
  readonly hadTypedCredential: boolean;
}

/** A session as the host process holds it: what people see, and the line and the abort that they don't. */
export interface SessionEntry {
  session: Session;
  readonly origin: SessionOrigin;
  line?: SessionLine;
  /** It is being opened anew elsewhere; its host may end it for that. */
  isMoving?: boolean;
  /** Stops the opening, wherever it is. */
  readonly opening: AbortController;
  /** Settles once the opening is over, well or not. */
  opened?: Promise<void>;
  /** How long each of its steps takes. */
  stopwatch?: Stopwatch;
}

/** Closed sessions of a person are kept so that a reloaded window still shows why; only so many. */
const keptClosedSessions = 50;

/** All sessions of this host process, in the order of their opening, and the news of them. */
export class SessionBook {
  readonly #entries = new Map<string, SessionEntry>();
  readonly #listeners = new Set<(sessionId: string) => void>();

  add(session: Session, origin: SessionOrigin): SessionEntry {
    const entry: SessionEntry = { session, origin, opening: new AbortController() };
    this.#entries.set(session.id, entry);
    this.#publish(session.id);
    return entry;
  }

  find(sessionId: string): SessionEntry | undefined {
    return this.#entries.get(sessionId);
  }

  entries(): readonly SessionEntry[] {
    return [...this.#entries.values()];
  }

  /** Moves the state where that move exists, and changes what goes with it. A closed session changes no more. */
  update(entry: SessionEntry, state: SessionState, change: Partial<Omit<Session, 'state'>> = {}): void {
    if (entry.session.state.kind === 'closed') return;
    const session = { ...entry.session, ...change, state: moveState(entry.session.state, state) };
    const isClosed = session.state.kind === 'closed';
    entry.session = isClosed && session.watchers ? { ...session, watchers: [] } : session;
    this.#publish(session.id);
    if (isClosed) this.#forgetOldest(session.user);
  }

  forget(sessionId: string): void {
    if (this.#entries.delete(sessionId)) this.#publish(sessionId);
  }

  onChange(listener: (sessionId: string) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #publish(sessionId: string): void {
    for (const listener of this.#listeners) listener(sessionId);
  }

  #forgetOldest(user: string): void {
    const closed = this.entries().filter(
      ({ session }) => session.user === user && session.state.kind === 'closed',
    );
    for (const { session } of closed.slice(0, -keptClosedSessions)) this.forget(session.id);
  }
}
