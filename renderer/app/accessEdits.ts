import type { Access, Grant, IdentityProvider, Right, Subject } from '../../shared/model/access.ts';
import { rightsInOrder } from '../../shared/model/accessChanges.ts';
import type { Edit } from './settingsEdits.ts';

/** A step from one state of the access to the next. */
export type AccessEdit = (access: Access) => Access;
type RoleRule = Access['roleRules'][number];

export const editAccess =
  (change: AccessEdit): Edit =>
  (draft) => ({ ...draft, access: change(draft.access) });

/** Names are compared without regard to case. */
export const isSameSubject = (one: Subject, other: Subject): boolean =>
  one.kind === 'everyone' || other.kind === 'everyone'
    ? one.kind === other.kind
    : one.kind === other.kind && one.name.toLowerCase() === other.name.toLowerCase();

/** Puts a provider in the place of the one with its id, or at the end. */
export const putProvider =
  (provider: IdentityProvider): AccessEdit =>
  (access) => ({
    ...access,
    providers: access.providers.some(({ id }) => id === provider.id)
      ? access.providers.map((other) => (other.id === provider.id ? provider : other))
      : [...access.providers, provider],
  });

/** Moves a provider to a place in the list, counted from 0. */
export const moveProvider =
  (id: string, to: number): AccessEdit =>
  (access) => {
    const from = access.providers.findIndex((provider) => provider.id === id);
    const provider = access.providers[from];
    if (provider === undefined || to === from || to < 0 || to >= access.providers.length) return access;
    return { ...access, providers: access.providers.toSpliced(from, 1).toSpliced(to, 0, provider) };
  };

/** Local accounts stay: they are the way in that depends on nobody. */
export const removeProvider =
  (id: string): AccessEdit =>
  (access) => ({
    ...access,
    providers: access.providers.filter((provider) => provider.id !== id || provider.kind === 'local'),
  });

const isSameRule = (one: RoleRule, other: RoleRule) =>
  one.role === other.role && isSameSubject(one.subject, other.subject);

export const addRoleRule =
  (rule: RoleRule): AccessEdit =>
  (access) => ({
    ...access,
    roleRules: [...access.roleRules.filter((other) => !isSameRule(other, rule)), rule],
  });

export const removeRoleRule =
  (rule: RoleRule): AccessEdit =>
  (access) => ({ ...access, roleRules: access.roleRules.filter((other) => !isSameRule(other, rule)) });

/** The rights that a subject is granted in a vault by itself, or in all vaults where `vaultId` is absent. */
export function rightsGranted(
  access: Access,
  subject: Subject,
  vaultId: string | undefined,
): ReadonlySet<Right> {
  const rights = access.grants.filter(isGrantOf(subject, vaultId)).flatMap((grant) => grant.rights);
  return new Set<Right>(rights.length > 0 ? ['see', ...rights] : []);
}

const isGrantOf = (subject: Subject, vaultId: string | undefined) => (grant: Grant) =>
  grant.vaultId === vaultId && isSameSubject(grant.subject, subject);

/** Gives exactly these rights, as one grant; none takes the grant away. */
export const grantRights =
  (subject: Subject, vaultId: string | undefined, rights: ReadonlySet<Right>): AccessEdit =>
  (access) => {
    const isThis = isGrantOf(subject, vaultId);
    const at = access.grants.findIndex(isThis);
    const others = access.grants.filter((grant) => !isThis(grant));
    if (rights.size === 0) return { ...access, grants: others };
    const grant: Grant = {
      subject,
      rights: rightsInOrder.filter((right) => right === 'see' || rights.has(right)),
      ...(vaultId !== undefined && { vaultId }),
    };
    return { ...access, grants: others.toSpliced(at < 0 ? others.length : at, 0, grant) };
  };

/** Ticks or clears one right. Every right includes seeing: without that none is left. */
export const setRight =
  (subject: Subject, vaultId: string | undefined, right: Right, on: boolean): AccessEdit =>
  (access) => {
    const rights = new Set(rightsGranted(access, subject, vaultId));
    if (on) rights.add(right);
    else if (right === 'see') rights.clear();
    else rights.delete(right);
    return grantRights(subject, vaultId, rights)(access);
  };

/** Everybody who is granted something, each once: everyone first, then groups, then people, by name. */
export function subjectsGranted(access: Access): readonly Subject[] {
  const subjects: Subject[] = [];
  for (const { subject } of access.grants) {
    if (!subjects.some((other) => isSameSubject(other, subject))) subjects.push(subject);
  }
  return subjects.toSorted(compareSubjects);
}

const kindsInOrder: readonly Subject['kind'][] = ['everyone', 'group', 'person'];

export function compareSubjects(one: Subject, other: Subject): number {
  const byKind = kindsInOrder.indexOf(one.kind) - kindsInOrder.indexOf(other.kind);
  if (byKind !== 0 || one.kind === 'everyone' || other.kind === 'everyone') return byKind;
  return one.name.localeCompare(other.name, 'en', { sensitivity: 'base', numeric: true });
}
