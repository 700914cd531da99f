import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './PolicyNote.module.css';

/** Says what a policy of this machine decides, at the place where it is felt, and whom to ask. */
export function PolicyNote({ managedBy, children }: { managedBy: string; children: ReactNode }) {
  return (
    <p className={styles.note}>
      <Lock aria-hidden="true" />
      <span>
        {children} Managed by <strong>{managedBy}</strong>.
      </span>
    </p>
  );
}
