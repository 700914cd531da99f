import { Eye } from 'lucide-react';
import { useMemo, useState } from 'react';
import { joinableSessions } from '../../app/sessionsState.ts';
import { useSessions, useSessionStore } from '../../app/sessionsContext.tsx';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import styles from './OthersSessions.module.css';

/** Live sessions of other people that one may join; nothing where there are none. */
export function OthersSessions() {
  const store = useSessionStore();
  const state = useSessions();
  const [isOpen, setOpen] = useState(false);
  const sessions = useMemo(
    () => joinableSessions(state).toSorted((one, other) => one.user.localeCompare(other.user, 'en')),
    [state],
  );
  if (sessions.length === 0) return null;
  return (
    <section className={styles.others} aria-label="Sessions of others">
      <Disclosure title="Sessions of others" note={String(sessions.length)} open={isOpen} onToggle={setOpen}>
        <ul className={styles.list}>
          {sessions.map((session) => (
            <li key={session.id} className={styles.session}>
              <ProtocolIcon protocol={session.protocol} />
              <span className={styles.words}>
                <span className={styles.name}>{session.hostName}</span>
                <span className={styles.user}>{session.user}</span>
              </span>
              <Button icon={<Eye aria-hidden="true" />} onClick={() => store.join(session.id)}>
                Join
                <VisuallyHidden>
                  {' '}
                  {session.user} on {session.hostName}
                </VisuallyHidden>
              </Button>
            </li>
          ))}
        </ul>
      </Disclosure>
    </section>
  );
}
