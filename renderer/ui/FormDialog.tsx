import { useId } from 'react';
import type { ReactNode } from 'react';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';
import styles from './FormDialog.module.css';

/** A dialog that is one form: Enter sends it, and after a try the first field in reading order that is wrong has the focus. */
export function FormDialog(props: {
  title: string;
  description?: ReactNode;
  width?: 'small' | 'large';
  /** The verb of what happens, such as “Import”. */
  submitLabel: string;
  busy?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const formId = useId();
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      description={props.description}
      width={props.width ?? 'small'}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId} busy={props.busy ?? false}>
            {props.submitLabel}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          props.onSubmit();
          // The form is drawn anew before it has errors.
          requestAnimationFrame(() =>
            form.querySelector<HTMLElement>('[aria-invalid=true]:not([type=hidden])')?.focus(),
          );
        }}
      >
        {props.children}
      </form>
    </Dialog>
  );
}
