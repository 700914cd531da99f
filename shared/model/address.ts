import ipaddr from 'ipaddr.js';
import punycode from 'punycode/punycode.js';
import { z } from 'zod';

/** An inclusive range of IP addresses; `first` and `last` are of the same family and big-endian. */
export interface AddressRange {
  readonly family: 'ipv4' | 'ipv6';
  readonly first: bigint;
  readonly last: bigint;
}

const familyBits = { ipv4: 32n, ipv6: 128n } as const;

/**
 * The number behind an IP address, or `undefined` where `text` isn't one. IPv4-mapped IPv6 (`::ffff:10.0.0.1`) counts as its
 * IPv4 address; a zone (`%eth0`) is ignored. Only dotted-quad IPv4 is an address: `10.1` and `0x0a000001` are not, because
 * resolvers disagree about them.
 */
export function parseAddress(text: string): { family: 'ipv4' | 'ipv6'; value: bigint } | undefined {
  const hasMore = text.includes('%') || text.startsWith('[');
  const bare = hasMore ? text.replace(/%[^/]*$/, '').replace(/^\[(.*)\]$/, '$1') : text;
  const quad = parseDottedQuad(bare);
  if (quad !== undefined) return { family: 'ipv4', value: BigInt(quad) };
  // Names aren't tried: an exception takes longer than all the rest of a placement.
  const address = bare.includes(':') ? parseIPv6(bare) : undefined;
  if (!address) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const low = BigInt(g * 65_536 + h);
  if (address.isIPv4MappedAddress()) return { family: 'ipv4', value: low };
  const [high, middle] = [(a * 65_536 + b) * 65_536 + c, (d * 65_536 + e) * 65_536 + f];
  return { family: 'ipv6', value: (BigInt(high) << 80n) | (BigInt(middle) << 32n) | low };
}

function parseIPv6(text: string): ipaddr.IPv6 | undefined {
  try {
    return ipaddr.IPv6.parse(text);
  } catch {
    return undefined;
  }
}

/** The number of `a.b.c.d`, four octets in decimal without leading zeros; this is what most of each placement consists of. */
function parseDottedQuad(text: string): number | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x2e && digits > 0) {
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
    } else if (code >= 0x30 && code <= 0x39 && (digits === 0 || octet > 0)) {
      octet = octet * 10 + code - 0x30;
      digits += 1;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined;
}

function parseCidr(base: string, prefix: string): AddressRange | undefined {
  const address = parseAddress(base);
  if (address === undefined || !/^\d{1,3}$/.test(prefix)) return undefined;
  const bits = familyBits[address.family];
  // A mapped prefix such as ::ffff:10.0.0.0/104 counts its 96 leading bits.
  const mapped = address.family === 'ipv4' && base.includes(':');
  const length = BigInt(prefix) - (mapped ? 96n : 0n);
  if (length < 0n || length > bits) return undefined;
  const hostMask = (1n << (bits - length)) - 1n;
  const first = address.value & ~hostMask;
  return { family: address.family, first, last: first | hostMask };
}

