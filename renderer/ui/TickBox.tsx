import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Check } from 'lucide-react';
import styles from './Checkbox.module.css';

/** A checkbox by itself, such as in a cell of a table; `label` is for screen readers. */
export function TickBox(props: {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}) {
  return (
    <BaseCheckbox.Root
      className={`${styles.box} ${styles.alone}`}
      aria-label={props.label}
      checked={props.checked}
      disabled={props.disabled ?? false}
      onCheckedChange={props.onChange}
    >
      <BaseCheckbox.Indicator className={styles.indicator}>
        <Check aria-hidden="true" />
      </BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
}
