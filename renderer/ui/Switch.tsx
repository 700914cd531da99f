import { Field as BaseField } from '@base-ui/react/field';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import type { ReactNode } from 'react';
import fieldStyles from './Field.module.css';
import styles from './Switch.module.css';

/** On or off, at once. */
export function Switch(props: {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <BaseField.Root className={styles.row} disabled={props.disabled ?? false}>
      <BaseField.Label className={styles.label}>{props.label}</BaseField.Label>
      <BaseSwitch.Root className={styles.track} checked={props.checked} onCheckedChange={props.onChange}>
        <BaseSwitch.Thumb className={styles.thumb} />
      </BaseSwitch.Root>
      {props.hint !== undefined && (
        <BaseField.Description className={`${fieldStyles.hint} ${styles.hint}`}>
          {props.hint}
        </BaseField.Description>
      )}
    </BaseField.Root>
  );
}
