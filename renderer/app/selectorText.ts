import {
  isDomainName,
  parseAddress,
  parseAddressRange,
  parseDomainMask,
} from '../../shared/model/address.ts';

/** What somebody typed into a list, one entry a line or between commas, without empty ones and repetitions. */
export const entriesOf = (text: string): readonly string[] => [
  ...new Set(
    text
      .split(/[\n,;]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  ),
];

/** The way back, for a field. */
export const textOf = (entries: readonly string[] | undefined): string => (entries ?? []).join('\n');

/** Says what is wrong with the first wrong entry; `undefined` where every one of them can be used. */
function problemIn(text: string, problemOf: (entry: string) => string | undefined): string | undefined {
  for (const entry of entriesOf(text)) {
    const problem = problemOf(entry);
    if (problem !== undefined) return `“${shorten(entry)}” ${problem}`;
  }
  return undefined;
}

const shorten = (entry: string) => (entry.length > 60 ? `${entry.slice(0, 57)}…` : entry);

export const problemInAddresses = (text: string): string | undefined => problemIn(text, problemOfAddress);
export const problemInDomains = (text: string): string | undefined => problemIn(text, problemOfDomain);

function problemOfAddress(entry: string): string | undefined {
  if (parseAddressRange(entry) !== undefined) return undefined;
  const [base = '', prefix] = entry.split('/');
  const address = parseAddress(base);
  if (address !== undefined && prefix !== undefined)
    return `has a prefix that ${address.family === 'ipv4' ? 'IPv4 lacks: 0 to 32' : 'IPv6 lacks: 0 to 128'} are possible.`;
  if (/^[\d.]+\.[xX*]/.test(base) && prefix !== undefined)
    return 'has a prefix that doesn’t fit: an x stands for eight bits, as in 10.0.0.x/24.';
  const [from = '', to = '', ...more] = entry.split('-').map((end) => end.trim());
  if (to !== '' && more.length === 0 && parseAddress(from) !== undefined) {
    const end = parseAddress(/^\d{1,3}$/.test(to) ? from.replace(/\d+$/, to) : to);
    if (end === undefined) return 'is a range whose end is not an address.';
    if (end.family !== parseAddress(from)?.family) return 'is a range from one kind of address to another.';
    return 'is a range that ends before it begins.';
  }
  if (/[a-z]/i.test(entry) && !entry.includes(':') && parseDomainMask(entry) !== undefined)
    return 'is a name. Names belong under Domains.';
  return 'is not an address, a range such as 10.0.0.5-10.0.0.9, or a prefix such as 10.0.0.0/24.';
}

function problemOfDomain(entry: string): string | undefined {
  if (parseAddressRange(entry) !== undefined) return 'is an address. Addresses belong under Addresses.';
  if (entry.includes('://') || entry.includes('/')) return 'is more than a name. Enter the name alone.';
  if (parseDomainMask(entry) === undefined || !isDomainName(entry.replaceAll('*', 'x')))
    return 'is not a name or a mask such as *.corp.example.';
  return undefined;
}
