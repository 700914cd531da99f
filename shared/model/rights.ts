import type { Access, Person, Right, Role, Subject } from './access.ts';

type Somebody = Pick<Person, 'id' | 'groups' | 'roles'>;

const allRights: ReadonlySet<Right> = new Set<Right>(['see', 'open', 'join', 'edit']);
const onlySee: ReadonlySet<Right> = new Set<Right>(['see']);
const noRights: ReadonlySet<Right> = new Set<Right>();

/** Names are compared without regard to case: providers spell them as they like. */
const isSame = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

function isMeant(subject: Subject, { id, groups }: Pick<Person, 'id' | 'groups'>): boolean {
  if (subject.kind === 'everyone') return true;
  if (subject.kind === 'person') return isSame(subject.name, id);
  return groups.some((group) => isSame(group, subject.name));
}

/** The roles of somebody whose provider says `ownRoles` of them; whoever may sign in is a user at least. */
export function rolesOf(
  somebody: Pick<Person, 'id' | 'groups'>,
  ownRoles: readonly Role[],
  { roleRules }: Pick<Access, 'roleRules'>,
): Role[] {
  const given = roleRules.filter(({ subject }) => isMeant(subject, somebody)).map(({ role }) => role);
  return [...new Set<Role>(['user', ...ownRoles, ...given])];
}

/** What somebody may do with the hosts of a vault. */
export function rightsOn(
  somebody: Somebody,
  vaultId: string,
  { grants }: Pick<Access, 'grants'>,
): ReadonlySet<Right> {
  if (somebody.roles.includes('administrator')) return allRights;
  const granted = grants.filter(
    (grant) => (grant.vaultId === undefined || grant.vaultId === vaultId) && isMeant(grant.subject, somebody),
  );
  if (granted.length > 0) return new Set<Right>(['see', ...granted.flatMap(({ rights }) => rights)]);
  return somebody.roles.includes('auditor') ? onlySee : noRights;
}
