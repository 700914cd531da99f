import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { orderGroups, ruleIndexOf } from '../broker/ruleIndex.ts';
import type { KnownHost } from './knownHost.ts';

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

/** What was last worked out for a list of groups; of hosts that have changed since, it is forgotten. */
const assigned = new WeakMap<
  readonly ProximityGroup[],
  { readonly hosts: readonly KnownHost[]; readonly assignment: Assignment }
>();

/** Between two looks at whether anybody still waits. */
const hostsPerLook = 4_096;

/**
 * The group that `place()` chooses for each host, for all of them at once, and what every rule does. `undefined` once
 * `isOvertaken` says that nobody waits for it any more.
 */
export function assignGroups(
  groups: readonly ProximityGroup[],
  hosts: readonly KnownHost[],
  isOvertaken: () => boolean,
): Assignment | undefined {
  const known = assigned.get(groups);
  if (known?.hosts === hosts) return known.assignment;
  const assignment = workOut(groups, hosts, isOvertaken);
  if (assignment) assigned.set(groups, { hosts, assignment });
  return assignment;
}

function workOut(
  unordered: readonly ProximityGroup[],
  hosts: readonly KnownHost[],
  isOvertaken: () => boolean,
): Assignment | undefined {
  const { groups, placeOf } = orderGroups(unordered);
  const rules = ruleIndexOf(unordered);
  const groupOf = new Int32Array(hosts.length);
  const fitting = new Int32Array(groups.length);
  const contested = new Int32Array(groups.length);
  const takenBy = groups.map(() => new Map<number, number>());
  /** Neighbours in the list often have the same owner: such a run is counted here first, which is far faster. */
  const runOwner = new Int32Array(groups.length).fill(-1);
  const runLength = new Int32Array(groups.length);
  const endRun = (place: number) => {
    const others = takenBy[place]!;
    const owner = runOwner[place]!;
    if (owner >= 0) others.set(owner, (others.get(owner) ?? 0) + runLength[place]!);
    runLength[place] = 0;
  };
  /** The last host that was seen to fit each group: several of its rules may fit. */
  const lastHost = new Int32Array(groups.length).fill(-1);
  const fits: number[] = [];
  let host = 0;
  const visit = (place: number) => {
    if (lastHost[place] === host) return;
    lastHost[place] = host;
    fits.push(place);
  };

  for (const { facts, target } of hosts) {
    if (host % hostsPerLook === 0 && isOvertaken()) return undefined;
    fits.length = 0;
    rules.visitAll(target, visit);
    // A pin to a group that is gone counts for nothing.
    const pinned = facts.groupId === undefined ? undefined : placeOf.get(facts.groupId);
    let owner = pinned ?? groups.length - 1;
    if (pinned === undefined) for (const place of fits) owner = Math.min(owner, place);
    groupOf[host] = owner;
    for (const place of fits) {
      fitting[place]! += 1;
      if (pinned !== undefined) continue;
      contested[place]! += 1;
      if (place === owner) continue;
      if (runOwner[place] !== owner) {
        endRun(place);
        runOwner[place] = owner;
      }
      runLength[place]! += 1;
    }
    host += 1;
  }
  for (const place of groups.keys()) endRun(place);
  const effects = groups.map(({ id }, place) =>
    id === defaultGroupId
      ? undefined
      : { fitting: fitting[place]!, contested: contested[place]!, takenBy: takenBy[place]! },
  );
  return { groups, groupOf, effects };
}
