import { fail, type FailureCode, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Access, Right } from '../../shared/model/access.ts';
import { rightsOn } from '../../shared/model/rights.ts';
import type { Caller } from './caller.ts';
import { rejection } from './contractImplementer.ts';
import type { Unsubscribe } from './ports.ts';

/** Who may do what, as it is now. */
export interface AccessView {
  current(): Access;
  /** The grants may have changed, or somebody's groups or roles. */
  onChange(listener: () => void): Unsubscribe;
}

/** What callers may do with the hosts of a vault. */
export interface CallerRights {
  has(caller: Caller, vaultId: string, right: Right): boolean;
  of(caller: Caller, vaultId: string): readonly Right[];
  /**
   * Fails with `unseen` where the caller doesn't see the vault, so that nothing tells them that it is there, and else with
   * `not_permitted` where they lack a right.
   */
  check(caller: Caller, vaultId: string, rights: readonly Right[], unseen: FailureCode): Result<void>;
  /** As `check`. Throws the contract's error. */
  demand(caller: Caller, vaultId: string, rights: readonly Right[], unseen: FailureCode): void;
  onChange(listener: () => void): Unsubscribe;
}

/** Some megabytes. */
const mostKnown = 10_000;

export function createCallerRights(access: AccessView): CallerRights {
  /** By person as they are, and vault; of one state of the grants, which may be thousands. */
  let known = new Map<string, ReadonlySet<Right>>();
  let knownOf: Access | undefined;

  function of(caller: Caller, vaultId: string): ReadonlySet<Right> {
    const current = access.current();
    if (current !== knownOf || known.size >= mostKnown) known = new Map();
    knownOf = current;
    const { id, groups, roles } = caller.person();
    const key = JSON.stringify([vaultId, id, groups, roles]);
    const rights = known.get(key) ?? rightsOn({ id, groups, roles }, vaultId, current);
    known.set(key, rights);
    return rights;
  }
  const check: CallerRights['check'] = (caller, vaultId, rights, unseen) => {
    const had = of(caller, vaultId);
    if (!had.has('see')) return fail(unseen);
    return rights.every((right) => had.has(right)) ? succeed(undefined) : fail('not_permitted');
  };
  return {
    has: (caller, vaultId, right) => of(caller, vaultId).has(right),
    of: (caller, vaultId) => [...of(caller, vaultId)],
    check,
    demand(...args) {
      const checked = check(...args);
      if (!checked.ok) throw rejection(checked.failure);
    },
    onChange: (listener) => access.onChange(listener),
  };
}

/** Providers spell names as they like; the same as in grants. */
export const isSamePerson = (left: string, right: string): boolean =>
  left.toLowerCase() === right.toLowerCase();
