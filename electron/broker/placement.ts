import type {
  GroupTrace,
  ManagerTrace,
  PlacementRequest,
  PlacementTrace,
  SessionCounts,
} from '../../shared/model/placement.ts';
import type { ManagerHealth } from '../../shared/model/health.ts';
import type { ManagerLoad } from '../../shared/model/managerLoad.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { orderGroups, ruleIndexOf } from './ruleIndex.ts';
import { findMatch, type Target, targetOf } from './selectorMatch.ts';

/** Counts older than this say little; when all are, the trace says that the choice was estimated. */
const staleCountsMs = 30_000;

/** So many groups are told. Of more that were tested: as many of the first as of the last, up to the one that was taken. */
const toldGroups = 100;

/** Everything that placement may know, as it is at one moment. */
export interface PlacementView {
  readonly groups: readonly ProximityGroup[];
  readonly managers: readonly SessionManager[];
  healthOf(managerId: string): ManagerHealth;
  countsOf(managerId: string): SessionCounts;
  /** A manager's own word, where it tells one: whether it drains, and how many sessions it takes. */
  loadOf?(managerId: string): Pick<ManagerLoad, 'draining' | 'limit'> | undefined;
  /** Managers that this very opening has already tried in vain. */
  readonly failedBefore: ReadonlySet<string>;
  /** The queue was waited out: the named fallback of a group without candidates may be used. */
  readonly mayFallBack: boolean;
}

export interface Placement {
  /** The group that serves the host; the fallback where that was used. */
  readonly group: ProximityGroup;
  /** Best first. Empty where no manager can take the session now. */
  readonly candidates: readonly SessionManager[];
  readonly trace: PlacementTrace;
}

/** A sort key among equally loaded managers, so that list order never decides; random in the product. */
export type TieBreak = (managerId: string) => number;

/**
 * Chooses the group for a host and orders its managers, fewest (active + pending) ÷ weight first. No I/O, no clock, no
 * randomness inside: the broker, the registry's claim and the settings window's what-if all call this one function.
 */
export function place(
  request: PlacementRequest,
  view: PlacementView,
  now: number,
  tieBreak: TieBreak,
): Placement {
  const choice = chooseGroup(view.groups, request);
  const { traces: groupTraces, untold } = traceGroups(view.groups, request, choice);

  const managerTraces: ManagerTrace[] = [];
  let served = choice.group;
  let candidates = rankManagers(served, view, tieBreak, managerTraces);
  const visited = new Set([served.id]);
  while (candidates.length === 0 && view.mayFallBack && served.fallbackGroupId !== null) {
    const next = view.groups.find((group) => group.id === served.fallbackGroupId);
    if (next === undefined || visited.has(next.id)) break;
    visited.add(next.id);
    markFallback(groupTraces, served, next);
    served = next;
    candidates = rankManagers(served, view, tieBreak, managerTraces);
  }

  const ranked = managerTraces.filter((trace) => trace.rank !== undefined);
  return {
    group: served,
    candidates,
    trace: {
      at: now,
      request,
      groups: groupTraces,
      ...(untold > 0 && { untoldGroups: untold }),
      managers: managerTraces,
      estimated: ranked.length > 0 && ranked.every((trace) => trace.counts.ageMs > staleCountsMs),
    },
  };
}

export interface GroupChoice {
  readonly group: ProximityGroup;
  /** The host names the group itself. */
  readonly isPinned: boolean;
}

/**
 * The group that serves a host: the one that it is pinned to, where that exists, or else the first that its rules match.
 *
 * @throws where the Default group is missing and no other matches.
 */
export function chooseGroup(groups: readonly ProximityGroup[], request: PlacementRequest): GroupChoice {
  const order = orderGroups(groups);
  const pinned = request.groupId === undefined ? undefined : order.placeOf.get(request.groupId);
  const found = pinned ?? ruleIndexOf(groups).findFirst(targetOf(request));
  const group = order.groups[found] ?? order.groups.at(-1);
  if (group === undefined || (found === Infinity && group.id !== defaultGroupId))
    throw new Error('the Default group is missing from the topology');
  return { group, isPinned: pinned !== undefined };
}

