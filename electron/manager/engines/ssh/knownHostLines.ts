import { createHmac, timingSafeEqual } from 'node:crypto';
import { parsePublicKey } from './hostKey.ts';

/** One line of a known_hosts file (sshd(8), “SSH_KNOWN_HOSTS FILE FORMAT”). */
export interface KnownHostLine {
  /** Counted from 1. */
  readonly line: number;
  /** Patterns as they are written, or one hashed name. */
  readonly names: string;
  readonly key: Buffer;
  readonly isRevoked: boolean;
}

/** What a host is to be, or must not be. */
export type KnownKey = Omit<KnownHostLine, 'names'>;

/** Comments, damaged lines and lines of certificate authorities are passed over. */
export function parseKnownHosts(text: string): readonly KnownHostLine[] {
  return text.split('\n').flatMap((content, index) => {
    const words = content.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [names, type, base64 = ''] = words;
    if (names === undefined || names.startsWith('#') || type === undefined) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    const key = parsePublicKey(base64);
    return key ? [{ line: index + 1, names, key, isRevoked: marker !== undefined }] : [];
  });
}

/** The keys that the lines hold for a host. */
export const findKnownKeys = (
  lines: readonly KnownHostLine[],
  hostname: string,
  port: number,
): readonly KnownKey[] => lines.filter(({ names }) => matchesNames(names, nameHost(hostname, port)));

/** How a host is called in the file: `host`, or `[host]:port` where the port isn't 22. */
export const nameHost = (hostname: string, port: number): string =>
  (port === 22 ? hostname : `[${hostname}]:${port}`).toLowerCase();

function matchesNames(names: string, name: string): boolean {
  if (names.startsWith('|1|')) return matchesHash(names, name);
  const patterns = names.split(',');
  const matches = (pattern: string) => matchesPattern(pattern.toLowerCase(), name);
  return (
    patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern)) &&
    !patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1)))
  );
}

/** `|1|salt|hash`: an HMAC-SHA1 of the name with the salt as the key. */
function matchesHash(names: string, name: string): boolean {
  const [, , salt = '', hash = ''] = names.split('|');
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` for anything and `?` for one character. Linear in the pattern's length times the name's: it may come from anybody. */
function matchesPattern(pattern: string, name: string): boolean {
  let reached = new Set([0]);
  for (const character of pattern) {
    const next = new Set<number>();
    if (character === '*') {
      for (let end = Math.min(...reached); end <= name.length; end += 1) next.add(end);
    } else {
      for (const at of reached)
        if (at < name.length && (character === '?' || character === name[at])) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(name.length);
}

export type KeyVerdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked'; readonly by: KnownKey }
  /** The host is known by other keys. Also by one of another type: it was asked for a key of a known type first. */
  | { readonly kind: 'changed'; readonly expected: KnownKey };

export function judgeHostKey(known: readonly KnownKey[], key: Buffer): KeyVerdict {
  const revoked = known.find((entry) => entry.isRevoked && entry.key.equals(key));
  if (revoked) return { kind: 'revoked', by: revoked };
  const valid = known.filter((entry) => !entry.isRevoked);
  if (valid.some((entry) => entry.key.equals(key))) return { kind: 'known' };
  const sameType = valid.find((entry) => typeBytes(entry.key).equals(typeBytes(key)));
  const expected = sameType ?? valid[0];
  return expected ? { kind: 'changed', expected } : { kind: 'unknown' };
}

const typeBytes = (key: Buffer) => key.subarray(4, 4 + key.readUInt32BE(0));
