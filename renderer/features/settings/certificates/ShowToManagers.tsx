import { Check, Eye } from 'lucide-react';
import { useState } from 'react';
import { settle, useClient } from '../../../app/connection.ts';
import { Button } from '../../../ui/Button.tsx';
import type { Client } from '../records/useAnswer.ts';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { showProblem } from './showProblem.ts';

/** Makes this broker show the certificate (`null`: none) to session managers that ask for one; resolves to whether it does. */
export async function showToManagers(client: Client, serial: string | null): Promise<boolean> {
  const answer = await settle(client.certificates.chooseClient({ serial }));
  if (!answer.ok) {
    showProblem(answer.failure);
    return false;
  }
  return true;
}

/** The choice as a button, right after the certificate was made. */
export function ShowToManagers({ certificate }: { certificate: { serial: string; name: string } }) {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [isShown, setShown] = useState(false);
  const choose = async () => {
    setBusy(true);
    setShown(await showToManagers(client, certificate.serial));
    setBusy(false);
  };
  return (
    <>
      <Button
        icon={isShown ? <Check aria-hidden="true" /> : <Eye aria-hidden="true" />}
        busy={busy}
        onClick={() => void choose()}
      >
        {isShown ? 'Shown to managers' : 'Show to managers'}
      </Button>
      <VisuallyHidden>
        <span role="status">{isShown && `This broker shows ${certificate.name} to session managers.`}</span>
      </VisuallyHidden>
    </>
  );
}
