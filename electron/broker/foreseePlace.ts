import type { PlacementRequest } from '../../shared/model/placement.ts';
import { place } from './placement.ts';
import { preferReported } from '../../shared/model/reportedCounts.ts';
import type { HealthView, Registry, TopologySource } from './ports.ts';

interface Ports {
  readonly topology: TopologySource;
  readonly health: Pick<HealthView, 'healthOf' | 'loadOf'>;
  readonly registry: Pick<Registry, 'counts'>;
  readonly now: () => number;
}

/** Where a host would be opened, as things are; without a manager where none could take it now. Nothing is claimed. */
export function foreseePlace(
  request: PlacementRequest,
  { topology, health, registry, now }: Ports,
): { readonly groupName: string; readonly managerName?: string } {
  const { groups, managers } = topology.current();
  const counts = registry.counts().byManager;
  const { group, candidates } = place(
    request,
    {
      groups,
      managers,
      healthOf: (id) => health.healthOf(id),
      countsOf: (id) => preferReported(health.loadOf(id), counts.get(id), now()),
      loadOf: (id) => health.loadOf(id)?.load,
      failedBefore: new Set(),
      mayFallBack: false,
    },
    now(),
    () => 0,
  );
  const [first] = candidates;
  return { groupName: group.name, ...(first && { managerName: first.name }) };
}
