import { createHash } from 'node:crypto';

/**
 * The keys of a pool. Below `i/` is what every process mirrors with one watch: managers, guards, the index of sessions, endings;
 * below `s/` the records, read by those who need them; below `p/` who is there, watched while a health panel is open.
 */
export interface PoolKeys {
  readonly index: string;
  readonly records: string;
  readonly presences: string;
  /** The pool's public key, which connection ids are sealed to. */
  readonly sealing: string;
  manager(managerId: string): string;
  /** Its version counts the places taken on a manager; created once, never deleted: a version that begins anew would lie. */
  guard(managerId: string): string;
  place(owner: string, sessionId: string): string;
  /** Of one process: a mark that everybody sees pass, so that it can measure how far behind each is. */
  probe(owner: string): string;
  record(owner: string, sessionId: string): string;
  ending(sessionId: string): string;
  signOut(user: string): string;
  presence(owner: string): string;
  parseIndex(key: string): IndexKey | undefined;
}

/** What a key below `i/` names. */
export type IndexKey =
  | { readonly kind: 'manager' | 'guard'; readonly managerId: string }
  | { readonly kind: 'place'; readonly owner: string; readonly sessionId: string }
  | { readonly kind: 'probe'; readonly owner: string }
  | { readonly kind: 'ending'; readonly sessionId: string }
  | { readonly kind: 'sign-out'; readonly userHash: string }
  | { readonly kind: 'sealing' };

const probeName = '~probe';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function keysOf(poolId: string): PoolKeys {
  const pool = `proxima/v1/${poolId}/`;
  const index = `${pool}i/`;
  return {
    index,
    records: `${pool}s/`,
    presences: `${pool}p/`,
    sealing: `${index}k`,
    manager: (managerId) => `${index}m/${encodeKeyPart(managerId)}`,
    guard: (managerId) => `${index}a/${encodeKeyPart(managerId)}`,
    place: (owner, sessionId) => `${index}n/${owner}/${sessionId}`,
    probe: (owner) => `${index}n/${owner}/${probeName}`,
    record: (owner, sessionId) => `${pool}s/${owner}/${sessionId}`,
    ending: (sessionId) => `${index}e/${sessionId}`,
    signOut: (user) => `${index}u/${hashUser(user)}`,
    presence: (owner) => `${pool}p/${owner}`,
    parseIndex: (key) => (key.startsWith(index) ? parseIndexKey(key.slice(index.length)) : undefined),
  };
}

/** The processes of a registry user, each `user/instance`; the part of a key that its rights in etcd go by. */
export const ownerOf = (user: string, instance: string): string => `${encodeKeyPart(user)}/${instance}`;

/** One part between slashes. A lone surrogate, which has no UTF-8, becomes U+FFFD. */
export const encodeKeyPart = (text: string): string =>
  encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

/** Names a user in a key without telling who it is. */
export const hashUser = (user: string): string => createHash('sha256').update(user).digest('base64url');

function parseIndexKey(path: string): IndexKey | undefined {
  const parts = path.split('/');
  const [kind, first, second, third] = parts;
  if (kind === 'k' && parts.length === 1) return { kind: 'sealing' };
  if (!first) return undefined;
  if (kind === 'n') return parsePlace(parts.length, first, second, third);
  if (parts.length !== 2) return undefined;
  if (kind === 'e') return uuid.test(first) ? { kind: 'ending', sessionId: first } : undefined;
  if (kind === 'u') return { kind: 'sign-out', userHash: first };
  if (kind !== 'm' && kind !== 'a') return undefined;
  const managerId = decodeKeyPart(first);
  return managerId === undefined ? undefined : { kind: kind === 'm' ? 'manager' : 'guard', managerId };
}

function parsePlace(
  length: number,
  user: string,
  instance: string | undefined,
  name: string | undefined,
): IndexKey | undefined {
  if (length !== 4 || !instance || !name) return undefined;
  const owner = `${user}/${instance}`;
  if (name === probeName) return { kind: 'probe', owner };
  return uuid.test(name) ? { kind: 'place', owner, sessionId: name } : undefined;
}

function decodeKeyPart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
