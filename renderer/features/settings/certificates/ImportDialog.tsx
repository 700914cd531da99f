import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { Button } from '../../../ui/Button.tsx';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { FilePicker } from '../../../ui/FilePicker.tsx';
import { type CertificateFile, fileLimitBytes, readCertificateFile, readPem } from './certificateFile.ts';
import { tellFailure } from './certificateWords.ts';
import styles from './Dialogs.module.css';

interface PickedFile {
  readonly name: string;
  readonly file: CertificateFile;
}

/** Brings in certificates and keys that exist: PEM from a file or pasted, DER, or PKCS#12 with its passphrase. */
export function ImportDialog(props: {
  onClose: () => void;
  onImported: (serials: readonly string[]) => void;
}) {
  const client = useClient();
  const [picked, setPicked] = useState<PickedFile>();
  const [pasted, setPasted] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [problem, setProblem] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  const forget = () => {
    setProblem(undefined);
    setFailure(undefined);
  };
  const pick = async (chosen: File) => {
    forget();
    // One byte beyond the limit is enough to know; a wrong file isn't read into memory.
    const bytes = new Uint8Array(await chosen.slice(0, fileLimitBytes + 1).arrayBuffer());
    const file = readCertificateFile(bytes);
    setPicked({ name: chosen.name, file });
    setPassphrase('');
    if (file.kind === 'wrong') setProblem(file.problem);
  };

  const send = async () => {
    if (busy) return;
    forget();
    const file = picked?.file ?? readPem(pasted);
    if (picked === undefined && pasted.trim() === '')
      return setProblem('Choose a file, or paste a certificate.');
    if (file.kind === 'wrong') return setProblem(file.problem);
    setBusy(true);
    const answer = await settle(
      client.certificates.importFile(
        file.kind === 'pem'
          ? { format: 'pem', text: file.text }
          : { format: 'pkcs12', contentBase64: file.contentBase64, passphrase },
      ),
    );
    setBusy(false);
    if (answer.ok) props.onImported(answer.value.serials);
    else setFailure(answer.failure);
  };

  const isPkcs12 = picked?.file.kind === 'pkcs12';
  return (
    <FormDialog
      width="large"
      title="Import certificates"
      description="PEM with certificates and keys in any order, or PKCS#12 (.p12, .pfx). Private keys go where Proxima keeps its own."
      submitLabel="Import"
      busy={busy}
      onSubmit={() => void send()}
      onClose={props.onClose}
    >
      <div className={styles.file}>
        <FilePicker
          label={picked === undefined ? 'Choose a file' : 'Choose another file'}
          accept=".pem,.crt,.cer,.der,.key,.p12,.pfx"
          onPick={(file) => void pick(file)}
        />
        {picked === undefined ? (
          <span className={styles.muted}>or paste below</span>
        ) : (
          <>
            <span className={styles.fileName}>{picked.name}</span>
            <Button
              kind="quiet"
              onClick={() => {
                forget();
                setPicked(undefined);
              }}
            >
              Paste instead
            </Button>
          </>
        )}
      </div>
      {picked === undefined && (
        <TextField
          label="Certificates and keys in PEM"
          multiline
          monospace
          placeholder="-----BEGIN CERTIFICATE-----"
          value={pasted}
          onChange={(text) => {
            forget();
            setPasted(text);
          }}
          error={problem}
        />
      )}
      {isPkcs12 && (
        <TextField
          label="Passphrase of the file"
          type="password"
          autoComplete="new-password"
          autoFocus
          hint="Used once, to open the file. Leave it empty where it has none."
          value={passphrase}
          onChange={(text) => {
            forget();
            setPassphrase(text);
          }}
          error={failure?.code === 'input_invalid' ? tellFailure(failure).what : undefined}
        />
      )}
      {picked !== undefined && problem !== undefined && <Problem text={problem} />}
      {failure !== undefined && !(isPkcs12 && failure.code === 'input_invalid') && (
        <FailureNote
          failure={failure}
          words={
            failure.code === 'input_invalid'
              ? { ...tellFailure(failure), next: 'Correct it, or choose another file.' }
              : tellFailure(failure)
          }
        />
      )}
    </FormDialog>
  );
}

const Problem = ({ text }: { text: string }) => (
  <FailureNote
    failure={{ code: 'input_invalid' }}
    words={{ what: 'This file can’t be imported.', safe: text, next: 'Nothing was changed.' }}
  />
);
