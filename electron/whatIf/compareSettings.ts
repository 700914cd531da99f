import { generalVault } from '../../shared/model/host.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { RuleFinding, WhatIfReport } from '../../shared/model/whatIf.ts';
import { place, type PlacementView } from '../broker/placement.ts';
import { assignGroups, type Assignment } from './assignGroups.ts';
import type { KnownHost } from './knownHost.ts';
import { type Circumstances, viewImagined } from './question.ts';

const shownExamples = 5;

/**
 * What the imagined settings do to all saved hosts: the work of the what-if, without its thread. `undefined` once `isOvertaken`
 * says that nobody waits for it any more.
 */
export function compareSettings(
  known: readonly KnownHost[],
  circumstances: Circumstances,
  isOvertaken: () => boolean = () => false,
): WhatIfReport | undefined {
  const startedAt = performance.now();
  const today = assignGroups(circumstances.today.groups, known, isOvertaken);
  const after = today && assignGroups(circumstances.whatIf.settings.groups, known, isOvertaken);
  if (today === undefined || after === undefined) return undefined;
  const [totalsToday, totalsAfter] = [countByGroup(today), countByGroup(after)];
  const moves = findMoves(known, today, after);
  return {
    hosts: known.length,
    moved: moves.reduce((sum, { hosts }) => sum + hosts, 0),
    moves,
    groups: listGroups(today, after).map(({ id, name }) => ({
      groupId: id,
      name,
      today: totalsToday.get(id) ?? 0,
      after: totalsAfter.get(id) ?? 0,
    })),
    unserved: countUnserved(after, totalsAfter, viewImagined(circumstances), circumstances.now),
    findings: findRules(known, after),
    durationMs: performance.now() - startedAt,
  };
}

/** As they will be tried, and then those that are no more. */
function listGroups(today: Assignment, after: Assignment): readonly ProximityGroup[] {
  const ids = new Set(after.groups.map(({ id }) => id));
  return [...after.groups, ...today.groups.filter(({ id }) => !ids.has(id))];
}

function countByGroup({ groups, groupOf }: Assignment): ReadonlyMap<string, number> {
  const counts = new Int32Array(groups.length);
  for (const group of groupOf) counts[group]! += 1;
  return new Map(groups.map(({ id }, index) => [id, counts[index]!]));
}

function findMoves(hosts: readonly KnownHost[], today: Assignment, after: Assignment): WhatIfReport['moves'] {
  const indexAfter = new Map(after.groups.map(({ id }, index) => [id, index]));
  const stays = today.groups.map(({ id }) => indexAfter.get(id));
  const placesByMove = new Map<number, { count: number; examples: number[] }>();
  for (let index = 0; index < hosts.length; index += 1) {
    const [from, to] = [today.groupOf[index]!, after.groupOf[index]!];
    if (stays[from] === to) continue;
    const key = from * after.groups.length + to;
    const move = placesByMove.get(key) ?? { count: 0, examples: [] };
    move.count += 1;
    if (move.examples.length < shownExamples) move.examples.push(index);
    placesByMove.set(key, move);
  }
  return [...placesByMove]
    .map(([key, { count, examples }]) => ({
      from: today.groups[Math.floor(key / after.groups.length)]!.id,
      to: after.groups[key % after.groups.length]!.id,
      hosts: count,
      examples: examples.map((index) => {
        const { id, name } = hosts[index]!.facts;
        return { hostId: id, name };
      }),
    }))
    .toSorted((left, right) => right.hosts - left.hosts);
}

/** Hosts whose group has no manager that could take a session, and whose fallbacks don't either. Limits are a matter of the moment. */
function countUnserved(
  { groups }: Assignment,
  totals: ReadonlyMap<string, number>,
  view: PlacementView,
  now: number,
): number {
  const idle: PlacementView = {
    ...view,
    countsOf: () => ({ active: 0, pending: 0, source: 'own', ageMs: 0 }),
  };
  const byId = new Map(groups.map((group) => [group.id, group]));
  let unserved = 0;
  for (const group of groups) {
    const hosts = totals.get(group.id) ?? 0;
    if (hosts === 0) continue;
    const request = { vaultId: generalVault.id, address: '', groupId: group.id };
    // Only these can matter; place() looks at every group that it is given.
    const chain = { ...idle, groups: followFallbacks(group, byId) };
    if (place(request, chain, now, () => 0).candidates.length === 0) unserved += hosts;
  }
  return unserved;
}

function followFallbacks(
  group: ProximityGroup,
  byId: ReadonlyMap<string, ProximityGroup>,
): readonly ProximityGroup[] {
  const chain = new Set([group]);
  for (
    let next = byId.get(group.fallbackGroupId ?? '');
    next && !chain.has(next);
    next = byId.get(next.fallbackGroupId ?? '')
  )
    chain.add(next);
  return [...chain];
}

function findRules(hosts: readonly KnownHost[], { groups, effects }: Assignment): RuleFinding[] {
  /** Groups that are there for something else than their rules. */
  const usedOtherwise = new Set([
    defaultGroupId,
    ...groups.map(({ fallbackGroupId }) => fallbackGroupId),
    ...hosts.map(({ facts }) => facts.groupId),
  ]);
  return groups.flatMap((group, index): RuleFinding[] => {
    const effect = effects[index];
    if (effect === undefined) return [];
    const { fitting, contested, takenBy } = effect;
    const groupId = group.id;
    if (fitting === 0) {
      const isMeantSo = group.selectors.length === 0 && usedOtherwise.has(groupId);
      return isMeantSo ? [] : [{ groupId, kind: 'matches-nothing', by: [], hosts: 0 }];
    }
    if (takenBy.size === 0) return [];
    const earlier = [...takenBy].toSorted(
      ([leftPlace, left], [rightPlace, right]) => right - left || leftPlace - rightPlace,
    );
    const taken = earlier.reduce((sum, [, count]) => sum + count, 0);
    const by = earlier.map(([earlierIndex]) => groups[earlierIndex]!.id);
    return [{ groupId, kind: taken === contested ? 'shadowed' : 'overlaps', by, hosts: taken }];
  });
}
