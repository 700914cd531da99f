import type { Selector, Trust } from './proximityGroup.ts';
import type { Settings } from './settings.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The names of what ids stand for, afterwards or before. */
type Names = ReadonlyMap<string, string>;

/** What differs between two states of the settings, a sentence each; empty where nothing does. Holds no key and no certificate. */
export function describeChanges(from: Settings, to: Settings): string[] {
  const nameAll = (...lists: readonly (readonly Named[])[]): Names =>
    new Map(lists.flat().map(({ id, name }) => [id, name]));
  const names = {
    managers: nameAll(from.managers, to.managers),
    groups: nameAll(from.groups, to.groups),
  };
  const changes = [
    ...describeItems('manager', from.managers, to.managers, names),
    ...describeItems('group', from.groups, to.groups, names),
  ];
  if (from.queueTimeoutMs !== to.queueTimeoutMs) {
    changes.push(`the queue waits ${to.queueTimeoutMs / 1000} s, not ${from.queueTimeoutMs / 1000} s`);
  }
  return changes;
}

function describeItems(
  kind: string,
  from: readonly Named[],
  to: readonly Named[],
  names: { readonly managers: Names; readonly groups: Names },
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

const labels: Readonly<Record<string, string>> = {
  sessionLimit: 'session limit',
  serverName: 'server name',
  managerIds: 'list of managers',
  fallbackGroupId: 'fallback',
  intent: 'state',
};

function describeFields(
  before: object,
  after: object,
  names: { readonly managers: Names; readonly groups: Names },
): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => {
    const old = (before as Record<string, unknown>)[field];
    const now = (after as Record<string, unknown>)[field];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    if (field === 'selectors') return describeRules(old as readonly Selector[], now as readonly Selector[]);
    const describe = (value: unknown): string => {
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

function describeRules(before: readonly Selector[], after: readonly Selector[]): string[] {
  const [old, now] = [before.map(describeRule), after.map(describeRule)];
  const changes = [
    ...now.filter((rule) => !old.includes(rule)).map((rule) => `the rule “${rule}” was added`),
    ...old.filter((rule) => !now.includes(rule)).map((rule) => `the rule “${rule}” was removed`),
  ];
  return changes.length > 0 ? changes : ['the rules are in another order'];
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
