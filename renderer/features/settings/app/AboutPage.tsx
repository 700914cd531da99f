import { ClipboardCopy, FileText } from 'lucide-react';
import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useDrawing, useDrawingStore } from '../../../app/drawing.ts';
import { useDescription } from '../../../app/description.ts';
import { mayOversee, useOwnAccess } from '../../../app/ownAccess.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { PolicyNote } from '../../../ui/PolicyNote.tsx';
import { copyText } from '../../../app/copyText.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { describeDrawing } from './drawingWords.ts';
import { tellRestrictions } from './restrictionWords.ts';
import { Updates } from './Updates.tsx';
import styles from './AppPages.module.css';

const storageWords = {
  keychain: 'in the keychain of this computer',
  'encrypted-file': 'in an encrypted file',
  none: 'nowhere: they are asked for each time',
} as const;

/** Which Proxima this is, its updates, and what to send to whoever helps. */
export function AboutPage() {
  const description = useDescription();
  const mayRead = mayOversee(useOwnAccess());
  const [showsDiagnostics, setShowsDiagnostics] = useState(false);
  if (description === undefined) return <Loading>Asking which Proxima this is…</Loading>;
  const { version, runsIn, secretStorage, restrictions } = description;
  return (
    <Page
      title="About Proxima"
      text="It sends nothing about you or your use of it to anybody."
      actions={
        mayRead && (
          <Button icon={<FileText aria-hidden="true" />} onClick={() => setShowsDiagnostics(true)}>
            Copy diagnostics…
          </Button>
        )
      }
    >
      <dl className={styles.facts}>
        <dt>Version</dt>
        <dd>{version}</dd>
        <dt>Runs</dt>
        <dd>{runsIn === 'desktop' ? 'as an app of this computer' : 'in a gateway, shown by this browser'}</dd>
        <dt>Passwords are kept</dt>
        <dd>{storageWords[secretStorage]}</dd>
      </dl>
      {restrictions !== undefined && (
        <PolicyNote managedBy={restrictions.managedBy}>
          A policy decides for everybody on this machine: {tellRestrictions(restrictions)}.
        </PolicyNote>
      )}
      <Updates />
      {showsDiagnostics && <Diagnostics onClose={() => setShowsDiagnostics(false)} />}
    </Page>
  );
}

/** Shows what would be copied, before it is. */
function Diagnostics({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const drawing = describeDrawing(useDrawing(), useDrawingStore().hasWorkers);
  const [text, setText] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [asked, setAsked] = useState(false);
  const read = async () => {
    setFailure(undefined);
    const answer = await settle(client.diagnostics.read({}));
    if (answer.ok) setText(`${answer.value.text.trimEnd()}\n\n${drawing}\n`);
    else setFailure(answer.failure);
  };
  if (!asked) {
    setAsked(true);
    void read();
  }
  return (
    <Dialog
      open
      onClose={onClose}
      width="large"
      initialFocus="dialog"
      title="Diagnostics"
      description="For whoever helps you. Passwords and the names of people and hosts were taken out; read it before you pass it on."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            kind="primary"
            icon={<ClipboardCopy aria-hidden="true" />}
            disabled={text === undefined}
            onClick={() => text !== undefined && void copyText(text, 'The text')}
          >
            Copy
          </Button>
        </>
      }
    >
      {failure !== undefined && <FailureNote failure={failure} onRetry={() => void read()} />}
      {text === undefined && failure === undefined && <Loading>Collecting…</Loading>}
      {text !== undefined && (
        <textarea className={styles.diagnostics} readOnly aria-label="Diagnostics" rows={18} value={text} />
      )}
    </Dialog>
  );
}
