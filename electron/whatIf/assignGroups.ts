import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { orderGroups } from '../broker/placement.ts';
import { selectorsOf } from '../broker/selectorMatch.ts';
import { type ArrangedHosts, visitMatches } from './arrangedHosts.ts';

/** What one group's rules do over all hosts. */
export interface RuleEffect {
  /** Hosts that fit its selectors, pinned ones too. */
  readonly fitting: number;
  /** Of these, those that aren't pinned: rules decide about them. */
  readonly contested: number;
  /** Of these, how many each earlier group takes, by its place in `groups`. */
  readonly takenBy: ReadonlyMap<number, number>;
}

/** Which group every host belongs to. */
export interface Assignment {
  /** In the order in which they are tried; the Default group is last. */
  readonly groups: readonly ProximityGroup[];
  /** For each host, the place of its group in `groups`. */
  readonly groupOf: Int32Array;
  /** By the place in `groups`; `undefined` for the Default group, which has no rules. */
  readonly effects: readonly (RuleEffect | undefined)[];
}

const nobody = -1;

/**
 * The group that `place()` chooses for each host, for all of them at once: rule by rule over sorted hosts instead of host by host
 * over all rules. `undefined` once `isOvertaken` says that nobody waits for it any more.
 */
export function assignGroups(
  unordered: readonly ProximityGroup[],
  arranged: ArrangedHosts,
  isOvertaken: () => boolean,
): Assignment | undefined {
  const groups = orderGroups(unordered);
  const count = arranged.hosts.length;
  const groupOf = new Int32Array(count).fill(nobody);
  const isPinned = pinHosts(groups, arranged, groupOf);
  const lastVisitor = new Int32Array(count).fill(nobody);
  const taken = new Int32Array(groups.length);
  const effects: (RuleEffect | undefined)[] = [];

  for (const [index, group] of groups.entries()) {
    if (isOvertaken()) return undefined;
    if (group.id === defaultGroupId) {
      effects.push(undefined);
      groupOf.forEach((owner, place) => {
        if (owner === nobody) groupOf[place] = index;
      });
      continue;
    }
    let fitting = 0;
    let contested = 0;
    taken.fill(0);
    const visit = (place: number) => {
      if (lastVisitor[place] === index) return;
      lastVisitor[place] = index;
      fitting += 1;
      if (isPinned[place] === 1) return;
      contested += 1;
      const owner = groupOf[place]!;
      if (owner === nobody) groupOf[place] = index;
      else taken[owner]! += 1;
    };
    for (const selector of selectorsOf(group)) visitMatches(selector, arranged, visit);
    const takenBy = new Map<number, number>();
    taken.subarray(0, index).forEach((hosts, earlier) => {
      if (hosts > 0) takenBy.set(earlier, hosts);
    });
    effects.push({ fitting, contested, takenBy });
  }
  return { groups, groupOf, effects };
}

/** A pin to a group that is gone counts for nothing. */
function pinHosts(
  groups: readonly ProximityGroup[],
  { hosts }: ArrangedHosts,
  groupOf: Int32Array,
): Uint8Array {
  const isPinned = new Uint8Array(hosts.length);
  const indexOf = new Map(groups.map(({ id }, index) => [id, index]));
  hosts.forEach(({ facts: { groupId } }, place) => {
    const index = groupId === undefined ? undefined : indexOf.get(groupId);
    if (index === undefined) return;
    groupOf[place] = index;
    isPinned[place] = 1;
  });
  return isPinned;
}