/** Why each group was or wasn't taken, in their order, and how many that were tested aren't among them. */
function traceGroups(
  unordered: readonly ProximityGroup[],
  request: PlacementRequest,
  { group: chosen, isPinned }: GroupChoice,
): { readonly traces: GroupTrace[]; readonly untold: number } {
  const { groups, placeOf } = orderGroups(unordered);
  const target = targetOf(request);
  const pinned = isPinned ? chosen : undefined;
  const tested = placeOf.get(chosen.id)! + 1;
  const half = toldGroups / 2;
  const told =
    tested <= toldGroups
      ? groups.slice(0, toldGroups)
      : [...groups.slice(0, half), ...groups.slice(tested - half, tested)];
  const traces = told.map((group, index) =>
    traceGroup(group, target, pinned, index < tested ? undefined : chosen),
  );
  return { traces, untold: isPinned ? 0 : Math.max(0, tested - toldGroups) };
}

function traceGroup(
  group: ProximityGroup,
  target: Target,
  pinned: ProximityGroup | undefined,
  chosen: ProximityGroup | undefined,
): GroupTrace {
  const { id: groupId, name } = group;
  if (pinned) {
    return group === pinned
      ? { groupId, name, verdict: 'pinned', why: 'the host is pinned to it' }
      : { groupId, name, verdict: 'not-reached', why: `the host is pinned to ${pinned.name}` };
  }
  if (chosen) return { groupId, name, verdict: 'not-reached', why: `${chosen.name} comes first` };
  if (groupId === defaultGroupId) {
    return { groupId, name, verdict: 'default', why: 'takes whatever no other group matches' };
  }
  const match = findMatch(group, target);
  return { groupId, name, verdict: match.matches ? 'matched' : 'no-match', why: match.why };
}

function markFallback(traces: GroupTrace[], from: ProximityGroup, to: ProximityGroup): void {
  const told = traces.findIndex((trace) => trace.groupId === to.id);
  const why = `${from.name} has no manager free, and names it as its fallback`;
  traces.splice(told < 0 ? traces.length : told, 1, {
    groupId: to.id,
    name: to.name,
    verdict: 'fallback',
    why,
  });
}

function rankManagers(
  group: ProximityGroup,
  view: PlacementView,
  tieBreak: TieBreak,
  traces: ManagerTrace[],
): SessionManager[] {
  const members = group.managerIds.flatMap((id) => view.managers.filter((manager) => manager.id === id));
  const entries = members.map((manager) => {
    const health = view.healthOf(manager.id);
    const counts = view.countsOf(manager.id);
    const load = view.loadOf?.(manager.id);
    const sessionLimit = smallest(manager.sessionLimit, load?.limit ?? null);
    return {
      manager,
      health,
      counts,
      sessionLimit,
      verdict:
        load?.draining === true && manager.intent === 'enabled'
          ? 'draining'
          : judgeManager({ ...manager, sessionLimit }, health, counts, view.failedBefore),
      load: (counts.active + counts.pending) / manager.weight,
      tie: tieBreak(manager.id),
    };
  });
  const candidates = entries
    .filter((entry) => entry.verdict === 'candidate')
    // A manager that no probe has seen yet may be tried, after those that are known to answer.
    .toSorted(
      (left, right) =>
        Number(left.health.state !== 'up') - Number(right.health.state !== 'up') ||
        left.load - right.load ||
        left.tie - right.tie,
    );
  for (const entry of entries) {
    const rank = candidates.indexOf(entry) + 1;
    traces.push({
      managerId: entry.manager.id,
      name: entry.manager.name,
      groupId: group.id,
      verdict: entry.verdict,
      counts: entry.counts,
      weight: entry.manager.weight,
      sessionLimit: entry.sessionLimit,
      health: entry.health,
      ...(rank > 0 && { rank }),
    });
  }
  return candidates.map((entry) => entry.manager);
}

const smallest = (one: number | null, other: number | null) =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

function judgeManager(
  manager: SessionManager,
  health: ManagerHealth,
  counts: SessionCounts,
  failedBefore: ReadonlySet<string>,
): ManagerTrace['verdict'] {
  if (manager.intent !== 'enabled') return manager.intent;
  if (failedBefore.has(manager.id)) return 'failed-before';
  if (health.state === 'down') return 'down';
  if (manager.sessionLimit !== null && counts.active + counts.pending >= manager.sessionLimit) return 'full';
  return 'candidate';
}
