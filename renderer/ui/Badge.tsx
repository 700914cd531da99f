import type { ReactNode } from 'react';
import styles from './Badge.module.css';

/** A small label: a tag, a count, a protocol. */
export function Badge({ children }: { children: ReactNode }) {
  return <span className={styles.badge}>{children}</span>;
}
