import { useId } from 'react';
import type { ReactNode } from 'react';
import { Spinner } from '../../../ui/Spinner.tsx';
import styles from './Part.module.css';

/** One part of the what-if panel. */
export function Part(props: { title: string; children: ReactNode; isPending?: boolean }) {
  const titleId = useId();
  return (
    <section
      className={styles.part}
      aria-labelledby={titleId}
      aria-busy={props.isPending === true || undefined}
    >
      <h3 id={titleId} className={styles.title}>
        {props.title}
        {props.isPending === true && <Spinner size={12} />}
      </h3>
      {props.children}
    </section>
  );
}
