import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { ParsedLink } from '../../shared/links/linkedHost.ts';
import { normaliseDomain, parseAddress } from '../../shared/model/address.ts';
import type { Host } from '../../shared/model/host.ts';

/** The hosts that may be meant. */
export interface HostLookup {
  get(hostId: string): Host | undefined;
  values(): Iterable<Host>;
}

/**
 * The saved host that a link means: by its id; by its name or address where there is just one of that; or, where the link
 * describes a host, the one with that address, port and protocol, and that user where the link gives one. `undefined` where a
 * described host isn't saved; fails with `link_refused` where the link means a saved host and there is none, or several.
 */
export function findSavedHost(target: ParsedLink['target'], hosts: HostLookup): Result<Host | undefined> {
  if (target.kind === 'saved') {
    const host = hosts.get(target.hostId);
    return host ? succeed(host) : fail('link_refused', 'the saved host that it means is not in the list');
  }
  if (target.kind === 'named') {
    const name = target.text.toLowerCase();
    const address = comparableAddress(target.text);
    const named = [...hosts.values()].filter((host) => host.name.toLowerCase() === name);
    const found =
      named.length > 0
        ? named
        : [...hosts.values()].filter((host) => comparableAddress(host.address) === address);
    if (found.length > 1) return fail('link_refused', 'several saved hosts are called so');
    return succeed(found[0]);
  }
  const { address, port, protocol, username, domain } = target.host;
  const wanted = comparableAddress(address);
  const isMeant = (host: Host) =>
    host.port === port &&
    host.protocol === protocol &&
    (username === '' || host.username.toLowerCase() === username.toLowerCase()) &&
    (domain === '' || host.domain.toLowerCase() === domain.toLowerCase()) &&
    comparableAddress(host.address) === wanted;
  // Of several, the one that was opened last.
  const [latest] = [...hosts.values()]
    .filter(isMeant)
    .sort((left, right) => (right.lastOpenedAt ?? 0) - (left.lastOpenedAt ?? 0));
  return succeed(latest);
}

/** Equal for addresses that mean the same. Most are plain names: a list may have 100,000. */
function comparableAddress(text: string): string {
  if (/^[a-z0-9._-]+$/i.test(text)) return text.toLowerCase().replace(/\.$/, '');
  const address = parseAddress(text);
  if (address?.family === 'ipv6') return String(address.value);
  return address
    ? [24n, 16n, 8n, 0n].map((shift) => (address.value >> shift) & 0xffn).join('.')
    : normaliseDomain(text);
}
