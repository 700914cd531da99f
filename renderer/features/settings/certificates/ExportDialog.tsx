import { KeyRound } from 'lucide-react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { BundleDownload } from './BundleDownload.tsx';
import { ShowToManagers } from './ShowToManagers.tsx';
import styles from './Dialogs.module.css';

/** Exports what one machine needs. `renews` says that the machine has an older certificate, which is to be revoked afterwards. */
export function ExportDialog(props: { certificate: Certificate; renews: boolean; onClose: () => void }) {
  const { certificate, onClose } = props;
  const client = useClient();
  const machine = certificate.kind === 'server' ? 'the session manager' : 'the broker';
  return (
    <Dialog
      open
      onClose={onClose}
      width="large"
      title={`Bundle for ${certificate.name}`}
      description={`Everything that ${machine} needs: its certificate, its private key, the authorities, and the configuration that uses them.`}
      footer={<Button onClick={onClose}>Close</Button>}
    >
      <div className={styles.stack}>
        <p className={styles.warning}>
          <KeyRound aria-hidden="true" />
          <span>
            The bundle holds a private key, for this one machine only. Whoever has it can pass for{' '}
            {certificate.name}. The export is recorded in the audit log.
          </span>
        </p>
        {props.renews && (
          <p>
            The old certificate is still valid. Revoke it once the machine uses the new one; until then
            nothing changes for anybody.
            {certificate.kind === 'client' &&
              ' If this broker shows the old one, let it show the new one first.'}
          </p>
        )}
        <div className={styles.actions}>
          {props.renews && certificate.kind === 'client' && <ShowToManagers certificate={certificate} />}
          <BundleDownload
            name={certificate.name}
            kind="primary"
            read={() => settle(client.certificates.exportBundle({ serial: certificate.serial }))}
          />
        </div>
      </div>
    </Dialog>
  );
}
