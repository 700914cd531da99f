import { Copy } from 'lucide-react';
import { copyText } from '../../../app/copyText.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { invitationAddress } from './accountRows.ts';
import styles from './InvitationDialog.module.css';

/** The link under which somebody chooses a password: shown this once. */
export function InvitationDialog(props: { name: string; path: string; onClose: () => void }) {
  const address = invitationAddress(props.path, location.href);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Invitation for ${props.name}`}
      footer={
        <>
          <Button onClick={props.onClose}>Close</Button>
          <Button
            kind="primary"
            icon={<Copy aria-hidden="true" />}
            onClick={() => void copyText(address, 'The link')}
          >
            Copy the link
          </Button>
        </>
      }
    >
      <div className={styles.words}>
        <p>
          Give this link to {props.name}, and to nobody else: whoever opens it chooses the password of the
          account. It works once, within a day, and is shown now and never again.
        </p>
        <code className={styles.link}>{address}</code>
      </div>
    </Dialog>
  );
}
