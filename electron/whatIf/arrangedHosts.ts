import type { Host } from '../../shared/model/host.ts';
import { type CompiledSelector, type Target, targetOf } from '../broker/selectorMatch.ts';
import { type DomainTree, plantDomains, visitDomains } from './domainTree.ts';
import { findFirst } from './findFirst.ts';

/** What placement depends on, and the name to show. */
export type HostFacts = Pick<Host, 'id' | 'name' | 'vaultId' | 'address' | 'groupId'>;

/** A host with its address parsed, which takes longer than to place it. */
export interface KnownHost {
  readonly facts: HostFacts;
  readonly target: Target;
}

export const knowHost = (facts: HostFacts): KnownHost => ({ facts, target: targetOf(facts) });

/** Places in `ArrangedHosts.hosts` in the order of the addresses, and these. */
interface SortedAddresses {
  readonly addresses: readonly bigint[];
  readonly places: readonly number[];
}

/** Hosts in each order that rules ask for, so that a rule's hosts lie together. */
export interface ArrangedHosts {
  readonly hosts: readonly KnownHost[];
  readonly byAddress: Readonly<Record<'ipv4' | 'ipv6', SortedAddresses>>;
  readonly byDomain: DomainTree;
  readonly byVault: ReadonlyMap<string, readonly number[]>;
}

export function arrangeHosts(known: Iterable<KnownHost>): ArrangedHosts {
  const hosts = [...known];
  const addresses = { ipv4: new Map<number, bigint>(), ipv6: new Map<number, bigint>() };
  const domains = new Map<number, string>();
  const byVault = new Map<string, number[]>();
  hosts.forEach(({ target: { vaultId, address, domain } }, place) => {
    if (address) addresses[address.family].set(place, address.value);
    if (domain !== undefined) domains.set(place, domain);
    const vault = byVault.get(vaultId);
    if (vault) vault.push(place);
    else byVault.set(vaultId, [place]);
  });
  return {
    hosts,
    byAddress: { ipv4: sortAddresses(addresses.ipv4), ipv6: sortAddresses(addresses.ipv6) },
    byDomain: plantDomains(domains),
    byVault,
  };
}

function sortAddresses(addressOf: ReadonlyMap<number, bigint>): SortedAddresses {
  const entries = [...addressOf].sort(([, left], [, right]) => (left < right ? -1 : Number(left > right)));
  return { places: entries.map(([place]) => place), addresses: entries.map(([, address]) => address) };
}

/** Tells every place whose host the selector matches, one in several of its entries as often. Equals the broker's `findMatch`. */
export function visitMatches(
  selector: CompiledSelector,
  { hosts, byAddress, byDomain, byVault }: ArrangedHosts,
  visit: (place: number) => void,
): void {
  const { vaultIds, ranges, masks } = selector;
  // A host has an address or a domain.
  if (ranges && masks) return;
  const visitInVault = vaultIds
    ? (place: number) => {
        if (vaultIds.has(hosts[place]!.target.vaultId)) visit(place);
      }
    : visit;
  for (const { family, first, last } of ranges ?? []) {
    const { addresses, places } = byAddress[family];
    const end = findFirst(addresses, last + 1n);
    for (let index = findFirst(addresses, first); index < end; index += 1) visitInVault(places[index]!);
  }
  for (const { labels } of masks ?? []) visitDomains(labels, byDomain, visitInVault);
  if (!ranges && !masks) {
    for (const vaultId of vaultIds ?? []) for (const place of byVault.get(vaultId) ?? []) visit(place);
  }
}
