import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import { useId } from 'react';
import type { ReactNode } from 'react';
import styles from './RadioCards.module.css';

/** One of a few choices that need words: what each means, and perhaps its risk. */
export function RadioCards<Value extends string>(props: {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  disabled?: boolean | undefined;
  options: readonly {
    readonly value: Value;
    readonly label: ReactNode;
    readonly text: ReactNode;
    /** It can be read, but not chosen. */
    readonly disabled?: boolean;
    /** What belongs to the choice once it is made. */
    readonly details?: ReactNode;
  }[];
}) {
  const id = useId();
  return (
    <RadioGroup
      className={styles.group}
      aria-label={props.label}
      value={props.value}
      disabled={props.disabled ?? false}
      onValueChange={(value) => props.onChange(value)}
    >
      {props.options.map(({ value, label, text, disabled = false, details }) => (
        <div key={value} className={styles.card} data-chosen={value === props.value || undefined}>
          <label className={styles.choice} data-disabled={disabled || undefined} htmlFor={`${id}-${value}`}>
            <Radio.Root
              id={`${id}-${value}`}
              value={value}
              disabled={disabled}
              className={styles.radio}
              aria-labelledby={`${id}-${value}-label`}
              aria-describedby={`${id}-${value}-text`}
            >
              <Radio.Indicator className={styles.dot} />
            </Radio.Root>
            <span className={styles.words}>
              <span id={`${id}-${value}-label`} className={styles.label}>
                {label}
              </span>
              <span id={`${id}-${value}-text`} className={styles.text}>
                {text}
              </span>
            </span>
          </label>
          {value === props.value && details !== undefined && <div className={styles.details}>{details}</div>}
        </div>
      ))}
    </RadioGroup>
  );
}
