import { createContext, use } from 'react';
import type { HostSummary, Vault } from '../../../shared/model/host.ts';
import { settle, useClient } from '../../app/connection.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { showFailure } from '../../app/showFailure.ts';
import { showToast } from '../../ui/Toast.tsx';

/** Which host the list has to show: one that was just saved. A new object asks again. */
export interface Reveal {
  readonly hostId: string;
}

interface ListDialogs {
  /** Shows the dialog that names a vault: a new one, or one to rename. */
  nameVault(vault?: Vault): void;
  reveal(hostId: string): void;
  readonly revealed: Reveal | undefined;
}

export const ListDialogsContext = createContext<ListDialogs>({
  nameVault: () => undefined,
  reveal: () => undefined,
  revealed: undefined,
});

export const useListDialogs = (): ListDialogs => use(ListDialogsContext);

/** What can be done with a host or a vault of the list; a failure is told in a toast. */
export function useHostCommands() {
  const client = useClient();
  const { editHost } = useHostActions();
  const { reveal } = useListDialogs();

  return {
    async duplicate(host: HostSummary) {
      const copied = await settle(client.hosts.duplicate({ hostId: host.id }));
      if (!copied.ok) return showFailure(copied.failure);
      const { hostId } = copied.value;
      reveal(hostId);
      showToast({
        title: `“${host.name}” was duplicated.`,
        action: { label: 'Edit the copy', onPress: () => editHost(hostId) },
      });
    },

    async remove(host: HostSummary) {
      const removed = await settle(client.hosts.remove({ hostIds: [host.id] }));
      if (!removed.ok) return showFailure(removed.failure);
      const undo = async () => {
        const undone = await settle(client.hosts.undoRemove({ removalId: removed.value.removalId }));
        if (undone.ok) reveal(host.id);
        else showFailure(undone.failure);
      };
      showToast({
        title: `“${host.name}” was deleted.`,
        action: { label: 'Undo', onPress: () => void undo() },
      });
    },

    async setFavourite(host: HostSummary, favourite: boolean) {
      const set = await settle(client.hosts.setFavourite({ hostId: host.id, favourite }));
      if (!set.ok) showFailure(set.failure);
    },

    async copyAddress(host: HostSummary) {
      try {
        await navigator.clipboard.writeText(host.address);
        showToast({ title: `${host.address} was copied.` });
      } catch {
        showToast({ title: 'The clipboard is not available here.', text: host.address, urgent: true });
      }
    },

    async removeVault(vault: Vault) {
      const removed = await settle(client.vaults.remove({ vaultId: vault.id }));
      if (removed.ok) showToast({ title: `The vault “${vault.name}” was deleted.` });
      else showFailure(removed.failure);
    },
  };
}
