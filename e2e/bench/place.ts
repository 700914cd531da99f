import { findGroupNaively } from '../../electron/broker/placement.reference.ts';
import { inventRules } from '../../electron/broker/placement.random.ts';
import { chooseGroup, place } from '../../electron/broker/placement.ts';
import { prepareRules } from '../../electron/broker/ruleIndex.ts';
import { generalVault } from '../../shared/model/host.ts';
import type { PlacementRequest } from '../../shared/model/placement.ts';
import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';
import { sampleManager } from '../gateway.ts';
import { alternate, type Bench, type BenchContext, quantile, type Row } from './measurement.ts';

const ruleCounts = [10, 1_000, 10_000];
const rounds = 9;
const callsPerRound = 20_000;
/** The scan of many rules takes milliseconds. */
const slowCallsPerRound = 40;
const quickCallsPerRound = 20;
const requestCount = 500;
const randomCases = 100_000;
const casesPerTopology = 100;

/**
 * Which group serves a host, with its address read from text, by 10 to 10,000 rules; and the whole placement with the order of the
 * managers and the trace for people. Beside the plain scan over the same rules, and one look into a hash table.
 */
export const benchPlace: Bench = async (context) => {
  const { report, isQuick } = context;
  report('place: comparing with the plain scan');
  compareWithScan(isQuick ? randomCases / 100 : randomCases);
  const rows: Row[] = [];
  for (const ruleCount of ruleCounts) {
    report(`place: ${ruleCount.toLocaleString('en')} rules`);
    rows.push(...(await measure(ruleCount, context)));
  }
  return rows;
};

/** @throws where the index and the plain scan say different things. */
function compareWithScan(cases: number): void {
  for (let seed = 0; seed < cases / casesPerTopology; seed += 1) {
    const { groups, requests } = inventRules(seed, casesPerTopology);
    for (const request of requests) {
      if (chooseGroup(groups, request).group.id !== findGroupNaively(groups, request))
        throw new Error(`${request.address} is placed otherwise (seed ${seed})`);
    }
  }
}

async function measure(ruleCount: number, { isQuick }: BenchContext): Promise<readonly Row[]> {
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
  const groupOfAddress = new Map(requests.map(({ address }, index) => [address, index]));
  const calls = isQuick ? quickCallsPerRound : callsPerRound;
  const slowCalls = isQuick ? quickCallsPerRound : slowCallsPerRound;
  const subjects = {
    decide: () => medianCallUs(requests, calls, (request) => chooseGroup(groups, request)),
    place: () => medianCallUs(requests, calls / 10, (request) => place(request, view, 0, Math.random)),
    scan: () => medianCallUs(requests, slowCalls, (request) => findGroupNaively(groups, request)),
    hash: () => meanCallUs(requests, calls, ({ address }) => groupOfAddress.get(address)),
  };
  const build = await alternate(isQuick ? 1 : rounds, { build: () => buildMs(groups) });
  await alternate(1, subjects);
  const samples = await alternate(isQuick ? 1 : rounds, subjects);
  const many = `${ruleCount.toLocaleString('en')} rules`;
  const peer = { name: 'plain scan', samples: samples.scan };
  return [
    {
      name: `place, ${many}: decision, p50`,
      unit: 'µs',
      samples: samples.decide,
      peer,
      floor: { name: 'one hash look-up', samples: samples.hash },
      goal: { of: 'value', atMost: 1 },
    },
    { name: `place, ${many}: with order and trace, p50`, unit: 'µs', samples: samples.place, peer },
    { name: `place, ${many}: building the index`, unit: 'ms', samples: build.build },
  ];
}

/** As after every change of the settings: nothing of it is known yet. */
function buildMs(groups: readonly ProximityGroup[]): number {
  const fresh = structuredClone(groups);
  const startedAt = performance.now();
  for (const _step of prepareRules(fresh));
  return performance.now() - startedAt;
}

/** The median of single calls, without what it takes to look at the clock. */
function medianCallUs(
  requests: readonly PlacementRequest[],
  calls: number,
  decide: (request: PlacementRequest) => unknown,
): number {
  return Math.max(0, timeCalls(requests, calls, decide) - timeCalls(requests, calls, () => undefined));
}

/** One call is too short for the clock. */
function meanCallUs(
  requests: readonly PlacementRequest[],
  calls: number,
  decide: (request: PlacementRequest) => unknown,
): number {
  let decided = 0;
  const startedAt = performance.now();
  for (let count = 0; count < calls; count += 1) {
    const request = requests[count % requests.length];
    if (request && decide(request) !== undefined) decided += 1;
  }
  const tookMs = performance.now() - startedAt;
  if (decided === 0) throw new Error('impossible');
  return (tookMs * 1000) / calls;
}

function timeCalls(
  requests: readonly PlacementRequest[],
  calls: number,
  decide: (request: PlacementRequest) => unknown,
): number {
  const tookUs: number[] = [];
  for (let count = 0; count < calls; count += 1) {
    const request = requests[count % requests.length];
    if (!request) continue;
    const startedAt = performance.now();
    const decided = decide(request);
    tookUs.push((performance.now() - startedAt) * 1000);
    if (decided === null) throw new Error('impossible');
  }
  return quantile(tookUs, 0.5);
}

/** Groups with one rule each: IPv4 prefixes and ranges, IPv6 prefixes, domains, and domains in one vault. */
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
const networkOf = (index: number) => `fd00:${index.toString(16)}:`;

function createSelector(index: number): Selector {
  switch (index % 5) {
    case 0:
      return { addresses: [`${subnetOf(index)}.0/24`] };
    case 1:
      return { addresses: [`${subnetOf(index)}.10-${subnetOf(index)}.200`] };
    case 2:
      return { domains: [`*.site${index}.corp.example`] };
    case 3:
      return { addresses: [`${networkOf(index)}:/32`] };
    default:
      return { domains: [`db*.site${index}.corp.example`], vaultIds: [generalVault.id] };
  }
}

/** Spread over all the rules; one in ten matches none. */
function createRequests(ruleCount: number): PlacementRequest[] {
  return Array.from({ length: requestCount }, (_, count) => {
    // Next to each other there are rules of all kinds.
    const index = Math.min(ruleCount - 1, Math.floor((count * ruleCount) / requestCount) + (count % 5));
    return { vaultId: generalVault.id, address: addressUnder(index, count % 10 === 0) };
  });
}

function addressUnder(index: number, isNone: boolean): string {
  if (index % 5 < 2) return `${isNone ? '192.168.0' : subnetOf(index)}.77`;
  if (index % 5 === 3) return `${isNone ? 'fe80:1:' : networkOf(index)}:7`;
  return `db1.site${isNone ? 'x' : index}.corp.example`;
}
