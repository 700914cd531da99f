import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import styles from './Segments.module.css';

/** One of two to four short words, side by side. */
export function Segments<Value extends string>(props: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  disabled?: boolean | undefined;
  options: readonly { readonly value: Value; readonly label: string }[];
}) {
  return (
    <RadioGroup
      className={styles.group}
      aria-label={props.label}
      value={props.value}
      disabled={props.disabled ?? false}
      onValueChange={(value) => props.onChange(value)}
    >
      {props.options.map(({ value, label }) => (
        <Radio.Root key={value} value={value} className={styles.segment} aria-label={label}>
          {label}
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}
