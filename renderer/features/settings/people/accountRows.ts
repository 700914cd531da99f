import type { Account, Role } from '../../../../shared/model/access.ts';

/** Accounts by name in which every word is found: in the name, the groups, the roles or the state. */
export function filterAccounts(accounts: readonly Account[], query: string): readonly Account[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return accounts
    .filter((account) => words.every((word) => textOf(account).includes(word)))
    .toSorted((one, other) => one.name.localeCompare(other.name, 'en', { sensitivity: 'base' }));
}

const textOf = (account: Account): string =>
  [account.name, account.displayName, ...account.groups, ...account.roles, stateOf(account).word]
    .join('\n')
    .toLowerCase();

/** What one has to know of an account at a glance. */
export function stateOf({ isDisabled, hasPassword, signedInAt }: Account): {
  readonly tone: 'good' | 'warning' | 'neutral';
  readonly word: string;
} {
  if (isDisabled) return { tone: 'neutral', word: 'disabled' };
  if (!hasPassword) return { tone: 'warning', word: 'no password yet' };
  return { tone: 'good', word: signedInAt === undefined ? 'ready' : 'in use' };
}

/** Beside the role of a user, which everybody has. */
export const namedRoles = (roles: readonly Role[]): readonly Role[] =>
  (['administrator', 'auditor'] as const).filter((role) => roles.includes(role));

/** Groups as they are typed, with commas between them; each once, as it was spelled first. */
export function groupsOf(text: string): readonly string[] {
  const groups = text
    .split(',')
    .map((group) => group.trim())
    .filter(Boolean);
  return groups.filter(
    (group, index) => groups.findIndex((other) => other.toLowerCase() === group.toLowerCase()) === index,
  );
}

/** The address that an invitation is opened under, from its path. */
export const invitationAddress = (path: string, page: string): string => new URL(path, page).href;
