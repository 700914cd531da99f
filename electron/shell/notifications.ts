import type { Notification, NotificationConstructorOptions } from 'electron';
import { describeFailure } from '../../shared/contract/failure.ts';
import type { Session } from '../../shared/model/session.ts';
import type { SessionsView } from './sessionsView.ts';

/** Something that happened to a session while nobody may have looked. */
export interface Happening {
  readonly kind: 'lost' | 'draining';
  readonly session: Session;
}

export interface NotificationParts {
  readonly sessions: SessionsView;
  readonly Notification: (new (options: NotificationConstructorOptions) => Notification) & {
    isSupported(): boolean;
  };
  /** The preference, and that no window of ours is looked at. */
  readonly mayTell: () => boolean;
  readonly showSession: (sessionId: string) => void;
  readonly showMain: () => void;
}

/** A manager that goes takes all its sessions along: that is one notification, not fifty. */
const gatherMs = 300;
const toldOneByOne = 3;

/** What happened between two looks: live sessions that failed, and those whose manager takes no new ones any more. */
export function findHappenings(before: ReadonlyMap<string, Session>, after: readonly Session[]): Happening[] {
  return after.flatMap((session): Happening[] => {
    const earlier = before.get(session.id);
    if (earlier?.state.kind !== 'live') return [];
    if (session.state.kind === 'closed')
      return session.state.reason === 'failed' ? [{ kind: 'lost', session }] : [];
    return session.draining === true && earlier.draining !== true ? [{ kind: 'draining', session }] : [];
  });
}

/** Tells by the system's own notifications what happened to sessions. A click brings the session up. */
export function notifyOfSessions(parts: NotificationParts): void {
  let before = byId(parts.sessions.current());
  let gathered: Happening[] = [];
  let gathering: NodeJS.Timeout | undefined;
  /** Kept as long as they are shown: a collected one can't be clicked. */
  const shown = new Set<Notification>();

  function show(options: NotificationConstructorOptions, onClick: () => void): void {
    const notification = new parts.Notification(options);
    shown.add(notification);
    notification.on('close', () => shown.delete(notification));
    notification.on('click', () => {
      shown.delete(notification);
      onClick();
    });
    notification.show();
  }

  function tell(): void {
    const told = gathered;
    gathered = [];
    gathering = undefined;
    if (!parts.Notification.isSupported() || !parts.mayTell()) return;
    for (const kind of ['lost', 'draining'] as const) {
      const ofKind = told.filter((happening) => happening.kind === kind);
      if (ofKind.length > toldOneByOne) show(summaryOf(kind, ofKind.length), parts.showMain);
      else
        for (const { session } of ofKind) show(wordsOf(kind, session), () => parts.showSession(session.id));
    }
  }

  parts.sessions.onChange(() => {
    const after = parts.sessions.current();
    gathered.push(...findHappenings(before, after));
    before = byId(after);
    if (gathered.length > 0) gathering ??= setTimeout(tell, gatherMs);
  });
}

const byId = (sessions: readonly Session[]) => new Map(sessions.map((session) => [session.id, session]));

function wordsOf(kind: Happening['kind'], session: Session): NotificationConstructorOptions {
  if (kind === 'draining')
    return {
      title: `${session.hostName}: its session manager is being drained`,
      body: 'The session goes on. Move it to another manager when it suits you.',
    };
  const failure = session.state.kind === 'closed' ? session.state.failure : undefined;
  const names = { host: session.hostName, ...(session.managerName && { manager: session.managerName }) };
  const words = failure && describeFailure(failure, names);
  return {
    title: `${session.hostName}: the session was lost`,
    body: words ? `${words.what} ${words.next}` : 'Open the host again.',
  };
}

const summaryOf = (kind: Happening['kind'], count: number): NotificationConstructorOptions =>
  kind === 'lost'
    ? { title: `${count} sessions were lost`, body: 'Proxima shows why, and opens them again.' }
    : {
        title: `${count} sessions run on managers that are being drained`,
        body: 'They go on. Move them when it suits you.',
      };
