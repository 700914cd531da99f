import type { ClusterHealth, GroupProximity, ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { countOf, describeMilliseconds } from '../../app/figures.ts';
import { severityOf, stateOfManager, tellManagerFailure, worstFirst } from './managerState.ts';
import type { ManagerState } from './managerState.ts';
import { matchesWords } from './textFilter.ts';

/** A proximity group as the panel shows it. */
export interface GroupView {
  /** `undefined` for the managers that no group uses. */
  readonly groupId: string | undefined;
  readonly name: string;
  readonly proximity: GroupProximity | undefined;
  /** Worst first. */
  readonly managers: readonly ManagerStatus[];
  /** Nobody has to look at it. */
  readonly isWell: boolean;
}

/** What of severity up to here is worth opening a folded group for: down, expired, not looked at, expires soon. */
const worthALook = 3;

const isWell = (managers: readonly ManagerStatus[], proximity: GroupProximity | undefined, now: number) =>
  proximity?.nearer === undefined && managers.every((manager) => severityOf(manager, now) > worthALook);

function groupSeverity({ managers, isWell: well }: GroupView): number {
  const wanted = managers.filter((manager) => manager.intent !== 'disabled');
  const down = wanted.filter((manager) => stateOfManager(manager) === 'down').length;
  if (down > 0) return down === wanted.length ? 0 : 1;
  return well ? 3 : 2;
}

/** Every group with its managers, the worst first and otherwise in the order of their priority; unused managers last. */
export function groupViewsOf(health: ClusterHealth): readonly GroupView[] {
  const views = health.groups.map((proximity): GroupView => {
    const { groupId, name } = proximity;
    const managers = health.managers.filter((manager) => manager.groupIds.includes(groupId));
    return {
      groupId,
      name,
      proximity,
      managers: worstFirst(managers, health.at),
      isWell: isWell(managers, proximity, health.at),
    };
  });
  const sorted = views.toSorted((left, right) => groupSeverity(left) - groupSeverity(right));
  const known = new Set(health.groups.map(({ groupId }) => groupId));
  const unused = health.managers.filter((manager) => !manager.groupIds.some((id) => known.has(id)));
  if (unused.length === 0) return sorted;
  return [
    ...sorted,
    {
      groupId: undefined,
      name: 'In no group',
      proximity: undefined,
      managers: worstFirst(unused, health.at),
      isWell: isWell(unused, undefined, health.at),
    },
  ];
}

const textsOf = (manager: ManagerStatus) => {
  const failure = tellManagerFailure(manager);
  const { name, address, port, security } = manager;
  return [name, `${address}:${port}`, security, stateOfManager(manager), failure?.where, failure?.what];
};

/** The groups with those of their managers that fit; a group without any is left out unless its name fits. */
export const filterGroups = (groups: readonly GroupView[], query: string): readonly GroupView[] =>
  query.trim() === ''
    ? groups
    : groups
        .map((group) => ({
          ...group,
          managers: group.managers.filter((manager) =>
            matchesWords(query, [group.name, ...textsOf(manager)]),
          ),
        }))
        .filter((group) => group.managers.length > 0 || matchesWords(query, [group.name]));

/** How the managers of a group are, in a few words. */
export function tellGroupState(managers: readonly ManagerStatus[]): string {
  if (managers.length === 0) return 'No managers: nothing can be opened through it';
  const count = (state: ManagerState) =>
    managers.filter((manager) => stateOfManager(manager) === state).length;
  const down = count('down');
  const draining = count('draining');
  const disabled = count('disabled');
  const unknown = count('unknown');
  const wanted = managers.length - disabled;
  const words = [
    wanted > 0 && down === 0 && countOf(wanted, 'manager'),
    down > 0 &&
      (down < wanted ? `${down} of ${wanted} down` : wanted === 1 ? '1 manager, down' : `all ${wanted} down`),
    unknown > 0 && `${unknown} not seen yet`,
    draining > 0 && `${draining} draining`,
    disabled > 0 && `${disabled} disabled`,
  ];
  return words.filter((word) => word !== false).join(', ');
}

/** How near a group was measured to be. */
export function tellProximity({ roundTripMs, firstPictureMs, samples }: GroupProximity): string {
  const words = [
    roundTripMs !== undefined && `round trip ${describeMilliseconds(roundTripMs)}`,
    firstPictureMs !== undefined && `first picture after ${describeMilliseconds(firstPictureMs)}`,
  ].filter((word) => word !== false);
  if (words.length === 0) return 'Not measured yet';
  return `Median ${words.join(', ')} (${countOf(samples, 'sample')})`;
}

/** Says that a manager of another group is clearly nearer; `undefined` where none is. */
export function tellNearer(proximity: GroupProximity, health: ClusterHealth): string | undefined {
  const { nearer, roundTripMs } = proximity;
  if (nearer === undefined) return undefined;
  const manager = health.managers.find(({ managerId }) => managerId === nearer.managerId);
  const group = health.groups.find(({ groupId }) => groupId === nearer.groupId);
  const here = roundTripMs === undefined ? '' : `, against ${describeMilliseconds(roundTripMs)} here`;
  const whose = group === undefined ? '' : ` of the group ${group.name}`;
  return `${manager?.name ?? 'Another manager'}${whose} is clearly nearer: ${describeMilliseconds(nearer.roundTripMs)}${here}.`;
}
