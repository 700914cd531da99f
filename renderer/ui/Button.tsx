import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps, ReactNode } from 'react';
import { Spinner } from './Spinner.tsx';
import styles from './Button.module.css';

type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & {
  /** `primary` at most once on a screen; `danger` for what can't be undone. */
  kind?: 'primary' | 'secondary' | 'quiet' | 'danger';
  icon?: ReactNode;
  /** Shows that the action runs, and takes no second press. */
  busy?: boolean;
};

export function Button({ kind = 'secondary', icon, busy = false, children, disabled, ...rest }: ButtonProps) {
  return (
    <BaseButton
      type="button"
      {...rest}
      className={`${styles.button} ${styles[kind]}`}
      disabled={disabled === true || busy}
      focusableWhenDisabled={busy}
      aria-busy={busy || undefined}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </BaseButton>
  );
}
