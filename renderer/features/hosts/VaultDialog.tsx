import { useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { vaultSchema } from '../../../shared/model/host.ts';
import type { Vault } from '../../../shared/model/host.ts';
import { settle, useClient } from '../../app/connection.ts';
import { FormDialog } from '../../ui/FormDialog.tsx';
import { TextField } from '../../ui/TextField.tsx';

/** Names a new vault, or renames one. */
export function VaultDialog({ vault, onClose }: { vault: Vault | undefined; onClose: () => void }) {
  const client = useClient();
  const [name, setName] = useState(vault?.name ?? '');
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const checked = vaultSchema.shape.name.safeParse(name);

  const save = async () => {
    setTried(true);
    if (!checked.success || saving) return;
    setSaving(true);
    const saved = await settle(
      client.vaults.save({ name: checked.data, ...(vault && { vaultId: vault.id }) }),
    );
    setSaving(false);
    if (saved.ok) onClose();
    else setFailure(saved.failure);
  };

  const problem = failure
    ? describeFailure(failure).what
    : tried && !checked.success
      ? 'Enter a name of up to 100 characters.'
      : undefined;
  return (
    <FormDialog
      title={vault === undefined ? 'New vault' : 'Rename vault'}
      submitLabel={vault === undefined ? 'Create' : 'Rename'}
      busy={saving}
      onSubmit={() => void save()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        hint="A vault is a folder of hosts with its own access rights."
        value={name}
        onChange={(next) => {
          setName(next);
          setFailure(undefined);
        }}
        error={problem}
      />
    </FormDialog>
  );
}
