import { Field as BaseField } from '@base-ui/react/field';
import type { ReactNode } from 'react';
import styles from './Field.module.css';

/** What every labelled control takes. */
export interface FieldProps {
  label: string;
  /** Said below the control while there is no error. */
  hint?: ReactNode;
  error?: string | undefined;
  /** The name under which a form finds the control again. */
  name?: string;
  /** The value can be read, but not changed. */
  disabled?: boolean | undefined;
}

/** A label above, and a hint or an error below a control; a screen reader hears them with it. */
export function Field({
  label,
  hint,
  error,
  name,
  disabled = false,
  children,
}: FieldProps & { children: ReactNode }) {
  return (
    <BaseField.Root
      className={styles.field}
      invalid={error !== undefined}
      disabled={disabled}
      {...(name !== undefined && { name })}
    >
      <BaseField.Label className={styles.label}>{label}</BaseField.Label>
      {children}
      {error !== undefined && (
        <BaseField.Error match className={styles.error}>
          {error}
        </BaseField.Error>
      )}
      {error === undefined && hint !== undefined && (
        <BaseField.Description className={styles.hint}>{hint}</BaseField.Description>
      )}
    </BaseField.Root>
  );
}
