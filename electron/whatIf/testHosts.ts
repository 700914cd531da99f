import { defaultGroupId, type ProximityGroup, type Selector } from '../../shared/model/proximityGroup.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import type { Host } from '../../shared/model/host.ts';

/** Settings, hosts and managers for the tests of the what-if. */
export const vaults = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
] as const;

export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const createHost = (number: number, change: Partial<Host> = {}): Host => ({
  id: idOf(number),
  name: `host ${number}`,
  address: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
  port: 22,
  protocol: 'ssh',
  vaultId: vaults[number % 2]!,
  tags: [],
  favourite: false,
  username: '',
  domain: '',
  settings: {},
  updatedAt: 1,
  ...change,
});

export const createManager = (id: string, change: Partial<SessionManager> = {}): SessionManager => ({
  id,
  name: id,
  address: '127.0.0.1',
  port: 4822,
  weight: 1,
  sessionLimit: null,
  intent: 'enabled',
  ...change,
});

export const createGroup = (
  id: string,
  priority: number,
  selectors: readonly Selector[],
  change: Partial<ProximityGroup> = {},
): ProximityGroup => ({
  id,
  name: id,
  priority,
  selectors: [...selectors],
  managerIds: [],
  trust: { kind: 'authorities' },
  fallbackGroupId: null,
  ...change,
});

/** Settings with these groups and a Default group without managers. */
export const settingsOf = (
  groups: readonly ProximityGroup[],
  managers: readonly SessionManager[] = [],
): Settings => ({
  ...emptySettings,
  managers: [...managers],
  groups: groups.some(({ id }) => id === defaultGroupId) ? [...groups] : [...groups, ...emptySettings.groups],
});
