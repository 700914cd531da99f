import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import { rebaseRules } from './accessRebase.ts';
import type { GroupDraft, SettingsDraft } from './settingsDraft.ts';

export interface Rebased {
  readonly draft: SettingsDraft;
  /** What both changed, and differently, such as `group “Branch”: trust`; one's own won. */
  readonly overlaps: readonly string[];
}

type Item = { readonly id: string; readonly name: string };

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

const fieldWords: Readonly<Record<string, string>> = {
  selectors: 'rules',
  managerIds: 'managers',
  fallbackGroupId: 'fallback',
  serverName: 'server name',
  sessionLimit: 'session limit',
  intent: 'state',
  poolId: 'pool',
  endpoints: 'addresses',
  authoritiesPem: 'authorities',
  clientCertificate: 'client certificate',
  leaseSeconds: 'lease',
};

/** One's own changes since `base`, put on top of what others saved meanwhile: field by field, so that nothing of theirs is lost. */
export function rebaseDraft(base: SettingsDraft, mine: SettingsDraft, theirs: SettingsDraft): Rebased {
  const overlaps: string[] = [];
  const managers = mergeItems('manager', base.managers, mine.managers, theirs.managers, overlaps);
  const groups = mergeItems('group', base.groups, mine.groups, theirs.groups, overlaps);
  const pools = mergeItems('pool', base.pools, mine.pools, theirs.pools, overlaps);
  const [was, own, other] = [base.access, mine.access, theirs.access];
  const access = {
    providers: [...mergeItems('sign-in', was.providers, own.providers, other.providers, overlaps)],
    ...rebaseRules(was, own, other, overlaps),
  };
  const queueTimeoutSeconds = isSame(base.queueTimeoutSeconds, mine.queueTimeoutSeconds)
    ? theirs.queueTimeoutSeconds
    : mine.queueTimeoutSeconds;
  const usesLocalManager =
    base.usesLocalManager === mine.usesLocalManager ? theirs.usesLocalManager : mine.usesLocalManager;
  return {
    draft: {
      managers,
      groups: keepWhole(groups, managers, pools),
      queueTimeoutSeconds,
      usesLocalManager,
      pools,
      access,
    },
    overlaps,
  };
}

function mergeItems<T extends Item>(
  kind: string,
  base: readonly T[],
  mine: readonly T[],
  theirs: readonly T[],
  overlaps: string[],
): readonly T[] {
  const find = (items: readonly T[], id: string) => items.find((item) => item.id === id);
  const mergeItem = (id: string): T | undefined => {
    const was = find(base, id);
    const own = find(mine, id);
    const other = find(theirs, id);
    if (was === undefined) return own ?? other;
    const subject = `${kind} “${was.name}”`;
    if (own === undefined) {
      if (other !== undefined && !isSame(was, other)) overlaps.push(`${subject}: you removed it`);
      return undefined;
    }
    if (other === undefined) {
      if (isSame(was, own)) return undefined;
      overlaps.push(`${subject}: they removed it`);
      return own;
    }
    return mergeFields(subject, was, own, other, overlaps);
  };

  const commonOrder = (items: readonly T[], among: readonly T[]) =>
    items.filter(({ id }) => find(among, id) !== undefined).map(({ id }) => id);
  const isReordered = !isSame(commonOrder(mine, base), commonOrder(base, mine));
  const [leading, following] = isReordered ? [mine, theirs] : [theirs, mine];
  return insertMissing(
    leading.map(({ id }) => id),
    following.map(({ id }) => id),
  )
    .map(mergeItem)
    .filter((item) => item !== undefined);
}

/** The ids of `others` that `ids` lacks, each put behind the one that it follows there. */
function insertMissing(ids: readonly string[], others: readonly string[]): readonly string[] {
  const all = [...ids];
  others.forEach((id, index) => {
    if (all.includes(id)) return;
    const before = others[index - 1];
    all.splice(before === undefined ? 0 : all.indexOf(before) + 1, 0, id);
  });
  return all;
}

function mergeFields<T extends Item>(subject: string, was: T, own: T, other: T, overlaps: string[]): T {
  const merged = { ...other };
  for (const field of Object.keys(own) as (keyof T & string)[]) {
    if (isSame(was[field], own[field])) continue;
    // Priorities follow the order of the list.
    if (field !== 'priority' && !isSame(was[field], other[field]) && !isSame(own[field], other[field]))
      overlaps.push(`${subject}: ${fieldWords[field] ?? field}`);
    merged[field] = own[field];
  }
  return merged;
}

/** No group may name a manager, a fallback or a pool that is gone, and the Default group is last. */
function keepWhole(
  groups: readonly GroupDraft[],
  managers: readonly Item[],
  pools: readonly Item[],
): readonly GroupDraft[] {
  const managerIds = new Set(managers.map(({ id }) => id));
  const poolIds = new Set(pools.map(({ id }) => id));
  const groupIds = new Set(groups.map(({ id }) => id));
  return groups
    .map((group) => {
      const whole = {
        managerIds: group.managerIds.filter((id) => managerIds.has(id)),
        fallbackGroupId: keepKnown(group.fallbackGroupId, groupIds),
        poolId: keepKnown(group.poolId, poolIds),
      };
      const isWhole =
        whole.managerIds.length === group.managerIds.length &&
        whole.fallbackGroupId === group.fallbackGroupId &&
        whole.poolId === group.poolId;
      return isWhole ? group : { ...group, ...whole };
    })
    .sort((a, b) => Number(a.id === defaultGroupId) - Number(b.id === defaultGroupId));
}

const keepKnown = (id: string | null, known: ReadonlySet<string>) =>
  id !== null && known.has(id) ? id : null;
