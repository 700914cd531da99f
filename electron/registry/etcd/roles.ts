import { encodeKeyPart, keysOf } from '../keys.ts';

/** Who may do what in a pool; each the name in a client certificate. */
export interface PoolUsers {
  /** They administer, too: everything in the pool. */
  readonly gateways: readonly string[];
  /** Their own sessions, and what everybody counts. */
  readonly desktops: readonly string[];
  /** They read everything about sessions, and change nothing; what the nodes of a farm share is not theirs to see. */
  readonly auditors: readonly string[];
}

export interface Right {
  readonly prefix: string;
  readonly kind: 'read' | 'readwrite';
}

export interface Role {
  readonly name: string;
  readonly rights: readonly Right[];
}

export interface RegistryUser {
  readonly name: string;
  readonly roles: readonly string[];
}

/** The roles and users that a pool is to have. Users that aren't named keep what they have. */
export interface RolePlan {
  readonly roles: readonly Role[];
  readonly users: readonly RegistryUser[];
}

/** etcd's own role and user that may do everything, and without which rights can't be switched on. */
export const rootName = 'root';

/** What all names of a pool's roles begin with. */
export const rolePrefixOf = (poolId: string): string => `proxima-${poolId}-`;

/**
 * Rights by prefix. A desktop reads the index and may take a place on any manager (the guards), but writes the places, records and
 * presences of its own name only.
 */
export function planRoles(poolId: string, { gateways, desktops, auditors }: PoolUsers): RolePlan {
  const keys = keysOf(poolId);
  const pool = keys.index.slice(0, -'i/'.length);
  const named = (name: string) => `${rolePrefixOf(poolId)}${name}`;
  const ownRights = (user: string): Right[] => {
    const own = encodeKeyPart(user);
    return [`${keys.index}n/${own}/`, `${keys.records}${own}/`, `${keys.presences}${own}/`].map((prefix) => ({
      prefix,
      kind: 'readwrite',
    }));
  };
  return {
    roles: [
      { name: named('gateways'), rights: [{ prefix: pool, kind: 'readwrite' }] },
      {
        name: named('desktops'),
        rights: [
          { prefix: keys.index, kind: 'read' },
          { prefix: keys.guard(''), kind: 'readwrite' },
        ],
      },
      {
        name: named('auditors'),
        rights: [keys.index, keys.records, keys.presences].map((prefix) => ({ prefix, kind: 'read' })),
      },
      ...desktops.map((user) => ({ name: named(`desktop-${user}`), rights: ownRights(user) })),
    ],
    users: [
      { name: rootName, roles: [rootName] },
      ...gateways.map((name) => ({ name, roles: [named('gateways')] })),
      ...desktops.map((name) => ({ name, roles: [named('desktops'), named(`desktop-${name}`)] })),
      ...auditors.map((name) => ({ name, roles: [named('auditors')] })),
    ],
  };
}
