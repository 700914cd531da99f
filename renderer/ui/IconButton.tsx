import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps, ReactNode } from 'react';
import { Tooltip } from './Tooltip.tsx';
import styles from './IconButton.module.css';

type IconButtonProps = Omit<ComponentProps<'button'>, 'className' | 'children'> & {
  /** Its name for screen readers, shown as a tooltip too. */
  label: string;
  icon: ReactNode;
  /** Keys as `Kbd` shows them. */
  shortcut?: string;
  /** Keeps the focus where a press of it disables it, such as at the end of a list. */
  focusableWhenDisabled?: boolean;
};

export function IconButton({ label, icon, shortcut, ...rest }: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <BaseButton type="button" {...rest} className={styles.button} aria-label={label}>
        {icon}
      </BaseButton>
    </Tooltip>
  );
}
