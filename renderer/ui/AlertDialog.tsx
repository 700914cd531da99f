import { AlertDialog as BaseAlertDialog } from '@base-ui/react/alert-dialog';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import dialogStyles from './Dialog.module.css';
import styles from './AlertDialog.module.css';

/** A question that has to be answered before anything else, for what can't be undone. The safe answer has the focus. */
export function AlertDialog(props: {
  open: boolean;
  title: string;
  text: ReactNode;
  /** The verb of what happens, such as “Discard”. */
  confirmLabel: string;
  onConfirm: () => void;
  onCancel: () => void;
}) {
  return (
    <BaseAlertDialog.Root open={props.open} onOpenChange={(open) => !open && props.onCancel()}>
      <BaseAlertDialog.Portal>
        <BaseAlertDialog.Backdrop forceRender className={dialogStyles.backdrop} />
        <BaseAlertDialog.Popup className={`${dialogStyles.popup} ${dialogStyles.small}`}>
          <div className={styles.text}>
            <BaseAlertDialog.Title className={dialogStyles.title}>{props.title}</BaseAlertDialog.Title>
            <BaseAlertDialog.Description className={styles.description}>
              {props.text}
            </BaseAlertDialog.Description>
          </div>
          <footer className={dialogStyles.footer}>
            <Button onClick={props.onCancel}>Cancel</Button>
            <Button kind="danger" onClick={props.onConfirm}>
              {props.confirmLabel}
            </Button>
          </footer>
        </BaseAlertDialog.Popup>
      </BaseAlertDialog.Portal>
    </BaseAlertDialog.Root>
  );
}
