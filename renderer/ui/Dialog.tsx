import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { PopupParentContext } from './popupParent.ts';
import styles from './Dialog.module.css';
import buttonStyles from './IconButton.module.css';

/** What a dialog is opened for: its first field has the focus, not its cross. */
const fields = 'input:not([type=hidden]), textarea';

/** A window over the app. Escape and the cross call `onClose`; the parent decides. */
export function Dialog(props: {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  /** The buttons, the main one last. */
  footer: ReactNode;
  width?: 'small' | 'large';
  /** Where the focus begins: in the first field, or, where a key pressed by chance must do nothing, on the dialog itself. */
  initialFocus?: 'field' | 'dialog';
  children: ReactNode;
}) {
  const popup = useRef<HTMLDivElement>(null);
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
        <BaseDialog.Popup
          ref={popup}
          initialFocus={() =>
            (props.initialFocus === 'dialog'
              ? undefined
              : popup.current?.querySelector<HTMLElement>(fields)) ?? popup.current
          }
          className={`${styles.popup} ${styles[props.width ?? 'small']}`}
        >
          <header className={styles.header}>
            <BaseDialog.Title className={styles.title}>{props.title}</BaseDialog.Title>
            <BaseDialog.Close className={buttonStyles.button} aria-label="Close">
              <X aria-hidden="true" />
            </BaseDialog.Close>
          </header>
          {props.description !== undefined && (
            <BaseDialog.Description className={styles.description}>
              {props.description}
            </BaseDialog.Description>
          )}
          <PopupParentContext value={popup}>
            <div className={styles.body}>{props.children}</div>
            <footer className={styles.footer}>{props.footer}</footer>
          </PopupParentContext>
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}
