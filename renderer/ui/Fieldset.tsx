import { Fieldset as BaseFieldset } from '@base-ui/react/fieldset';
import type { ReactNode } from 'react';
import styles from './Fieldset.module.css';

/** Fields that belong together; `disabled` goes for every one of them. */
export function Fieldset(props: {
  title: ReactNode;
  text?: ReactNode;
  disabled?: boolean | undefined;
  children: ReactNode;
}) {
  return (
    <BaseFieldset.Root className={styles.fieldset} disabled={props.disabled ?? false}>
      <BaseFieldset.Legend className={styles.legend} render={<legend />}>
        <h3 className={styles.title}>{props.title}</h3>
      </BaseFieldset.Legend>
      {props.text !== undefined && <p className={styles.text}>{props.text}</p>}
      {props.children}
    </BaseFieldset.Root>
  );
}
