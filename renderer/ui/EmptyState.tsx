import type { ReactNode } from 'react';
import styles from './EmptyState.module.css';

/** What to do where there is nothing to show yet. */
export function EmptyState(props: {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      {props.icon !== undefined && <div className={styles.icon}>{props.icon}</div>}
      <h2 className={styles.title}>{props.title}</h2>
      {props.text !== undefined && <p className={styles.text}>{props.text}</p>}
      {props.children !== undefined && <div className={styles.actions}>{props.children}</div>}
    </div>
  );
}
