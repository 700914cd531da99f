import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { addMask, createDomainTree, type DomainTree, findLowestMask, visitMasks } from './domainTree.ts';
import { buildIntervalTree, type Interval, type IntervalTree } from './intervalTree.ts';
import { type CompiledSelector, selectorsOf, type Target } from './selectorMatch.ts';

/** Groups in the order in which they are tried, and by their ids. */
export interface OrderedGroups {
  /** By priority, lowest number first; the Default group is last whatever its number. */
  readonly groups: readonly ProximityGroup[];
  readonly placeOf: ReadonlyMap<string, number>;
}

/** Which groups' rules a host fits, found without trying each: the same as `findMatch` says of one after the other. */
export interface RuleIndex {
  /** The place of the first group that matches by its rules; `Infinity` where none does. */
  findFirst(target: Target): number;
  /** Tells the place of every group that matches by its rules; one in several of them as often. */
  visitAll(target: Target, visit: (place: number) => void): void;
}

/** The rules of selectors that name the same vaults, or none. */
interface Branch {
  /** Of selectors that ask for nothing but the vault. */
  readonly always: number[];
  readonly ipv4: Interval<number>[];
  readonly ipv6: Interval<bigint>[];
  readonly domains: DomainTree;
  /** Of all of its groups. */
  readonly lowest: number;
}

interface GrownBranch extends Omit<Branch, 'ipv4' | 'ipv6'> {
  readonly ipv4: IntervalTree<number>;
  readonly ipv6: IntervalTree<bigint>;
}

/** Groups are immutable values, so that what was made of a list stays true for as long as it exists. */
const ordered = new WeakMap<readonly ProximityGroup[], OrderedGroups>();
const indexes = new WeakMap<readonly ProximityGroup[], RuleIndex>();

export function orderGroups(groups: readonly ProximityGroup[]): OrderedGroups {
  const known = ordered.get(groups);
  if (known) return known;
  const rank = (group: ProximityGroup) => (group.id === defaultGroupId ? Infinity : group.priority);
  const sorted = groups.toSorted((left, right) => rank(left) - rank(right));
  const fresh = { groups: sorted, placeOf: new Map(sorted.map(({ id }, place) => [id, place])) };
  ordered.set(groups, fresh);
  return fresh;
}

/** The index of these groups; built at once where nobody has prepared it. */
export function ruleIndexOf(groups: readonly ProximityGroup[]): RuleIndex {
  const known = indexes.get(groups);
  if (known) return known;
  for (const _step of prepareRules(groups));
  return indexes.get(groups)!;
}

/**
 * Builds the index of these groups step by step, for who must not hold up anything else; once the steps are over, whoever places a
 * host finds it. 10,000 rules take a few dozen milliseconds.
 */
export function* prepareRules(groups: readonly ProximityGroup[]): Generator<undefined, void> {
  if (indexes.has(groups)) return;
  /** By the vaults that they ask for; `''` where they don't. */
  const branches = new Map<string, { readonly vaultIds?: ReadonlySet<string>; readonly branch: Branch }>();
  for (const [place, group] of orderGroups(groups).groups.entries()) {
    yield;
    if (group.id === defaultGroupId) continue;
    for (const selector of selectorsOf(group)) {
      const { vaultIds } = selector;
      const key = [...(vaultIds ?? [])].sort().join(' ');
      let found = branches.get(key);
      if (found === undefined) {
        found = { ...(vaultIds && { vaultIds }), branch: createBranch(place) };
        branches.set(key, found);
      }
      addSelector(found.branch, selector, place);
    }
  }
  const everywhere: GrownBranch[] = [];
  const byVault = new Map<string, GrownBranch[]>();
  for (const { vaultIds, branch } of branches.values()) {
    yield;
    const grown = growBranch(branch);
    if (vaultIds === undefined) everywhere.push(grown);
    for (const vaultId of vaultIds ?? []) {
      const known = byVault.get(vaultId);
      if (known) known.push(grown);
      else byVault.set(vaultId, [grown]);
    }
  }
  indexes.set(groups, createIndex(everywhere, byVault));
}

const createBranch = (lowest: number): Branch => ({
  always: [],
  ipv4: [],
  ipv6: [],
  domains: createDomainTree(),
  lowest,
});

function addSelector(branch: Branch, { ranges, masks }: CompiledSelector, place: number): void {
  // A host has an address or a domain.
  if (ranges && masks) return;
  if (!ranges && !masks) branch.always.push(place);
  for (const { family, first, last } of ranges ?? []) {
    if (family === 'ipv6') branch.ipv6.push({ first, last, id: place });
    // Numbers are compared far faster.
    else branch.ipv4.push({ first: Number(first), last: Number(last), id: place });
  }
  for (const { labels } of masks ?? []) addMask(branch.domains, labels, place);
}

const growBranch = (branch: Branch): GrownBranch => ({
  ...branch,
  ipv4: buildIntervalTree(branch.ipv4, (key) => key + 1),
  ipv6: buildIntervalTree(branch.ipv6, (key) => key + 1n),
});

/** @param everywhere the one branch of selectors that ask for no vault, where there is one. Branches of a vault come lowest first. */
function createIndex(
  everywhere: readonly GrownBranch[],
  byVault: ReadonlyMap<string, readonly GrownBranch[]>,
): RuleIndex {
  return {
    findFirst(target) {
      let lowest = Infinity;
      for (const branch of everywhere) lowest = findLowest(branch, target);
      for (const branch of byVault.get(target.vaultId) ?? []) {
        if (branch.lowest >= lowest) break;
        lowest = Math.min(lowest, findLowest(branch, target));
      }
      return lowest;
    },
    visitAll(target, visit) {
      for (const branch of everywhere) visitBranch(branch, target, visit);
      for (const branch of byVault.get(target.vaultId) ?? []) visitBranch(branch, target, visit);
    },
  };
}

function findLowest({ always, ipv4, ipv6, domains }: GrownBranch, { address, labels }: Target): number {
  const least = always[0] ?? Infinity;
  if (labels !== undefined) return Math.min(least, findLowestMask(domains, labels));
  if (address === undefined) return least;
  const { family, value } = address;
  return Math.min(least, family === 'ipv4' ? ipv4.lowest(Number(value)) : ipv6.lowest(value));
}

function visitBranch(
  { always, ipv4, ipv6, domains }: GrownBranch,
  { address, labels }: Target,
  visit: (place: number) => void,
): void {
  for (const place of always) visit(place);
  if (labels !== undefined) visitMasks(domains, labels, visit);
  if (address?.family === 'ipv4') ipv4.visit(Number(address.value), visit);
  if (address?.family === 'ipv6') ipv6.visit(address.value, visit);
}
