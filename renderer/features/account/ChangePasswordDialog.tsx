import { useState } from 'react';
import type { Failure } from '../../../shared/contract/failure.ts';
import { passwordSchema } from '../../../shared/model/access.ts';
import { settle, useClient } from '../../app/connection.ts';
import { FailureNote } from '../../app/FailureNote.tsx';
import { FormDialog } from '../../ui/FormDialog.tsx';
import { PasswordField } from '../../ui/PasswordField.tsx';
import { showToast } from '../../ui/Toast.tsx';

/** The password of one's own account. Other browsers are signed out by it. */
export function ChangePasswordDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const isLongEnough = passwordSchema.safeParse(next).success;

  const change = async () => {
    setTried(true);
    if (current === '' || !isLongEnough || isBusy) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await settle(client.people.changePassword({ current, next }));
    setBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    showToast({ title: 'Your password is changed', text: 'Your other browsers have to sign in again.' });
    onClose();
  };

  return (
    <FormDialog
      title="Change password"
      submitLabel="Change"
      busy={isBusy}
      onSubmit={() => void change()}
      onClose={onClose}
    >
      {failure !== undefined && failure.code !== 'sign_in_refused' && <FailureNote failure={failure} />}
      <PasswordField
        kind="current"
        label="Current password"
        error={currentError()}
        value={current}
        onChange={(value) => {
          setFailure(undefined);
          setCurrent(value);
        }}
      />
      <PasswordField
        kind="new"
        label="New password"
        hint="At least 12 characters; four unrelated words are good."
        error={
          isTried && !isLongEnough ? 'At least 12 characters; four unrelated words are good.' : undefined
        }
        value={next}
        onChange={setNext}
      />
    </FormDialog>
  );

  function currentError(): string | undefined {
    if (failure?.code === 'sign_in_refused') return 'This is not your password.';
    return isTried && current === '' ? 'Enter the password that you have now.' : undefined;
  }
}
