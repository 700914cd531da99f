import { useHosts, useHostsStore } from '../../app/hosts.ts';
import { rightsIn, useOwnAccess } from '../../app/ownAccess.ts';
import { useSessionActions } from '../../app/sessionActions.ts';
import { showToast } from '../../ui/Toast.tsx';

/** Opens a host; where its vault doesn't grant that, says why instead. */
export function useOpenHost(): (hostId: string) => void {
  const store = useHostsStore();
  const { vaults } = useHosts().lists;
  const own = useOwnAccess();
  const { openHost } = useSessionActions();
  return (hostId) => {
    const host = store.find(hostId);
    if (host === undefined || own === undefined || rightsIn(own, host.vaultId).has('open'))
      return openHost(hostId);
    const vault = vaults.find(({ id }) => id === host.vaultId)?.name ?? 'its vault';
    showToast({
      title: `You may see “${host.name}”, but not open it.`,
      text: `Ask an administrator of Proxima for the right to open the hosts of “${vault}”.`,
    });
  };
}
