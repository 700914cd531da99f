import type { ManagerHealth } from '../../shared/model/health.ts';
import type { PlacementRequest, SessionCounts } from '../../shared/model/placement.ts';
import type { HostWhatIf, WhatIf, WhatIfReport } from '../../shared/model/whatIf.ts';
import type { Topology } from '../broker/ports.ts';
import type { PlacementView } from '../broker/placement.ts';
import type { HostFacts } from './knownHost.ts';

/** Everything that an answer depends on besides the hosts, as it was when the question was asked. */
export interface Circumstances {
  readonly today: Pick<Topology, 'groups' | 'managers'>;
  readonly whatIf: WhatIf;
  readonly health: ReadonlyMap<string, ManagerHealth>;
  readonly counts: ReadonlyMap<string, SessionCounts>;
  /** Epoch ms. */
  readonly now: number;
}

export type Question = Circumstances &
  ({ readonly kind: 'allHosts' } | { readonly kind: 'host'; readonly request: PlacementRequest });

/** To the worker: the hosts once and then what changes, and questions. */
export type WorkerMessage =
  | { readonly kind: 'put'; readonly hosts: readonly HostFacts[] }
  | { readonly kind: 'remove'; readonly hostIds: readonly string[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question };

/** From the worker. Without an answer where a newer question overtook this one. */
export interface Answer {
  readonly id: number;
  readonly answer?: WhatIfReport | HostWhatIf;
}

const nobody: SessionCounts = { active: 0, pending: 0, source: 'own', ageMs: 0 };

/** How the broker would see the managers now. A queue is taken as waited out, so that named fallbacks count. */
export function viewToday({ today, health, counts }: Circumstances): PlacementView {
  return {
    groups: today.groups,
    managers: today.managers,
    healthOf: (managerId) => health.get(managerId) ?? { state: 'unknown' },
    countsOf: (managerId) => counts.get(managerId) ?? nobody,
    failedBefore: new Set(),
    mayFallBack: true,
  };
}

/** How it would see them with the imagined settings, and with managers imagined down or draining. */
export function viewImagined(circumstances: Circumstances): PlacementView {
  const { settings, down, draining } = circumstances.whatIf;
  const today = viewToday(circumstances);
  const isDown = new Set(down);
  const isDraining = new Set(draining);
  return {
    ...today,
    groups: settings.groups,
    managers: settings.managers.map((manager) =>
      isDraining.has(manager.id) && manager.intent === 'enabled'
        ? { ...manager, intent: 'draining' }
        : manager,
    ),
    healthOf: (managerId) => (isDown.has(managerId) ? { state: 'down' } : today.healthOf(managerId)),
  };
}
