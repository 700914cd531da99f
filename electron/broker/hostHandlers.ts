import { type FailureCode, failureOf } from '../../shared/contract/failure.ts';
import type { Host } from '../../shared/model/host.ts';
import type { Caller } from './caller.ts';
import type { CallerRights } from './callerRights.ts';
import { acknowledge, type ContractImplementer, rejection, unwrap } from './contractImplementer.ts';
import type { HostEditor } from './hostEditor.ts';
import type { Personal } from './personal.ts';
import type { HostStore } from './ports.ts';
import { watchHosts } from './watchHosts.ts';

export interface HostHandlerPorts {
  readonly hosts: HostStore;
  readonly editor: HostEditor;
  readonly rights: CallerRights;
  readonly personal: Personal;
}

/** The part of the contract about saved hosts and their vaults. What a caller may not see doesn't exist for them. */
export function hostHandlers(host: ContractImplementer, ports: HostHandlerPorts) {
  const { hosts, editor, rights, personal } = ports;

  function findHost(caller: Caller, hostId: string, right: 'see' | 'edit'): Host {
    const found = hosts.hosts().get(hostId);
    if (!found) throw rejection(failureOf('host_unknown'));
    rights.demand(caller, found.vaultId, [right], 'host_unknown');
    return found;
  }

  function demandEdit(caller: Caller, vaultId: string, unseen: FailureCode): void {
    rights.demand(caller, vaultId, ['edit'], unseen);
  }

  return {
    hosts: {
      watch: host.hosts.watch.handler(({ context, signal }) => watchHosts(ports, context.caller, signal)),
      read: host.hosts.read.handler(async ({ input, context: { caller } }) => {
        findHost(caller, input.hostId, 'edit');
        const { host: found, stored } = unwrap(await editor.read(input.hostId));
        return { host: personal.dress(found, caller.person().id), stored };
      }),
      save: host.hosts.save.handler(async ({ input, context: { caller } }) => {
        const { hostId, draft, secret } = input;
        if (hostId !== undefined) findHost(caller, hostId, 'edit');
        demandEdit(caller, draft.vaultId, 'vault_unknown');
        const saved = unwrap(await editor.save(hostId, { ...draft, favourite: false }, secret));
        // Not worth a failure: the host is saved.
        await personal.setFavourite(caller.person().id, saved.hostId, draft.favourite);
        return saved;
      }),
      duplicate: host.hosts.duplicate.handler(async ({ input, context: { caller } }) => {
        findHost(caller, input.hostId, 'edit');
        const copied = unwrap(await editor.duplicate(input.hostId));
        const { id } = caller.person();
        const isFavourite = personal.hostsOf(id).favourites.has(input.hostId);
        await personal.setFavourite(id, copied.hostId, isFavourite);
        return copied;
      }),
      setFavourite: host.hosts.setFavourite.handler(async ({ input, context: { caller } }) => {
        findHost(caller, input.hostId, 'see');
        return acknowledge(await personal.setFavourite(caller.person().id, input.hostId, input.favourite));
      }),
      remove: host.hosts.remove.handler(async ({ input, context: { caller } }) => {
        const seen = input.hostIds.filter((hostId) => {
          const found = hosts.hosts().get(hostId);
          return found && rights.has(caller, found.vaultId, 'see');
        });
        for (const hostId of seen) findHost(caller, hostId, 'edit');
        return unwrap(await editor.remove(seen, caller.person().id));
      }),
      undoRemove: host.hosts.undoRemove.handler(async ({ input, context: { caller } }) =>
        acknowledge(
          await editor.undoRemove(input.removalId, caller.person().id, (vaultId) =>
            rights.check(caller, vaultId, ['edit'], 'host_unknown'),
          ),
        ),
      ),
    },
    vaults: {
      save: host.vaults.save.handler(async ({ input }) =>
        unwrap(await editor.saveVault(input.vaultId, input.name)),
      ),
      remove: host.vaults.remove.handler(async ({ input }) =>
        acknowledge(await editor.removeVault(input.vaultId)),
      ),
    },
  };
}
