import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Account } from '../../shared/model/access.ts';
import type { Collection } from '../collections/collection.ts';
import { canAdminister, createAccountChanges, keepAnAdministrator } from './accountChanges.ts';
import { type AccountDocument, accountIdOf, describeAccount } from './accountDocument.ts';
import { type AccountPasswords, createAccountPasswords, withoutValue } from './accountPasswords.ts';
import { type AccountSecondFactors, createAccountSecondFactors } from './accountSecondFactors.ts';
import type { Identity } from './identityProvider.ts';
import type { Passwords } from './passwords.ts';
import type { Sealer } from './sealer.ts';

export interface AccountsOptions {
  readonly collection: Collection<AccountDocument>;
  readonly passwords: Passwords;
  /** For the secrets of second factors. */
  readonly sealer: Sealer;
  /** Names that no account may have: the owner's. */
  readonly reservedNames: readonly string[];
  readonly now: () => number;
}

type SavedAccount = Pick<Account, 'name' | 'displayName' | 'groups' | 'roles' | 'isDisabled'>;

/** The local accounts. Failures are those of the collection, and the ones that are named. */
export interface Accounts extends AccountPasswords, AccountSecondFactors {
  list(): Account[];
  find(name: string): Account | undefined;
  /** As it is now; `undefined` where there is none, or it is disabled. */
  identityOf(name: string): Identity | undefined;
  /** Whether there is anybody who can sign in and administer. */
  hasAdministrator(): boolean;
  /** Makes the account where there is none of that name. Fails with `last_administrator`, or `input_invalid` for a name that it can't have. */
  save(account: SavedAccount): Promise<Result<void>>;
  /** Fails with `account_unknown` or `last_administrator`. */
  remove(name: string): Promise<Result<void>>;
  noteSignedIn(name: string): Promise<void>;
  onChange(listener: () => void): () => void;
}

/** Ends like the id of somebody of another provider, and could be taken for it. */
const foreignId = /@[a-z0-9][a-z0-9-]{0,31}$/i;

export function createAccounts({
  collection,
  passwords,
  sealer,
  reservedNames,
  now,
}: AccountsOptions): Accounts {
  const changes = keepAnAdministrator(createAccountChanges(collection), collection);
  const reservedIds = new Set(reservedNames.map(accountIdOf));

  return {
    ...createAccountPasswords({ changes, passwords, now }),
    ...createAccountSecondFactors({ changes, sealer, now }),
    list: () =>
      changes
        .all()
        .map(describeAccount)
        .sort((left, right) => left.name.localeCompare(right.name)),
    find(name) {
      const found = changes.find(name);
      return found && describeAccount(found);
    },
    identityOf(name) {
      const found = changes.find(name);
      if (!found || found.isDisabled) return undefined;
      return {
        name: found.name,
        displayName: found.displayName,
        groups: found.groups,
        roles: found.roles,
      };
    },
    hasAdministrator: () => changes.all().some(canAdminister),
    async save({ name, displayName, groups, roles, isDisabled }) {
      if (reservedIds.has(accountIdOf(name))) return fail('input_invalid', 'name: this one is the owner’s');
      if (foreignId.test(name))
        return fail('input_invalid', 'name: what follows an @ would be taken for an identity provider');
      return withoutValue(
        await changes.change(name, (current) =>
          succeed({
            ...(current ?? { version: 1, createdAt: now() }),
            name: name.normalize('NFC'),
            displayName,
            groups,
            roles,
            isDisabled,
          }),
        ),
      );
    },
    async remove(name) {
      return withoutValue(await changes.changeKnown(name, () => succeed(undefined)));
    },
    async noteSignedIn(name) {
      await changes.changeKnown(name, (current) => succeed({ ...current, signedInAt: now() }));
    },
    onChange: (listener) => collection.onChange(() => listener()),
  };
}
