import {
  ArrowUpDown,
  CircleCheck,
  CircleSlash,
  CircleStop,
  CircleX,
  Crown,
  FileClock,
  HardDrive,
  LogOut,
  Pencil,
  PlugZap,
  Save,
  Shuffle,
  Unplug,
  UserX,
} from 'lucide-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Session } from '../../../shared/model/session.ts';
import { WhyHere } from '../../app/WhyHere.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { daysOf, eventKinds } from './timeLine.ts';
import type { EventKind, TimeLineEntry } from './timeLine.ts';
import styles from './TimeLine.module.css';

const icons = {
  'manager-down': CircleSlash,
  'manager-up': CircleCheck,
  'manager-draining': LogOut,
  'manager-edited': Pencil,
  'certificate-expiring': FileClock,
  failover: ArrowUpDown,
  'session-failed': CircleX,
  'settings-saved': Save,
  'registry-stale': Unplug,
  'registry-live': PlugZap,
  'registry-leader': Crown,
  'registry-quota': HardDrive,
  'pool-switched': Shuffle,
  'session-ended': CircleStop,
  'user-signed-out': UserX,
} as const satisfies Record<EventKind, unknown>;

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** What happened, the newest first. `now` is epoch milliseconds. */
export function TimeLine(props: {
  entries: readonly TimeLineEntry[];
  now: number;
  /** All that are still known, also closed ones. */
  sessions: ReadonlyMap<string, Session>;
  onShowSession: (sessionId: string) => void;
}) {
  const [explained, setExplained] = useState<Session>();
  return (
    <>
      {daysOf(props.entries, props.now).map((day) => (
        <section key={day.title} className={styles.day} aria-label={day.title}>
          <h3 className={styles.title}>{day.title}</h3>
          <ol className={styles.events}>
            {day.entries.map((entry) => (
              <Entry key={entry.event.id} entry={entry}>
                {entry.event.sessionId !== undefined && (
                  <WayToSession
                    session={props.sessions.get(entry.event.sessionId)}
                    onShow={props.onShowSession}
                    onExplain={setExplained}
                  />
                )}
              </Entry>
            ))}
          </ol>
        </section>
      ))}
      {explained !== undefined && <WhyHere session={explained} onClose={() => setExplained(undefined)} />}
    </>
  );
}

/** To an open session itself; of a closed one, to why it ran where it did. */
function WayToSession(props: {
  session: Session | undefined;
  onShow: (sessionId: string) => void;
  onExplain: (session: Session) => void;
}) {
  const { session } = props;
  if (session === undefined) return <span className={styles.muted}>session closed</span>;
  if (session.state.kind !== 'closed') {
    return (
      <Button kind="quiet" onClick={() => props.onShow(session.id)}>
        Go to the session
      </Button>
    );
  }
  return (
    <>
      <span className={styles.muted}>session closed</span>
      {session.trace !== undefined && (
        <Button
          kind="quiet"
          aria-label={`Why here? ${session.hostName}`}
          onClick={() => props.onExplain(session)}
        >
          Why here?
        </Button>
      )}
    </>
  );
}

function Entry({ entry, children }: { entry: TimeLineEntry; children: ReactNode }) {
  const { event, managerName, groupName } = entry;
  const Icon = icons[event.kind];
  return (
    <li className={styles.event} data-kind={event.kind}>
      <time className={styles.time} dateTime={new Date(event.at).toISOString()}>
        {timeOfDay.format(event.at)}
      </time>
      <Icon aria-hidden="true" />
      <VisuallyHidden>{eventKinds[event.kind]}: </VisuallyHidden>
      <span className={styles.text}>
        {event.text}
        {event.who !== undefined && <span className={styles.muted}> by {event.who}</span>}
      </span>
      <span className={styles.about}>
        {managerName !== undefined && <Badge>{managerName}</Badge>}
        {groupName !== undefined && <Badge>{groupName}</Badge>}
        {children}
      </span>
    </li>
  );
}