/** `10.0.0.x`, `10.x.x.x/8`: trailing `x` or `*` stand for whole octets; a given prefix has to agree with them. */
function parseOctetWildcard(text: string): AddressRange | undefined {
  const match = /^((?:\d{1,3}\.){1,3})((?:[xX*]\.)*[xX*])(?:\/(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [, octets = '', wild = '', prefix] = match;
  const known = octets.split('.').length - 1;
  if (known + wild.split('.').length !== 4) return undefined;
  if (prefix !== undefined && Number(prefix) !== known * 8) return undefined;
  return parseCidr(`${octets}${wild.replace(/[xX*]/g, '0')}`, String(known * 8));
}

/**
 * Parses what administrators write for addresses: `10.0.0.0/24`, `10.0.0.x/24`, `10.0.0.x`, `10.0.0.5-10.0.0.9`, `10.0.0.5-9`,
 * `10.0.0.5`, and the same for IPv6 (`fd00::/8`, `fd00::1-fd00::ff`). `undefined` where it is none of them.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 100) return undefined;
  const wildcard = parseOctetWildcard(trimmed);
  if (wildcard) return wildcard;
  const slash = trimmed.split('/');
  if (slash.length === 2) return parseCidr(slash[0] ?? '', slash[1] ?? '');
  const ends = trimmed.split('-').map((end) => end.trim());
  if (ends.length === 2) {
    const [from = '', to = ''] = ends;
    const first = parseAddress(from);
    const last = parseAddress(/^\d{1,3}$/.test(to) ? from.replace(/\d+$/, to) : to);
    if (!first || !last || first.family !== last.family || first.value > last.value) return undefined;
    return { family: first.family, first: first.value, last: last.value };
  }
  const single = parseAddress(trimmed);
  return single && { family: single.family, first: single.value, last: single.value };
}

/** Lower case, NFC, punycode (RFC 3492), no trailing dot: the form in which names are compared. */
export function normaliseDomain(name: string): string {
  // It is in that form already, as nearly all are.
  if (/^[a-z0-9_*.-]*$/.test(name)) return name.endsWith('.') ? name.slice(0, -1) : name;
  return punycode.toASCII(name.trim().normalize('NFC').toLowerCase().replace(/\.$/, ''));
}

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** Whether `name` could be looked up in DNS (RFC 1123, underscores tolerated as Windows does). */
export function isDomainName(name: string): boolean {
  const normal = normaliseDomain(name);
  const labels = normal.split('.');
  return (
    normal.length <= 253 &&
    labels.every((part) => label.test(part)) &&
    !labels.every((part) => /^\d+$/.test(part))
  );
}

/** A mask such as `*.corp.example`, `db-*.corp.example`; `undefined` where a label is neither a name nor a glob of one. */
export function parseDomainMask(text: string): readonly string[] | undefined {
  const normal = normaliseDomain(text);
  const labels = normal.split('.');
  if (normal.length > 253 || !labels.every((part) => /^[a-z0-9_*-]{1,63}$/.test(part))) return undefined;
  return labels;
}

/**
 * Matches one label against a glob in linear time. With the greedy two-pointer walk every `*` only remembers the last place to
 * resume at, so that no mask can cost more than mask × label.
 */
export function matchLabel(glob: string, name: string): boolean {
  let inGlob = 0;
  let inName = 0;
  let star = -1;
  let resume = 0;
  while (inName < name.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++;
      resume = inName;
    } else if (glob[inGlob] === name[inName]) {
      inGlob++;
      inName++;
    } else if (star >= 0) {
      inGlob = star + 1;
      inName = ++resume;
    } else return false;
  }
  while (glob[inGlob] === '*') inGlob++;
  return inGlob === glob.length;
}

/**
 * Whether the normalised `name` is under the mask. Anchored at both ends; a leading lone `*` stands for one or more labels
 * (`*.corp.example` matches `a.corp.example` and `a.b.corp.example`, not `corp.example`), any other `*` stays inside its label.
 */
export function matchesDomainMask(mask: readonly string[], name: string): boolean {
  const labels = name.split('.');
  if (mask[0] === '*') {
    if (labels.length < mask.length) return false;
    const tail = labels.slice(labels.length - mask.length + 1);
    return mask.slice(1).every((glob, index) => matchLabel(glob, tail[index] ?? ''));
  }
  return labels.length === mask.length && mask.every((glob, index) => matchLabel(glob, labels[index] ?? ''));
}

/** An IP address or a DNS name, as people type it. */
export const targetAddressSchema = z
  .string()
  .trim()
  .min(1, 'enter an address')
  .max(253, 'an address has at most 253 characters')
  .refine(
    (text) => parseAddress(text) !== undefined || isDomainName(text),
    'not an IP address or a host name',
  );
