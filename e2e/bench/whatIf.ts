import { createWhatIfEngine } from '../../electron/whatIf/engine.ts';
import type { Host } from '../../shared/model/host.ts';
import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import type { BenchContext, Row } from './measurement.ts';

const ruleCount = 1_000;
const rounds = 15;
const nothing = () => undefined;

/**
 * What saving would change for every host, as it is asked at each key in the settings: one rule differs from the time before. With the
 * copy to the worker thread and back.
 */
export async function measureWhatIf(
  hosts: readonly Host[],
  { isQuick }: BenchContext,
): Promise<readonly Row[]> {
  const today = createSettings(0);
  const engine = createWhatIfEngine({
    hosts: { hosts: () => new Map(hosts.map((host) => [host.id, host])), onChange: () => nothing },
    topology: { current: () => today },
    health: { healthOf: () => ({ state: 'up' }) },
    countsOf: () => ({ active: 0, pending: 0, source: 'own', ageMs: 0 }),
    workerFile: new URL('../../dist/electron/whatIfWorker.js', import.meta.url),
    log: { error: nothing },
    now: Date.now,
  });
  try {
    const samples: number[] = [];
    // The first brings the hosts along.
    for (let round = 0; round <= (isQuick ? 1 : rounds); round += 1) {
      const startedAt = performance.now();
      const report = await engine.placeAllHosts({ settings: createSettings(round), down: [], draining: [] });
      if (!report.ok || report.value.hosts !== hosts.length) throw new Error('the what-if failed');
      if (round > 0) samples.push(performance.now() - startedAt);
    }
    return [
      {
        name: 'hosts, what-if over all by 1,000 rules',
        unit: 'ms',
        samples,
        goal: { of: 'value', atMost: 100 },
      },
    ];
  } finally {
    await engine.close();
  }
}

function createSettings(change: number): Settings {
  const groups = Array.from({ length: ruleCount }, (_, index): ProximityGroup => ({
    id: `group-${index}`,
    name: `Group ${index}`,
    priority: index,
    selectors: [
      index % 2 === 0
        ? { addresses: [`10.${index & 31}.${(index >> 2) & 255}.0/24`] }
        : { domains: [`*-${String(index).padStart(3, '0')}.*.corp.example`] },
    ],
    managerIds: [],
    trust: { kind: 'authorities' },
    fallbackGroupId: null,
  }));
  const typed = { ...groups[0]!, selectors: [{ addresses: [`10.0.0.0-10.${change}.0.255`] }] };
  return { ...emptySettings, groups: [typed, ...groups.slice(1), ...emptySettings.groups] };
}
