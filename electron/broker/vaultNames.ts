import type { HostStore } from './ports.ts';

/** By id; changes of rights are told with them. */
export const namesOfVaults = (hosts: Pick<HostStore, 'vaults'>): ReadonlyMap<string, string> =>
  new Map(hosts.vaults().map(({ id, name }) => [id, name]));
