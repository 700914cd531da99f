import { useState } from 'react';
import type { ReactNode } from 'react';
import type { Failure } from '../../../shared/contract/failure.ts';
import { FailureNote } from '../../app/FailureNote.tsx';
import { FormDialog } from '../../ui/FormDialog.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';

/** Asks for the password once more before something changes about how one signs in. `act` tells what went wrong. */
export function PasswordStep(props: {
  title: string;
  text: ReactNode;
  submitLabel: string;
  act: (password: string) => Promise<Failure | undefined>;
  onClose: () => void;
}) {
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  const submit = async () => {
    setTried(true);
    if (password === '' || isBusy) return;
    setBusy(true);
    setFailure(undefined);
    setFailure(await props.act(password));
    setBusy(false);
  };
  const error =
    failure?.code === 'sign_in_refused'
      ? 'This is not your password.'
      : isTried && password === ''
        ? 'Enter your password.'
        : undefined;

  return (
    <FormDialog
      title={props.title}
      description={props.text}
      submitLabel={props.submitLabel}
      busy={isBusy}
      onSubmit={() => void submit()}
      onClose={props.onClose}
    >
      {failure !== undefined && failure.code !== 'sign_in_refused' && <FailureNote failure={failure} />}
      <PasswordField
        kind="current"
        label="Your password"
        error={error}
        value={password}
        onChange={(value) => {
          setFailure(undefined);
          setPassword(value);
        }}
      />
    </FormDialog>
  );
}
