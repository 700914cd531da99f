import { Lock } from 'lucide-react';
import styles from './LockNote.module.css';

/** Why nothing can be changed here, and whom to ask; nothing where nobody is named. */
export function LockNote({ what, managedBy }: { what: string; managedBy: string | undefined }) {
  if (managedBy === undefined || managedBy === '') return null;
  return (
    <p className={styles.note}>
      <Lock aria-hidden="true" />
      <span>
        {what} on this machine are managed by <strong>{managedBy}</strong>. They can be read here, but not
        changed.
      </span>
    </p>
  );
}
