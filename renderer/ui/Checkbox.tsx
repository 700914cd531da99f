import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Field as BaseField } from '@base-ui/react/field';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Checkbox.module.css';

/** One of several things that can be chosen together. */
export function Checkbox(props: {
  label: ReactNode;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean | undefined;
  onChange: (checked: boolean) => void;
}) {
  return (
    <BaseField.Root className={styles.row} disabled={props.disabled ?? false}>
      <BaseCheckbox.Root className={styles.box} checked={props.checked} onCheckedChange={props.onChange}>
        <BaseCheckbox.Indicator className={styles.indicator}>
          <Check aria-hidden="true" />
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <BaseField.Label className={styles.label}>{props.label}</BaseField.Label>
      {props.hint !== undefined && (
        <BaseField.Description className={styles.hint}>{props.hint}</BaseField.Description>
      )}
    </BaseField.Root>
  );
}
