import type { ReactNode } from 'react';
import styles from './Note.module.css';

/** A calm sentence with a sign, above or beside what it is about. `isAbove`: with room to what follows. */
export function Note(props: { icon: ReactNode; isAbove?: boolean; children: ReactNode }) {
  return (
    <p className={styles.note} data-above={props.isAbove || undefined}>
      {props.icon}
      <span>{props.children}</span>
    </p>
  );
}
