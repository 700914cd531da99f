import { succeed } from '../../../shared/contract/failure.ts';
import type { Result } from '../../../shared/contract/failure.ts';
import type { HostDraft } from '../../../shared/model/host.ts';
import { settle } from '../../app/connection.ts';
import type { useClient } from '../../app/connection.ts';
import { secretToSave } from './hostForm.ts';
import type { HostForm } from './hostForm.ts';

/**
 * Creates the vault if the form names a new one, then saves the host; resolves to its id. `onVaultCreated` hears of the vault at
 * once, so that a second try doesn't create another.
 */
export async function saveHost(
  client: ReturnType<typeof useClient>,
  hostId: string | undefined,
  form: HostForm,
  draft: HostDraft,
  onVaultCreated: (vaultId: string) => void,
): Promise<Result<string>> {
  let { vaultId } = draft;
  if (form.newVaultName !== undefined) {
    const created = await settle(client.vaults.save({ name: form.newVaultName }));
    if (!created.ok) return created;
    ({ vaultId } = created.value);
    onVaultCreated(vaultId);
  }
  const saved = await settle(
    client.hosts.save({
      draft: { ...draft, vaultId },
      secret: secretToSave(form),
      ...(hostId !== undefined && { hostId }),
    }),
  );
  return saved.ok ? succeed(saved.value.hostId) : saved;
}
