import { Eye } from 'lucide-react';
import { joinWords } from '../../../shared/model/accessChanges.ts';
import type { Session } from '../../../shared/model/session.ts';
import styles from './WatchedNote.module.css';

/** Who else is in the session: told to its person, and to those who joined. Nobody watches unseen. */
export function WatchedNote({ session }: { session: Session }) {
  const { watchers = [], user, isOthers = false } = session;
  if (!isOthers && watchers.length === 0) return null;
  const watching = joinWords(watchers);
  return (
    <p className={styles.note} role="status">
      <Eye aria-hidden="true" />
      <span>
        {isOthers
          ? `This is the session of ${user}, who sees that you joined it.`
          : `Watched by ${watching}, who can type here, too.`}
      </span>
    </p>
  );
}
