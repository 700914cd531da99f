import { ArrowLeft } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { IconButton } from '../ui/IconButton.tsx';
import { useShortcuts } from './shortcuts.ts';
import { useViews } from './views.ts';
import styles from './ViewFrame.module.css';

/** A view in place of hosts and sessions: its title and the way back. Its title has the focus when it opens. */
export function ViewFrame({ title, children }: { title: string; children: ReactNode }) {
  const { show, goUp } = useViews();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useShortcuts({ Escape: goUp });

  return (
    <section className={styles.view} aria-label={title}>
      <header className={styles.bar}>
        <IconButton
          label="Back to hosts and sessions"
          icon={<ArrowLeft />}
          onClick={() => show({ kind: 'work' })}
        />
        <h2 ref={heading} className={styles.title} tabIndex={-1}>
          {title}
        </h2>
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
