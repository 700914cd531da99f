import { findGroupNaively } from '../../electron/broker/placement.reference.ts';
import { place } from '../../electron/broker/placement.ts';
import { generalVault } from '../../shared/model/host.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';
import { sampleManager } from '../gateway.ts';
import { alternate, type Bench } from './measurement.ts';

const ruleCounts = [10, 1_000, 10_000];
const rounds = 9;
const sampleMs = 100;
const requestCount = 500;

/** Placements per second, beside the same rules in the plainest form. Only ours also writes the trace of every group. */
export const benchPlace: Bench = async (report) => {
  const measurements = [];
  for (const ruleCount of ruleCounts) {
    report(`place: ${ruleCount} rules`);
    const groups = createGroups(ruleCount);
    const requests = createRequests(ruleCount);
    const view = {
      groups,
      managers: [sampleManager('a', 4822), sampleManager('b', 4822), sampleManager('c', 4822)],
      healthOf: () => ({ state: 'up' }) as const,
      countsOf: () => ({ active: 0, pending: 0, source: 'registry', ageMs: 0 }) as const,
      failedBefore: new Set<string>(),
      mayFallBack: false,
    };
    const placeOne = (request: PlacementRequest) => place(request, view, 0, Math.random).group.id;
    const placeNaively = ({ address, vaultId }: PlacementRequest) =>
      findGroupNaively(groups, address, vaultId);
    for (const request of requests.slice(0, 50)) {
      if (placeOne(request) !== placeNaively(request))
        throw new Error(`${request.address} is placed otherwise`);
    }
    const samples = await alternate(rounds, {
      Proxima: () => countPerSecond(requests, placeOne),
      'naive reference': () => countPerSecond(requests, placeNaively),
    });
    for (const [subject, values] of Object.entries(samples)) {
      measurements.push({
        bench: 'place',
        work: `${ruleCount.toLocaleString('en')} rules`,
        subject,
        unit: 'per second' as const,
        samples: values,
      });
    }
  }
  return measurements;
};

function countPerSecond(
  requests: readonly PlacementRequest[],
  decide: (request: PlacementRequest) => string,
): number {
  const startedAt = performance.now();
  let count = 0;
  for (;;) {
    const request = requests[count % requests.length];
    if (request) decide(request);
    count += 1;
    const passedMs = performance.now() - startedAt;
    if (passedMs >= sampleMs) return (count * 1000) / passedMs;
  }
}

/** Groups with one rule each: address ranges in one half, domains in the other. */
function createGroups(count: number): ProximityGroup[] {
  const base = {
    managerIds: ['a', 'b', 'c'],
    trust: { kind: 'authorities' } as const,
    fallbackGroupId: null,
  };
  const custom = Array.from({ length: count }, (_, index) => ({
    ...base,
    id: `group-${index}`,
    name: `Group ${index}`,
    priority: index + 1,
    selectors: [createSelector(index)],
  }));
  return [{ ...base, id: defaultGroupId, name: 'Default', priority: 0, selectors: [] }, ...custom];
}

const subnetOf = (index: number) => `10.${(index >> 8) & 255}.${index & 255}`;

function createSelector(index: number): Selector {
  switch (index % 4) {
    case 0:
      return { addresses: [`${subnetOf(index)}.0/24`] };
    case 1:
      return { addresses: [`${subnetOf(index)}.10-${subnetOf(index)}.200`] };
    case 2:
      return { domains: [`*.site${index}.corp.example`] };
    default:
      return { domains: [`db*.site${index}.corp.example`], vaultIds: [generalVault.id] };
  }
}

/** Spread over all the rules; one in ten matches none. */
function createRequests(ruleCount: number): PlacementRequest[] {
  return Array.from({ length: requestCount }, (_, count) => {
    const index = Math.floor((count * ruleCount) / requestCount);
    const isNone = count % 10 === 0;
    const address =
      index % 4 < 2
        ? `${isNone ? '192.168.0' : subnetOf(index)}.77`
        : `db1.site${isNone ? 'x' : index}.corp.example`;
    return { vaultId: generalVault.id, address };
  });
}
