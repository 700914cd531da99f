import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Collection } from '../collections/collection.ts';
import { type AccountDocument, accountIdOf } from './accountDocument.ts';

/** Looks at and changes the documents of accounts, by their names. */
export interface AccountChanges {
  find(name: string): AccountDocument | undefined;
  all(): AccountDocument[];
  /**
   * `decide` is called like that of a collection: it says what the account is to be (`undefined`: gone, the very same object: left as
   * it is), or that it won't be changed, and why. Resolves to what is there then.
   */
  change(
    name: string,
    decide: (current: AccountDocument | undefined) => Result<AccountDocument | undefined>,
  ): Promise<Result<AccountDocument | undefined>>;
  /** Only where there is one. Fails with `account_unknown`. */
  changeKnown(
    name: string,
    decide: (current: AccountDocument) => Result<AccountDocument | undefined>,
  ): Promise<Result<AccountDocument | undefined>>;
}

export function createAccountChanges(collection: Collection<AccountDocument>): AccountChanges {
  async function change(
    name: string,
    decide: (current: AccountDocument | undefined) => Result<AccountDocument | undefined>,
  ): Promise<Result<AccountDocument | undefined>> {
    let decided: Result<AccountDocument | undefined> = succeed(undefined);
    const changed = await collection.change(accountIdOf(name), (current) => {
      decided = decide(current);
      return decided.ok ? decided.value : current;
    });
    return changed.ok && !decided.ok ? decided : changed;
  }

  return {
    find: (name) => collection.all().get(accountIdOf(name)),
    all: () => [...collection.all().values()],
    change,
    changeKnown: (name, decide) =>
      change(name, (current) => (current ? decide(current) : fail('account_unknown'))),
  };
}

/** Somebody who can sign in, and administer. */
export const canAdminister = ({ isDisabled, roles, passwordHash }: AccountDocument): boolean =>
  !isDisabled && passwordHash !== undefined && roles.includes('administrator');

/**
 * Like `changes`, but never so that nobody is left who can administer: `last_administrator` then. Two nodes that take the last two
 * away at once are both undone.
 */
export function keepAnAdministrator(
  changes: AccountChanges,
  collection: Collection<AccountDocument>,
): AccountChanges {
  const isAnotherLeft = (name: string) =>
    [...collection.all()].some(([id, account]) => id !== accountIdOf(name) && canAdminister(account));

  /** As last acknowledged, whatever has been heard of so far. */
  async function isAnotherThere(name: string): Promise<boolean> {
    const ids = [...collection.all().keys()].filter((id) => id !== accountIdOf(name));
    for (const id of ids) {
      const found = await collection.fetch(id);
      if (found.ok && found.value && canAdminister(found.value)) return true;
    }
    return false;
  }

  const change: AccountChanges['change'] = async (name, decide) => {
    let before: AccountDocument | undefined;
    const changed = await changes.change(name, (current) => {
      before = undefined;
      const decided = decide(current);
      if (!decided.ok || !current || !canAdminister(current)) return decided;
      if (decided.value && canAdminister(decided.value)) return decided;
      if (!isAnotherLeft(name)) return fail('last_administrator');
      before = current;
      return decided;
    });
    if (!changed.ok || before === undefined || (await isAnotherThere(name))) return changed;
    await changes.change(name, () => succeed(before));
    return fail('last_administrator');
  };

  return {
    ...changes,
    change,
    changeKnown: (name, decide) =>
      change(name, (current) => (current ? decide(current) : fail('account_unknown'))),
  };
}
