import { describeAccessChanges } from './accessChanges.ts';
import type { Selector, Trust } from './proximityGroup.ts';
import type { Settings } from './settings.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The names of what ids stand for, afterwards or before. */
type Names = ReadonlyMap<string, string>;

interface AllNames {
  readonly managers: Names;
  readonly groups: Names;
  readonly pools: Names;
}

/**
 * What differs between two states of the settings, a sentence each; empty where nothing does. Holds no key and no certificate.
 * Vaults are told by their names where `vaultNames` has them.
 */
export function describeChanges(from: Settings, to: Settings, vaultNames?: Names): string[] {
  const nameAll = (...lists: readonly (readonly Named[])[]): Names =>
    new Map(lists.flat().map(({ id, name }) => [id, name]));
  const names = {
    managers: nameAll(from.managers, to.managers),
    groups: nameAll(from.groups, to.groups),
    pools: nameAll(from.pools, to.pools),
  };
  const changes = [
    ...describeItems('manager', from.managers, to.managers, names),
    ...describeItems('group', from.groups, to.groups, names),
    ...describeItems('pool', from.pools, to.pools, names),
    ...describeOrder(from.pools, to.pools),
    ...describeCounting(from.pools, to.pools),
    ...describeAccessChanges(from.access, to.access, vaultNames),
  ];
  if (from.queueTimeoutMs !== to.queueTimeoutMs) {
    changes.push(`the queue waits ${to.queueTimeoutMs / 1000} s, not ${from.queueTimeoutMs / 1000} s`);
  }
  if (from.usesLocalManager !== to.usesLocalManager) {
    changes.push(
      `this machine's own session manager ${to.usesLocalManager ? 'is used again' : 'was removed'}`,
    );
  }
  return changes;
}

function describeItems(
  kind: string,
  from: readonly Named[],
  to: readonly Named[],
  names: AllNames,
): string[] {
  const before = new Map(from.map((item) => [item.id, item]));
  const after = new Set(to.map(({ id }) => id));
  const removed = from.filter(({ id }) => !after.has(id));
  return [
    ...to.flatMap((item) => {
      const old = before.get(item.id);
      if (old === undefined) return [`${kind} “${item.name}” was added`];
      return describeFields(old, item, names).map((change) => `${kind} “${item.name}”: ${change}`);
    }),
    ...removed.map(({ name }) => `${kind} “${name}” was removed`),
  ];
}

/** The pools are used in their order: told where the ones that stay aren't in theirs, with the new ones at the end. */
function describeOrder(from: readonly Named[], to: readonly Named[]): string[] {
  const isIn = (items: readonly Named[]) => (item: Named) => items.some(({ id }) => id === item.id);
  const expected = [...from.filter(isIn(to)), ...to.filter((item) => !isIn(from)(item))];
  if (to.every(({ id }, index) => id === expected[index]?.id)) return [];
  return [`the pools are used in the order ${to.map(({ name }) => name).join(', ')}`];
}

/** With the first pool and without the last, the session registry is another one. */
function describeCounting(from: readonly Named[], to: readonly Named[]): string[] {
  if (from.length === 0 && to.length > 0) return ['sessions are counted by etcd, not by this machine alone'];
  if (from.length > 0 && to.length === 0) return ['this machine counts its own sessions only, not etcd'];
  return [];
}

const labels: Readonly<Record<string, string>> = {
  sessionLimit: 'session limit',
  serverName: 'server name',
  managerIds: 'list of managers',
  fallbackGroupId: 'fallback',
  intent: 'state',
  poolId: 'pool',
  authoritiesPem: 'trust',
  clientCertificate: 'serial of the client certificate',
  leaseSeconds: 'lease in seconds',
};

function describeFields(before: object, after: object, names: AllNames): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => {
    const old = (before as Record<string, unknown>)[field];
    const now = (after as Record<string, unknown>)[field];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    if (field === 'selectors') {
      const [was, is] = [old as readonly Selector[], now as readonly Selector[]];
      return describeEntries('rule', was.map(describeRule), is.map(describeRule));
    }
    if (field === 'endpoints')
      return describeEntries('address', old as readonly string[], now as readonly string[]);
    const describe = (value: unknown): string => {
      if (field === 'authoritiesPem')
        return describeTrust({ kind: 'authorities', ...(value !== undefined && { certificatesPem: '' }) });
      if (field === 'poolId')
        return value === undefined ? 'the first' : nameIds([value as string], names.pools);
      if (value === undefined || value === null || value === '') return 'none';
      if (typeof value === 'string' && field !== 'fallbackGroupId') return value;
      if (field === 'trust') return describeTrust(value as Trust);
      if (field === 'managerIds') return nameIds(value as readonly string[], names.managers);
      return field === 'fallbackGroupId' ? nameIds([value as string], names.groups) : JSON.stringify(value);
    };
    const [is, was] = [describe(now), describe(old)];
    const label = labels[field] ?? field;
    return [is === was ? `${label} is another ${is}` : `${label} is ${is}, was ${was}`];
  });
}

function describeEntries(kind: 'rule' | 'address', old: readonly string[], now: readonly string[]): string[] {
  const changes = [
    ...now.filter((entry) => !old.includes(entry)).map((entry) => `the ${kind} “${entry}” was added`),
    ...old.filter((entry) => !now.includes(entry)).map((entry) => `the ${kind} “${entry}” was removed`),
  ];
  const all = kind === 'rule' ? 'rules' : 'addresses';
  return changes.length > 0 ? changes : [`the ${all} are in another order`];
}

function describeRule({ vaultIds, addresses, domains }: Selector): string {
  return [
    ...(vaultIds ? [`vault ${vaultIds.join(' or ')}`] : []),
    ...(addresses ? [addresses.join(' or ')] : []),
    ...(domains ? [domains.join(' or ')] : []),
  ].join(' and ');
}

const trustWords: Readonly<Record<Trust['kind'], string>> = {
  authorities: 'set of authorities',
  pins: 'set of pinned keys',
  unverified: 'encrypted, not verified',
  plain: 'not encrypted',
};

function describeTrust(trust: Trust): string {
  return trust.kind === 'authorities' && trust.certificatesPem === undefined
    ? 'public authorities'
    : trustWords[trust.kind];
}

const nameIds = (ids: readonly string[], names: Names): string =>
  ids.map((id) => names.get(id) ?? id).join(', ') || 'none';
