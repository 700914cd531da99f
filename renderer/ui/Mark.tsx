import type { ReactNode } from 'react';
import styles from './Mark.module.css';

/** A state as icon and words; colour is never alone. */
export function Mark(props: {
  tone: 'good' | 'warning' | 'bad' | 'note' | 'neutral';
  icon: ReactNode;
  children: ReactNode;
}) {
  return (
    <span className={`${styles.mark} ${styles[props.tone]}`}>
      {props.icon}
      <span>{props.children}</span>
    </span>
  );
}
