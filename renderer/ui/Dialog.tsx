import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './IconButton.tsx';
import styles from './Dialog.module.css';

/** A window over the app. Escape and the cross call `onClose`; the parent decides. */
export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  /** The buttons, the main one last. */
  footer: ReactNode;
  width?: 'small' | 'large';
  children: ReactNode;
}) {
  return (
    <BaseDialog.Root
      open={props.open}
      onOpenChange={(open, details) => {
        // A slip of the mouse must not throw away what was typed.
        if (details.reason === 'outside-press') details.cancel();
        else if (!open) props.onClose();
      }}
    >
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.backdrop} />
        <BaseDialog.Popup className={`${styles.popup} ${styles[props.width ?? 'small']}`}>
          <header className={styles.header}>
            <BaseDialog.Title className={styles.title}>{props.title}</BaseDialog.Title>
            <IconButton label="Close" icon={<X />} onClick={props.onClose} />
          </header>
          {props.description !== undefined && (
            <BaseDialog.Description className={styles.description}>
              {props.description}
            </BaseDialog.Description>
          )}
          <div className={styles.body}>{props.children}</div>
          <footer className={styles.footer}>{props.footer}</footer>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
