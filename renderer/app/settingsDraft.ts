import type { Access } from '../../shared/model/access.ts';
import { defaultGroupId, proximityGroupSchema } from '../../shared/model/proximityGroup.ts';
import type { ProximityGroup, Selector, Trust } from '../../shared/model/proximityGroup.ts';
import { sessionManagerSchema } from '../../shared/model/sessionManager.ts';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Settings } from '../../shared/model/settings.ts';
import { capitalise, problemInPem, remember } from './checkedDraft.ts';
import type { Checked, FieldErrors } from './checkedDraft.ts';
import { checkPool, draftOfPool } from './poolDraft.ts';
import type { PoolDraft } from './poolDraft.ts';
import { prioritiesInOrder } from './priorities.ts';
import { entriesOf, problemInAddresses, problemInDomains, textOf } from './selectorText.ts';

/** A manager as it is typed; what is wrong stays, for the error to name it. */
export interface ManagerDraft {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly port: number | null;
  readonly serverName: string;
  readonly weight: number | null;
  /** `null` for no limit. */
  readonly sessionLimit: number | null;
  readonly intent: SessionManager['intent'];
}

export interface SelectorDraft {
  /** Tells it from the others of its group; of no meaning. */
  readonly key: string;
  readonly vaultIds: readonly string[];
  /** One entry a line. */
  readonly addresses: string;
  readonly domains: string;
}

/** `public` are the authorities that Node.js ships. What was typed for another kind is kept until the draft is saved. */
export interface TrustDraft {
  readonly kind: 'public' | 'authorities' | 'pins' | 'unverified' | 'plain';
  readonly certificatesPem: string;
  readonly pins: string;
}

export interface GroupDraft {
  readonly id: string;
  readonly name: string;
  /** As saved; a new group has none. What counts is the order of the list. */
  readonly priority: number | undefined;
  readonly selectors: readonly SelectorDraft[];
  readonly managerIds: readonly string[];
  readonly trust: TrustDraft;
  readonly fallbackGroupId: string | null;
  /** `null` for the first pool. */
  readonly poolId: string | null;
}

/** Settings while they are edited. Groups are in their order, the Default group last. */
export interface SettingsDraft {
  readonly managers: readonly ManagerDraft[];
  readonly groups: readonly GroupDraft[];
  readonly queueTimeoutSeconds: number | null;
  readonly usesLocalManager: boolean;
  /** In the order of their use; none where this machine counts its own sessions. */
  readonly pools: readonly PoolDraft[];
  /** Its parts are edited in dialogs, which let only right ones through. */
  readonly access: Access;
}

const isDefault = ({ id }: { readonly id: string }) => id === defaultGroupId;

export function draftOf(settings: Settings): SettingsDraft {
  const inOrder = settings.groups.toSorted(
    (a, b) => Number(isDefault(a)) - Number(isDefault(b)) || a.priority - b.priority,
  );
  return {
    managers: settings.managers.map((manager) => ({ ...manager, serverName: manager.serverName ?? '' })),
    groups: inOrder.map((group) => ({
      id: group.id,
      name: group.name,
      priority: group.priority,
      selectors: group.selectors.map(({ vaultIds, addresses, domains }, index) => ({
        key: String(index),
        vaultIds: vaultIds ?? [],
        addresses: textOf(addresses),
        domains: textOf(domains),
      })),
      managerIds: group.managerIds,
      trust: draftOfTrust(group.trust),
      fallbackGroupId: group.fallbackGroupId,
      poolId: group.poolId ?? null,
    })),
    queueTimeoutSeconds: settings.queueTimeoutMs / 1000,
    usesLocalManager: settings.usesLocalManager,
    pools: settings.pools.map(draftOfPool),
    access: settings.access,
  };
}

function draftOfTrust(trust: Trust): TrustDraft {
  const empty = { certificatesPem: '', pins: '' };
  if (trust.kind === 'pins') return { ...empty, kind: 'pins', pins: textOf(trust.pins) };
  if (trust.kind !== 'authorities') return { ...empty, kind: trust.kind };
  const { certificatesPem } = trust;
  return certificatesPem === undefined
    ? { ...empty, kind: 'public' }
    : { ...empty, kind: 'authorities', certificatesPem };
}

const managerWords: FieldErrors = {
  name: 'Enter a name of up to 100 characters.',
  port: 'A port is a whole number from 1 to 65535.',
  serverName: 'A server name has at most 253 characters.',
  weight: 'A weight is more than 0 and at most 1000.',
  sessionLimit: 'A limit is a whole number of 1 or more. Leave it empty for none.',
};

/** Fields: name, address, port, serverName, weight, sessionLimit. */
export const checkManager = remember((manager: ManagerDraft): Checked<SessionManager> => {
  const { serverName, ...rest } = manager;
  const parsed = sessionManagerSchema.safeParse({
    ...rest,
    ...(serverName.trim() !== '' && { serverName: serverName.trim() }),
  });
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error?.issues ?? []) {
    const field = String(path[0]);
    errors[field] ??= managerWords[field] ?? `${capitalise(message)}.`;
  }
  return { value: parsed.data, errors };
});

