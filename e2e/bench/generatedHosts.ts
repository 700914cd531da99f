import { randomUUID } from 'node:crypto';
import type { Host, Vault } from '../../shared/model/host.ts';
import { type Protocol, protocols } from '../../shared/model/protocol.ts';

export const hostCount = 100_000;

/** What people type: a word that many have, one of a few, two words, an address, and nothing. */
export const queries = ['web', 'db-042', 'mail fra', '10.20.', 'nowhere'];

const roles = ['web', 'db', 'mail', 'files', 'build', 'print', 'proxy', 'backup', 'desk', 'kiosk'];
const sites = ['fra', 'ber', 'muc', 'ams', 'lon', 'nyc', 'sfo', 'sin', 'syd', 'tyo'];
const vaultCount = 40;
const ports: Readonly<Record<Protocol, number>> = { rdp: 3389, ssh: 22, telnet: 23, vnc: 5900 };

export function createVaults(): Vault[] {
  return Array.from({ length: vaultCount }, (_, index) => ({
    id: randomUUID(),
    name: `Customer ${String(index + 1).padStart(2, '0')}`,
  }));
}

/** The same names and addresses at every call. */
export function createHosts(vaults: readonly Vault[]): Host[] {
  return Array.from({ length: hostCount }, (_, index) => {
    const role = pick(roles, index);
    const site = pick(sites, Math.floor(index / roles.length));
    const number = String(Math.floor(index / 100)).padStart(3, '0');
    const protocol = pick(protocols, index * 7);
    const name = `${role}-${number}.${site}`;
    return {
      id: randomUUID(),
      name,
      address:
        index % 2 === 0
          ? `${name}.corp.example`
          : `10.${index & 31}.${(index >> 5) & 255}.${(index >> 13) + 1}`,
      port: ports[protocol],
      protocol,
      vaultId: pick(vaults, index * 13).id,
      tags: index % 3 === 0 ? [role, 'production'] : [role],
      favourite: index % 10_000 === 0,
      username: 'administrator',
      domain: '',
      settings: {},
      updatedAt: 1_700_000_000_000 + index,
      ...(index % 5_000 === 0 && { lastOpenedAt: 1_750_000_000_000 + index }),
    };
  });
}

function pick<T>(list: readonly T[], index: number): T {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
