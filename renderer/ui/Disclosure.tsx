import { Collapsible } from '@base-ui/react/collapsible';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Disclosure.module.css';

/** A part of a form that most people never need. */
export function Disclosure(props: {
  title: string;
  /** How much is in it, or `undefined`. */
  note?: string | undefined;
  open: boolean;
  onToggle: (open: boolean) => void;
  children: ReactNode;
}) {
  return (
    <Collapsible.Root className={styles.disclosure} open={props.open} onOpenChange={props.onToggle}>
      <Collapsible.Trigger className={styles.trigger}>
        <ChevronRight aria-hidden="true" />
        {props.title}
        {props.note !== undefined && <span className={styles.note}>{props.note}</span>}
      </Collapsible.Trigger>
      <Collapsible.Panel className={styles.panel}>{props.children}</Collapsible.Panel>
    </Collapsible.Root>
  );
}