/** Fields: name, certificatesPem, pins; selector:KEY, selector:KEY:addresses, selector:KEY:domains. */
export const checkGroup = remember((group: GroupDraft): Checked<ProximityGroup> => {
  const errors: Record<string, string> = {};
  const note = (field: string, problem: string | undefined) => {
    if (problem !== undefined) errors[field] = problem;
  };
  if (!proximityGroupSchema.shape.name.safeParse(group.name).success)
    errors['name'] = 'Enter a name of up to 100 characters.';
  for (const { key, vaultIds, addresses, domains } of group.selectors) {
    note(`selector:${key}:addresses`, problemInAddresses(addresses));
    note(`selector:${key}:domains`, problemInDomains(domains));
    if (vaultIds.length + entriesOf(addresses).length + entriesOf(domains).length === 0)
      errors[`selector:${key}`] = 'Name a vault, an address or a domain, or remove this rule.';
  }
  const { trust } = group;
  if (trust.kind === 'authorities') note('certificatesPem', problemInPem(trust.certificatesPem));
  if (trust.kind === 'pins') note('pins', problemInPins(trust.pins));
  if (Object.keys(errors).length > 0) return { value: undefined, errors };

  const parsed = proximityGroupSchema.safeParse({
    id: group.id,
    name: group.name,
    priority: group.priority ?? 0,
    selectors: group.selectors.map(selectorOf),
    managerIds: group.managerIds,
    trust: trustOf(trust),
    fallbackGroupId: group.fallbackGroupId,
    ...(group.poolId !== null && { poolId: group.poolId }),
  });
  if (!parsed.success) errors['name'] = parsed.error.issues[0]?.message ?? 'This group can not be saved.';
  return { value: parsed.data, errors };
});

function selectorOf({ vaultIds, addresses, domains }: SelectorDraft): Selector {
  return {
    ...(vaultIds.length > 0 && { vaultIds: [...vaultIds] }),
    ...(entriesOf(addresses).length > 0 && { addresses: [...entriesOf(addresses)] }),
    ...(entriesOf(domains).length > 0 && { domains: [...entriesOf(domains)] }),
  };
}

function trustOf({ kind, certificatesPem, pins }: TrustDraft): Trust {
  if (kind === 'public') return { kind: 'authorities' };
  if (kind === 'authorities') return { kind, certificatesPem };
  return kind === 'pins' ? { kind, pins: [...entriesOf(pins)] } : { kind };
}

function problemInPins(text: string): string | undefined {
  const pins = entriesOf(text);
  if (pins.length === 0) return 'Enter the pin of at least one key.';
  const wrong = pins.find((pin) => !/^[A-Za-z0-9+/]{43}=$/.test(pin));
  return wrong && `“${wrong}” is not a pin: 44 characters of Base64 that end in “=”.`;
}

/** Everything that is wrong in a draft, and the settings that it stands for once nothing is. */
export interface CheckedDraft {
  readonly settings: Settings | undefined;
  readonly queueTimeoutError: string | undefined;
  /** Where something is wrong: managers, groups and pools by their ids. */
  readonly wrongManagers: readonly string[];
  readonly wrongGroups: readonly string[];
  readonly wrongPools: readonly string[];
  /** How many fields have to be corrected. */
  readonly problems: number;
}

const longestQueueSeconds = 600;

export const checkDraft = remember((draft: SettingsDraft): CheckedDraft => {
  const managers = draft.managers.map(checkManager);
  const groups = draft.groups.map(checkGroup);
  const pools = draft.pools.map(checkPool);
  const queueTimeoutMs = Math.round((draft.queueTimeoutSeconds ?? NaN) * 1000);
  const isQueueRight = queueTimeoutMs >= 0 && queueTimeoutMs <= longestQueueSeconds * 1000;
  const queueTimeoutError = isQueueRight
    ? undefined
    : `A number of seconds from 0 to ${longestQueueSeconds}.`;
  const wrongIn = (items: readonly { readonly id: string }[], checks: readonly Checked<unknown>[]) =>
    items.filter((_, index) => checks[index]?.value === undefined).map(({ id }) => id);
  const problems = [...managers, ...groups, ...pools].reduce(
    (sum, { errors }) => sum + Object.keys(errors).length,
    0,
  );
  const values = { managers: valuesOf(managers), groups: valuesOf(groups), pools: valuesOf(pools) };
  return {
    settings: isQueueRight && problems === 0 ? settingsOf(values, queueTimeoutMs) : undefined,
    queueTimeoutError,
    wrongManagers: wrongIn(draft.managers, managers),
    wrongGroups: wrongIn(draft.groups, groups),
    wrongPools: wrongIn(draft.pools, pools),
    problems: problems + (isQueueRight ? 0 : 1),
  };

  function settingsOf(checked: typeof values, queueTimeout: number): Settings {
    const last = draft.groups.find(isDefault)?.priority ?? Infinity;
    const listed = draft.groups.filter((group) => !isDefault(group)).map(({ priority }) => priority);
    const priorities = prioritiesInOrder(listed, last);
    return {
      version: 1,
      managers: [...checked.managers],
      groups: checked.groups.map((group, index) => ({
        ...group,
        priority: priorities[index] ?? Math.max(group.priority, (priorities.at(-1) ?? 0) + 1),
      })),
      queueTimeoutMs: queueTimeout,
      usesLocalManager: draft.usesLocalManager,
      pools: [...checked.pools],
      access: draft.access,
    };
  }
});

const valuesOf = <T>(checks: readonly Checked<T>[]): readonly T[] =>
  checks.map(({ value }) => value).filter((value) => value !== undefined);

const textBehind = remember((value: object): string => JSON.stringify(value));

/** Whether two states would be saved alike, whatever was typed in between. */
export function isSameState(one: SettingsDraft, other: SettingsDraft): boolean {
  if (one === other) return true;
  const a = checkDraft(one).settings;
  const b = checkDraft(other).settings;
  return a !== undefined && b !== undefined && textBehind(a) === textBehind(b);
}
