import type { ManagerTrace } from '../../shared/model/placement.ts';
import type { Placement, TieBreak } from './placement.ts';
import type { Choice } from './ports.ts';

const loadOf = ({ counts, weight }: ManagerTrace) => (counts.active + counts.pending) / weight;

/**
 * The manager to claim: the first candidate, or by chance one that has less than `slack` sessions more than it. In a storm of
 * openings everybody would else run at the same one. `undefined` where there is no candidate.
 */
export function chooseManager(
  { group, candidates, trace }: Placement,
  slack: number,
  tieBreak: TieBreak,
): Choice | undefined {
  const traces = new Map(trace.managers.flatMap((each) => (each.rank ? [[each.managerId, each]] : [])));
  const [first] = candidates;
  const best = first && traces.get(first.id);
  if (!first || !best) return undefined;
  const isAsGood = ({ id }: { id: string }) => {
    const told = traces.get(id);
    return told?.health.state === best.health.state && loadOf(told) < loadOf(best) + slack / told.weight;
  };
  const others = slack > 1 ? candidates.filter(isAsGood) : [];
  const chosen = others.toSorted((left, right) => tieBreak(left.id) - tieBreak(right.id))[0] ?? first;
  return { managerId: chosen.id, sessionLimit: chosen.sessionLimit, poolId: group.poolId };
}
