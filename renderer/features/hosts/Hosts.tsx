import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { generalVault } from '../../../shared/model/host.ts';
import type { Vault } from '../../../shared/model/host.ts';
import { HostActionsProvider } from '../../app/hostActions.ts';
import { useHosts } from '../../app/hosts.ts';
import { mayEditSome, rightsIn, useOwnAccess } from '../../app/ownAccess.ts';
import { useShortcuts } from '../../app/shortcuts.ts';
import { ListDialogsContext } from './hostCommands.ts';
import type { Reveal } from './hostCommands.ts';
import { HostDialog } from './HostDialog.tsx';
import { VaultDialog } from './VaultDialog.tsx';

type OpenDialog =
  | { readonly kind: 'host'; readonly hostId: string | undefined; readonly vaultId?: string }
  | { readonly kind: 'vault'; readonly vault: Vault | undefined };

/** The dialogs of the hosts feature, and for everything inside what opens them. */
export function Hosts({ children }: { children: ReactNode }) {
  const [dialog, setDialog] = useState<OpenDialog>();
  const [revealed, setRevealed] = useState<Reveal>();
  const close = () => setDialog(undefined);
  const own = useOwnAccess();
  const { vaults } = useHosts().lists;
  // Who may edit hosts of some vaults only begins in one of these.
  const usualVaultId =
    [generalVault, ...vaults].find(({ id }) => rightsIn(own, id).has('edit'))?.id ?? generalVault.id;

  const actions = useMemo(
    () => ({
      newHost: (vaultId?: string) =>
        setDialog({ kind: 'host', hostId: undefined, ...(vaultId !== undefined && { vaultId }) }),
      editHost: (hostId: string) => setDialog({ kind: 'host', hostId }),
    }),
    [],
  );
  const listDialogs = useMemo(
    () => ({
      nameVault: (vault?: Vault) => setDialog({ kind: 'vault', vault }),
      reveal: (hostId: string) => setRevealed({ hostId }),
      revealed,
    }),
    [revealed],
  );
  // A browser keeps Ctrl+N for itself.
  useShortcuts(
    own === undefined || mayEditSome(own)
      ? { 'Mod+N': () => actions.newHost(), 'Alt+N': () => actions.newHost() }
      : {},
  );

  return (
    <HostActionsProvider value={actions}>
      <ListDialogsContext value={listDialogs}>
        {children}
        {dialog?.kind === 'host' && (
          <HostDialog
            hostId={dialog.hostId}
            vaultId={dialog.vaultId ?? usualVaultId}
            onClose={close}
            onSaved={(hostId) => {
              close();
              setRevealed({ hostId });
            }}
          />
        )}
        {dialog?.kind === 'vault' && <VaultDialog vault={dialog.vault} onClose={close} />}
      </ListDialogsContext>
    </HostActionsProvider>
  );
}
