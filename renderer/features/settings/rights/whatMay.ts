import type { Access, Account, Grant, Right, Role } from '../../../../shared/model/access.ts';
import { joinWords, rightsInOrder, tellSubject } from '../../../../shared/model/accessChanges.ts';
import type { Vault } from '../../../../shared/model/host.ts';
import { rightsOn, rolesOf } from '../../../../shared/model/rights.ts';

/** What somebody may do, reckoned as the host process does it. */
export interface WhatMay {
  readonly roles: readonly Role[];
  readonly vaults: readonly {
    readonly vault: Vault;
    readonly rights: readonly Right[];
    /** Through whom: “everyone”, “the group “ops”, in all vaults”. */
    readonly through: readonly string[];
  }[];
}

export interface Asked {
  readonly id: string;
  readonly groups: readonly string[];
  /** Those of their account, beside what rules give. */
  readonly ownRoles: readonly Role[];
}

/** The account of that name with its groups and roles, or somebody of another provider with the groups that are typed. */
export function askAbout(name: string, typedGroups: readonly string[], accounts: readonly Account[]): Asked {
  const account = accountOf(name, accounts);
  if (account === undefined) return { id: name.trim(), groups: typedGroups, ownRoles: [] };
  return { id: account.name, groups: account.groups, ownRoles: account.roles };
}

export const accountOf = (name: string, accounts: readonly Account[]): Account | undefined =>
  accounts.find((account) => account.name.toLowerCase() === name.trim().toLowerCase());

export function tellWhatMay(asked: Asked, access: Access, vaults: readonly Vault[]): WhatMay {
  const person = { id: asked.id, groups: [...asked.groups] };
  const roles = rolesOf(person, asked.ownRoles, access);
  const isMeant = (grant: Grant) => rightsOn({ ...person, roles: ['user'] }, '', only(grant)).size > 0;
  const meant = access.grants.filter(isMeant);
  return {
    roles,
    vaults: vaults.map((vault) => {
      const rights = rightsOn({ ...person, roles }, vault.id, access);
      return {
        vault,
        rights: rightsInOrder.filter((right) => rights.has(right)),
        through: roles.includes('administrator')
          ? []
          : [
              ...new Set(
                meant
                  .filter(({ vaultId }) => vaultId === undefined || vaultId === vault.id)
                  .map(({ subject, vaultId }) =>
                    vaultId === undefined ? `${tellSubject(subject)}, in all vaults` : tellSubject(subject),
                  ),
              ),
            ],
      };
    }),
  };
}

/** The grant by itself, wherever it holds. */
const only = ({ subject, rights }: Grant): Pick<Access, 'grants'> => ({ grants: [{ subject, rights }] });

/** What the roles alone mean, as a sentence. */
export function tellRoles(name: string, roles: readonly Role[]): string {
  if (roles.includes('administrator'))
    return `${name} is an administrator, and may do everything in every vault.`;
  if (roles.includes('auditor'))
    return `${name} is an auditor: sees the settings, the records and every host, and changes none of them.`;
  return `${name} is a user.`;
}

const verbs: Readonly<Record<Right, string>> = {
  see: 'see its hosts',
  open: 'open them',
  join: 'join sessions of others',
  edit: 'edit hosts',
};

/** The rights of somebody in one vault, such as “may see its hosts and open them”. */
export const tellRights = (rights: readonly Right[]): string =>
  rights.length === 0 ? 'doesn’t see it' : `may ${joinWords(rights.map((right) => verbs[right]))}`;
