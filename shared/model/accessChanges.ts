import type { Access, Grant, IdentityProvider, Right, Role, Subject } from './access.ts';

/** The rights in the order in which they are told. */
export const rightsInOrder: readonly Right[] = ['see', 'open', 'join', 'edit'];

export function tellSubject(subject: Subject): string {
  return subject.kind === 'everyone' ? 'everyone' : `the ${subject.kind} “${subject.name}”`;
}

/** Words as a list: “see, open and edit”. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Who and where, alike for what says the same. */
const keyOf = ({ subject, vaultId }: Pick<Grant, 'subject' | 'vaultId'>): string =>
  JSON.stringify([
    subject.kind,
    subject.kind === 'everyone' ? '' : subject.name.toLowerCase(),
    vaultId ?? null,
  ]);

/**
 * What differs in who may sign in and who may do what, a sentence each. `vaultNames` by id; a vault without a name there is told
 * by its id. Holds no certificate.
 */
export function describeAccessChanges(
  from: Access,
  to: Access,
  vaultNames: ReadonlyMap<string, string> = new Map(),
): string[] {
  return [
    ...describeProviders(from.providers, to.providers),
    ...describeRoles(from.roleRules, to.roleRules),
    ...describeGrants(from.grants, to.grants, vaultNames),
  ];
}

function describeProviders(from: readonly IdentityProvider[], to: readonly IdentityProvider[]): string[] {
  const before = new Map(from.map((provider) => [provider.id, provider]));
  const after = new Map(to.map((provider) => [provider.id, provider]));
  const kept = from.filter(({ id }) => after.has(id));
  const expected = [...kept.map(({ id }) => id), ...to.map(({ id }) => id).filter((id) => !before.has(id))];
  const isReordered = to.some(({ id }, index) => id !== expected[index]);
  return [
    ...to.flatMap((provider) => {
      const old = before.get(provider.id);
      if (old === undefined) return [`the sign-in “${provider.name}” was added`];
      return describeFields(old, provider).map((change) => `the sign-in “${provider.name}”: ${change}`);
    }),
    ...from.filter(({ id }) => !after.has(id)).map(({ name }) => `the sign-in “${name}” was removed`),
    ...(isReordered ? [`the ways to sign in are in the order ${to.map(({ name }) => name).join(', ')}`] : []),
  ];
}

const labels: Readonly<Record<string, string>> = {
  clientId: 'client id',
  nameClaim: 'claim of the name',
  groupsClaim: 'claim of the groups',
  url: 'address',
  searchDn: 'name for the search',
  baseDn: 'place of the people',
  nameAttribute: 'attribute of the name',
  groupsBaseDn: 'place of the groups',
};

function describeFields(before: IdentityProvider, after: IdentityProvider): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => {
    const old = (before as Readonly<Record<string, unknown>>)[field];
    const now = (after as Readonly<Record<string, unknown>>)[field];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    if (field === 'needsSecondFactor')
      return [now === true ? 'everybody needs a second factor' : 'nobody needs a second factor any more'];
    if (field === 'authoritiesPem')
      return [
        now === undefined ? 'public authorities are trusted' : 'other authorities of its own are trusted',
      ];
    const tell = (value: unknown) =>
      Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : 'none';
    return [`${labels[field] ?? field} is ${tell(now)}, was ${tell(old)}`];
  });
}

function describeRoles(from: Access['roleRules'], to: Access['roleRules']): string[] {
  const nameAll = (rules: Access['roleRules']) =>
    new Map(
      rules.map(({ subject, role }): [string, { subject: Subject; role: Role }] => [
        `${keyOf({ subject })} ${role}`,
        { subject, role },
      ]),
    );
  const [before, after] = [nameAll(from), nameAll(to)];
  return [
    ...[...after]
      .filter(([key]) => !before.has(key))
      .map(([, { subject, role }]) => `${tellSubject(subject)} is given the role ${role}`),
    ...[...before]
      .filter(([key]) => !after.has(key))
      .map(([, { subject, role }]) => `${tellSubject(subject)} is not given the role ${role} any more`),
  ];
}

interface Granted {
  readonly subject: Subject;
  readonly vaultId: string | undefined;
  readonly rights: ReadonlySet<Right>;
}

function describeGrants(
  from: readonly Grant[],
  to: readonly Grant[],
  vaultNames: ReadonlyMap<string, string>,
): string[] {
  const [before, after] = [gatherGrants(from), gatherGrants(to)];
  const keys = new Set([...after.keys(), ...before.keys()]);
  return [...keys].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    const about = now ?? old;
    if (about === undefined) return [];
    const tell = (verb: string, rights: readonly Right[]) =>
      rights.length === 0
        ? []
        : [`${tellSubject(about.subject)} ${verb} ${joinWords(rights)} in ${tellVault(about.vaultId)}`];
    return [
      ...tell(
        'was granted',
        rightsInOrder.filter((right) => now?.rights.has(right) && !old?.rights.has(right)),
      ),
      ...tell(
        'lost',
        rightsInOrder.filter((right) => old?.rights.has(right) && !now?.rights.has(right)),
      ),
    ];
  });

  function tellVault(vaultId: string | undefined): string {
    return vaultId === undefined ? 'all vaults' : `the vault “${vaultNames.get(vaultId) ?? vaultId}”`;
  }
}

function gatherGrants(grants: readonly Grant[]): ReadonlyMap<string, Granted> {
  const gathered = new Map<string, Granted>();
  for (const grant of grants) {
    const key = keyOf(grant);
    const rights = new Set<Right>(['see', ...(gathered.get(key)?.rights ?? []), ...grant.rights]);
    gathered.set(key, { subject: grant.subject, vaultId: grant.vaultId, rights });
  }
  return gathered;
}
