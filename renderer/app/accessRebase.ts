import type { Access } from '../../shared/model/access.ts';
import { tellSubject } from '../../shared/model/accessChanges.ts';

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** One's own changes of rules and grants since `base`, on top of theirs. What both changed, and differently, goes to `overlaps`. */
export function rebaseRules(
  base: Access,
  mine: Access,
  theirs: Access,
  overlaps: string[],
): Pick<Access, 'roleRules' | 'grants'> {
  const merge = <T>(
    part: (access: Access) => readonly T[],
    keyOf: (entry: T) => string,
    tell: (entry: T) => string,
  ): T[] => {
    const index = (access: Access) => new Map(part(access).map((entry) => [keyOf(entry), entry]));
    const [was, own, other] = [index(base), index(mine), index(theirs)];
    const merged = new Map(other);
    for (const key of new Set([...was.keys(), ...own.keys()])) {
      const entry = own.get(key);
      if (isSame(entry, was.get(key))) continue;
      const about = entry ?? was.get(key);
      if (about !== undefined && !isSame(other.get(key), was.get(key)) && !isSame(other.get(key), entry))
        overlaps.push(tell(about));
      if (entry === undefined) merged.delete(key);
      else merged.set(key, entry);
    }
    return [...merged.values()];
  };
  return {
    roleRules: merge(
      ({ roleRules }) => roleRules,
      (rule) => JSON.stringify(rule).toLowerCase(),
      ({ subject, role }) => `${tellSubject(subject)}: the role ${role}`,
    ),
    grants: merge(
      ({ grants }) => grants,
      ({ subject, vaultId }) => JSON.stringify([subject, vaultId ?? null]).toLowerCase(),
      ({ subject }) => `${tellSubject(subject)}: rights`,
    ),
  };
}
