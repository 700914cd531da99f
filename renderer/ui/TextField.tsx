import { Field as BaseField } from '@base-ui/react/field';
import type { ComponentProps } from 'react';
import { Field } from './Field.tsx';
import type { FieldProps } from './Field.tsx';
import fieldStyles from './Field.module.css';
import styles from './TextField.module.css';

type TextFieldProps = FieldProps & {
  value: string;
  onChange: (value: string) => void;
  /** A place for several lines, such as a key in PEM. */
  multiline?: boolean;
  /** Addresses, keys and names of settings read better in a fixed width. */
  monospace?: boolean;
} & Pick<ComponentProps<'input'>, 'type' | 'placeholder' | 'autoComplete' | 'autoFocus' | 'inputMode'>;

/** One line, or several, of text. Never corrected or capitalised by the browser. */
export function TextField({
  label,
  hint,
  error,
  name,
  disabled,
  value,
  onChange,
  multiline = false,
  monospace = false,
  autoComplete = 'off',
  ...rest
}: TextFieldProps) {
  const classes = [fieldStyles.control, multiline && styles.multiline, monospace && styles.monospace];
  return (
    <Field label={label} hint={hint} error={error} disabled={disabled} {...(name !== undefined && { name })}>
      <BaseField.Control
        {...rest}
        {...(multiline && { render: <textarea rows={4} /> })}
        className={classes.filter(Boolean).join(' ')}
        value={value}
        onValueChange={onChange}
        autoComplete={autoComplete}
        autoCapitalize="off"
        autoCorrect="off"
        spellCheck={false}
      />
    </Field>
  );
}
