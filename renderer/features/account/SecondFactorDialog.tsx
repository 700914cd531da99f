import { Copy, Download } from 'lucide-react';
import { useState } from 'react';
import type { Failure } from '../../../shared/contract/failure.ts';
import { settle, useClient } from '../../app/connection.ts';
import { copyText } from '../../app/copyText.ts';
import { FailureNote } from '../../app/FailureNote.tsx';
import { saveFile } from '../../app/saveFile.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FormDialog } from '../../ui/FormDialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { PasswordStep } from './PasswordStep.tsx';
import { QrCode } from './QrCode.tsx';
import styles from './SecondFactorDialog.module.css';

interface NewSecret {
  readonly uri: string;
  readonly secret: string;
}

const title = 'Set up a second factor';

/** Three steps: the password, the secret in an authenticator app with a code that proves it, and the recovery codes, shown once. */
export function SecondFactorDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [begun, setBegun] = useState<NewSecret>();
  const [recoveryCodes, setRecoveryCodes] = useState<readonly string[]>();

  if (recoveryCodes !== undefined) return <RecoveryCodes codes={recoveryCodes} onClose={onClose} />;
  if (begun !== undefined)
    return <ConfirmStep begun={begun} onConfirmed={setRecoveryCodes} onClose={onClose} />;
  return (
    <PasswordStep
      title={title}
      text="You then sign in with your password and a code from an authenticator app on your phone or computer."
      submitLabel="Next"
      act={async (password) => {
        const answer = await settle(client.people.beginSecondFactor({ password }));
        if (!answer.ok) return answer.failure;
        setBegun(answer.value);
        return undefined;
      }}
      onClose={onClose}
    />
  );
}

function ConfirmStep(props: {
  begun: NewSecret;
  onConfirmed: (recoveryCodes: readonly string[]) => void;
  onClose: () => void;
}) {
  const { begun } = props;
  const client = useClient();
  const [code, setCode] = useState('');
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const digits = code.replaceAll(/\s/g, '');
  const isWhole = /^\d{6}$/.test(digits);

  const confirm = async () => {
    setTried(true);
    if (!isWhole || isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await settle(client.people.confirmSecondFactor({ code: digits }));
    setBusy(false);
    if (answer.ok) props.onConfirmed(answer.value.recoveryCodes);
    else setFailure(answer.failure);
  };
  const error =
    failure?.code === 'sign_in_refused'
      ? 'This code is not right. Take the one that the app shows now.'
      : isTried && !isWhole
        ? 'Enter the six digits that the app shows.'
        : undefined;

  return (
    <FormDialog
      title={title}
      submitLabel="Confirm"
      busy={isBusy}
      onSubmit={() => void confirm()}
      onClose={props.onClose}
    >
      {failure !== undefined && failure.code !== 'sign_in_refused' && <FailureNote failure={failure} />}
      <p>Scan this with an authenticator app, or enter the secret there by hand.</p>
      <QrCode text={begun.uri} label="The secret as a QR code" />
      <div className={styles.secret}>
        <code>{begun.secret.match(/.{1,4}/g)?.join(' ')}</code>
        <Button icon={<Copy aria-hidden="true" />} onClick={() => void copyText(begun.secret, 'The secret')}>
          Copy the secret
        </Button>
      </div>
      <TextField
        label="Code of the app"
        hint="Six digits; a new one every half minute. Until it is confirmed nothing changes."
        inputMode="numeric"
        autoComplete="one-time-code"
        monospace
        error={error}
        value={code}
        onChange={(value) => {
          setFailure(undefined);
          setCode(value);
        }}
      />
    </FormDialog>
  );
}

/** The codes, this once: the account keeps only their hashes. */
function RecoveryCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const text = `Recovery codes of Proxima (${location.host})\nEach can be used once, in place of a code of the app.\n\n${codes.join('\n')}\n`;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Keep your recovery codes"
      footer={
        <Button kind="primary" onClick={onClose}>
          I kept them
        </Button>
      }
    >
      <div className={styles.codes}>
        <p>
          The second factor is set up. If you lose the app, each of these codes signs you in once. They are
          shown now and never again: keep them where you keep passwords.
        </p>
        <ul className={styles.list} aria-label="Recovery codes">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <div className={styles.ways}>
          <Button icon={<Copy aria-hidden="true" />} onClick={() => void copyText(text, 'The list of codes')}>
            Copy
          </Button>
          <Button
            icon={<Download aria-hidden="true" />}
            onClick={() => saveFile('proxima-recovery-codes.txt', text, 'text/plain')}
          >
            Download
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
