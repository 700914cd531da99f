import { settle, useClient } from '../../app/connection.ts';
import { showToast } from '../../ui/Toast.tsx';
import { PasswordStep } from './PasswordStep.tsx';

/** Back to the password alone. */
export function RemoveSecondFactorDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  return (
    <PasswordStep
      title="Remove the second factor"
      text="Your password alone is enough then. The recovery codes count no more."
      submitLabel="Remove"
      act={async (password) => {
        const answer = await settle(client.people.removeSecondFactor({ password }));
        if (!answer.ok) return answer.failure;
        showToast({ title: 'The second factor is removed' });
        onClose();
        return undefined;
      }}
      onClose={onClose}
    />
  );
}
