import type { AppDescription } from '../../shared/contract/contract.ts';
import type { Caller } from './caller.ts';
import type { CallerRights } from './callerRights.ts';
import type { ContractImplementer } from './contractImplementer.ts';
import type { HostStore, TopologySource } from './ports.ts';

export interface AppPorts {
  readonly describeApp: () => Omit<AppDescription, 'groups'>;
  readonly topology: TopologySource;
  readonly hosts: HostStore;
  readonly rights: CallerRights;
}

/** What a window is told of the app: no more than its person has a use for. */
export function appHandlers(host: ContractImplementer, { describeApp, topology, hosts, rights }: AppPorts) {
  /** By person, so that nobody takes a notice away from those who have to know. */
  const dismissed = new Map<string, Set<string>>();

  const oversees = (caller: Caller) =>
    caller.person().roles.some((role) => role === 'administrator' || role === 'auditor');
  const editsHosts = (caller: Caller) => hosts.vaults().some(({ id }) => rights.has(caller, id, 'edit'));

  return {
    describe: host.app.describe.handler(({ context: { caller } }) => {
      const { notices, ...app } = describeApp();
      const past = dismissed.get(caller.person().id);
      const needsGroups = oversees(caller) || editsHosts(caller);
      return {
        ...app,
        notices: oversees(caller) ? notices.filter(({ id }) => !past?.has(id)) : [],
        groups: needsGroups ? topology.current().groups.map(({ id, name }) => ({ id, name })) : [],
      };
    }),
    dismissNotice: host.app.dismissNotice.handler(({ input, context: { caller } }) => {
      const isKnown = describeApp().notices.some(({ id }) => id === input.noticeId);
      if (!isKnown || !oversees(caller)) return {};
      const { id } = caller.person();
      dismissed.set(id, (dismissed.get(id) ?? new Set()).add(input.noticeId));
      return {};
    }),
  };
}
