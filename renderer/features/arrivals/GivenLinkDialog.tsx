import { useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { settle, useClient } from '../../app/connection.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { TextField } from '../../ui/TextField.tsx';

const formId = 'given-link';

/** Asks for a link or a file; what it means is shown before anything is opened. */
export function GivenLinkDialog(props: { onClose: () => void; onFile: (file: File) => void }) {
  const client = useClient();
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const isEmpty = text.trim() === '';

  const propose = async () => {
    setTried(true);
    if (isEmpty || busy) return;
    setBusy(true);
    const proposed = await settle(client.links.propose({ kind: 'link', text: text.trim() }));
    setBusy(false);
    if (proposed.ok) props.onClose();
    else setFailure(proposed.failure);
  };

  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Open a link or file"
      description="You see where it leads before anything is opened."
      footer={
        <>
          <FilePicker label="Choose a file…" accept=".rdp,.proxima" onPick={props.onFile} />
          <Button kind="primary" type="submit" form={formId} busy={busy}>
            Continue
          </Button>
        </>
      }
    >
      <form
        id={formId}
        onSubmit={(event) => {
          event.preventDefault();
          void propose();
        }}
      >
        <TextField
          label="Link"
          hint="Of the kinds proxima, ssh, rdp, vnc and telnet. A file ends in .rdp or .proxima; it can be dropped on the hosts too."
          placeholder="ssh://user@host.example.com"
          inputMode="url"
          value={text}
          onChange={(next) => {
            setText(next);
            setFailure(undefined);
          }}
          error={failure ? describeFailure(failure).what : tried && isEmpty ? 'Enter a link.' : undefined}
        />
      </form>
    </Dialog>
  );
}
