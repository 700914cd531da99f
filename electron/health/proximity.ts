import type { GroupProximity } from '../../shared/model/clusterHealth.ts';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { medianOf } from '../../shared/model/median.ts';

/** One manager as it was measured from here. */
export interface MeasuredManager {
  readonly managerId: string;
  /** It answers, and takes new sessions. */
  readonly isOpen: boolean;
  /** In ms; `null` where a look had no answer. */
  readonly roundTrips: readonly (number | null)[];
}

/** Fewer samples than this say nothing. */
const fewestSamples = 3;
/** Another manager is clearly nearer when its round trip is at least this much shorter, and no more than half as long. */
const clearlyNearerMs = 5;
const clearlyNearerShare = 0.5;

/**
 * How near each group's managers really are, and whether another group has one that is clearly nearer.
 *
 * @param firstPictures by group, how long its last sessions took from the choice of a manager to the first picture, in ms.
 */
export function measureGroups(
  groups: readonly ProximityGroup[],
  managers: readonly MeasuredManager[],
  firstPictures: ReadonlyMap<string, readonly number[]>,
): GroupProximity[] {
  return groups.map((group) => {
    const members = managers.filter(({ managerId }) => group.managerIds.includes(managerId));
    const roundTrips = members.flatMap(answersOf);
    const roundTripMs = medianOf(roundTrips);
    const firstPictureMs = medianOf(firstPictures.get(group.id) ?? []);
    const nearer =
      roundTripMs !== undefined && roundTrips.length >= fewestSamples
        ? findNearer(group, roundTripMs, groups, managers)
        : undefined;
    return {
      groupId: group.id,
      name: group.name,
      samples: roundTrips.length,
      ...(roundTripMs !== undefined && { roundTripMs }),
      ...(firstPictureMs !== undefined && { firstPictureMs }),
      ...(nearer && { nearer }),
    };
  });
}

function findNearer(
  group: ProximityGroup,
  roundTripMs: number,
  groups: readonly ProximityGroup[],
  managers: readonly MeasuredManager[],
): GroupProximity['nearer'] {
  const limitMs = Math.min(roundTripMs - clearlyNearerMs, roundTripMs * clearlyNearerShare);
  const candidates = managers.flatMap((manager) => {
    const owner = groups.find(({ managerIds }) => managerIds.includes(manager.managerId));
    const answers = answersOf(manager);
    const median = medianOf(answers);
    const isForeign = owner !== undefined && !group.managerIds.includes(manager.managerId);
    if (!isForeign || !manager.isOpen || answers.length < fewestSamples) return [];
    if (median === undefined || median > limitMs) return [];
    return [{ managerId: manager.managerId, groupId: owner.id, roundTripMs: median }];
  });
  return candidates.toSorted((left, right) => left.roundTripMs - right.roundTripMs)[0];
}

const answersOf = ({ roundTrips }: MeasuredManager) => roundTrips.filter((answer) => answer !== null);
