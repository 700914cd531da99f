import { type Result, succeed } from '../contract/failure.ts';
import { normaliseDomain, parseAddress, targetAddressSchema } from '../model/address.ts';
import type { LinkProposal } from '../model/linkProposal.ts';
import { type Protocol, protocolTraits } from '../model/protocol.ts';
import { hasHiddenCharacters, refuse } from './linkText.ts';

/** A host as a link or a file describes it; every field is safe to show. */
export interface LinkedHost {
  readonly name: string;
  /** In the form in which names are compared: lower case, punycode, an IPv6 address without brackets. */
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly username: string;
  readonly domain: string;
}

/** What a link or a file means. */
export interface ParsedLink {
  readonly source: LinkProposal['source'];
  readonly target:
    | { readonly kind: 'saved'; readonly hostId: string }
    /** The name or the address of a saved host. */
    | { readonly kind: 'named'; readonly text: string }
    | { readonly kind: 'described'; readonly host: LinkedHost };
  /** Names of what it also had, and isn't taken from it. */
  readonly ignored: readonly string[];
}

interface Description {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port?: string | undefined;
  readonly username?: string | undefined;
  readonly domain?: string | undefined;
  readonly name?: string | undefined;
}

const longestText = 256;

/** Checks each part; a part that is empty or absent gets its default. */
export function describeHost(description: Description): Result<LinkedHost> {
  const { protocol, name = '' } = description;
  const address = parseTarget(description.address);
  if (address === undefined) return refuse('it has no address that Proxima understands');
  const port = parsePort(description.port, protocolTraits[protocol].defaultPort);
  if (port === undefined) return refuse('its port is not a number from 1 to 65535');
  const { username, domain } = splitAccount(protocol, description.username ?? '', description.domain ?? '');
  for (const [part, text] of [
    ['user name', username],
    ['domain', domain],
    ['name', name],
  ] as const) {
    if (text.length > (part === 'name' ? 200 : longestText)) return refuse(`its ${part} is too long`);
    if (hasHiddenCharacters(text)) return refuse(`its ${part} contains characters that can not be seen`);
    if (/\\\\|:\/\//.test(text)) return refuse(`its ${part} contains a path or another link`);
  }
  return succeed({ name: name.trim() || address, address, port, protocol, username, domain });
}

/** No zone (`fe80::1%eth0`): it would name a network card of the session manager, and may hold anything. */
function parseTarget(text: string): string | undefined {
  if (text.length > 300 || /[%\\/@\s]/.test(text) || hasHiddenCharacters(text)) return undefined;
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (!targetAddressSchema.safeParse(bare).success) return undefined;
  if (parseAddress(bare)) return bare.toLowerCase();
  const name = normaliseDomain(bare);
  // `0x0a000001` and `db.1` are IPv4 addresses to some resolvers (https://url.spec.whatwg.org/#ends-in-a-number-checker).
  return /(^|\.)(\d+|0x[0-9a-f]*)$/.test(name) ? undefined : name;
}

function parsePort(text: string | undefined, fallback: number): number | undefined {
  if (text === undefined || text === '') return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** `CORP\alice` is how Windows writes both in one. */
function splitAccount(protocol: Protocol, username: string, domain: string) {
  const [, prefix, rest] = /^([^\\]+)\\([^\\]+)$/.exec(username) ?? [];
  return protocol === 'rdp' && domain === '' && prefix !== undefined && rest !== undefined
    ? { username: rest, domain: prefix }
    : { username, domain };
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`, or an IPv6 address alone; `undefined` where it is ambiguous. */
export function splitPort(text: string): { readonly address: string; readonly port?: string } | undefined {
  const match = /^(\[[^[\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(text);
  if (match) return { address: match[1] ?? '', ...(match[2] && { port: match[2] }) };
  return parseAddress(text)?.family === 'ipv6' || /^::ffff:/i.test(text) ? { address: text } : undefined;
}
