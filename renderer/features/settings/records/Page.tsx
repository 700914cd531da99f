import { useId } from 'react';
import type { ReactNode } from 'react';
import { Spinner } from '../../../ui/Spinner.tsx';
import styles from './Page.module.css';

/** One page of the settings: what it is for, what one can do, and what there is. */
export function Page(props: {
  title: string;
  text: ReactNode;
  actions?: ReactNode;
  /** As high and as wide as there is room: what is in it scrolls by itself. */
  fills?: boolean;
  children: ReactNode;
}) {
  const titleId = useId();
  return (
    <section className={styles.page} aria-labelledby={titleId} data-fills={props.fills === true || undefined}>
      <header className={styles.header}>
        <div className={styles.words}>
          <h3 id={titleId} className={styles.title}>
            {props.title}
          </h3>
          <p className={styles.text}>{props.text}</p>
        </div>
        {props.actions !== undefined && <div className={styles.actions}>{props.actions}</div>}
      </header>
      {props.children}
    </section>
  );
}

/** While the first answer is on its way. */
export function Loading({ children }: { children: ReactNode }) {
  return (
    <p className={styles.loading} role="status">
      <Spinner />
      {children}
    </p>
  );
}
