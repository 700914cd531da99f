import { defaultGroupId } from '../../shared/model/proximityGroup.ts';
import type { PoolDraft } from './poolDraft.ts';
import type { GroupDraft, ManagerDraft, SettingsDraft } from './settingsDraft.ts';

/** A step from one draft to the next; every one leaves what it isn't about as the same object. */
export type Edit = (draft: SettingsDraft) => SettingsDraft;

type Item = { readonly id: string };

function changeItem<T extends Item>(items: readonly T[], id: string, part: Partial<T>): readonly T[] {
  return items.map((item) => (item.id === id ? { ...item, ...part } : item));
}

const insertAt = <T>(items: readonly T[], index: number, item: T): readonly T[] =>
  items.toSpliced(index, 0, item);
const isMovable = ({ id }: Item) => id !== defaultGroupId;

export const changeGroup =
  (id: string, part: Partial<GroupDraft>): Edit =>
  (draft) => ({ ...draft, groups: changeItem(draft.groups, id, part) });

export const changeManager =
  (id: string, part: Partial<ManagerDraft>): Edit =>
  (draft) => ({ ...draft, managers: changeItem(draft.managers, id, part) });

/** Moves a group to a place in the list, counted from 0. The Default group stays last. */
export const moveGroup =
  (id: string, to: number): Edit =>
  (draft) => {
    const from = draft.groups.findIndex((group) => group.id === id);
    const group = draft.groups[from];
    const last = draft.groups.filter(isMovable).length - 1;
    const target = Math.min(last, Math.max(0, to));
    if (group === undefined || !isMovable(group) || target === from) return draft;
    return { ...draft, groups: insertAt(draft.groups.toSpliced(from, 1), target, group) };
  };

/** A new group, the last before the Default group; it trusts as that does. */
export const addGroup =
  (id: string, name: string): Edit =>
  (draft) => {
    const end = draft.groups.findIndex((group) => !isMovable(group));
    const trust = draft.groups[end]?.trust ?? { kind: 'public', certificatesPem: '', pins: '' };
    const selectors = [{ key: 'first', vaultIds: [], addresses: '', domains: '' }];
    const group = {
      id,
      name,
      priority: undefined,
      selectors,
      managerIds: [],
      trust,
      fallbackGroupId: null,
      poolId: null,
    };
    return { ...draft, groups: insertAt(draft.groups, end, group) };
  };

/** A copy of a group, right after it; one of the Default group comes before it. */
export const duplicateGroup =
  (id: string, copyId: string): Edit =>
  (draft) => {
    const at = draft.groups.findIndex((group) => group.id === id);
    const group = draft.groups[at];
    if (group === undefined) return draft;
    const copy = { ...group, id: copyId, name: `${group.name} (copy)`.slice(0, 100), priority: undefined };
    return { ...draft, groups: insertAt(draft.groups, isMovable(group) ? at + 1 : at, copy) };
  };

/** Removes a group, and every fallback to it. `undo` brings both back, whatever was edited since. */
export function removeGroup(draft: SettingsDraft, id: string): { draft: SettingsDraft; undo: Edit } {
  const at = draft.groups.findIndex((group) => group.id === id);
  const group = draft.groups[at];
  if (group === undefined || !isMovable(group)) return { draft, undo: (next) => next };
  const pointing = draft.groups
    .filter(({ fallbackGroupId }) => fallbackGroupId === id)
    .map((other) => other.id);
  const setFallback = (groups: readonly GroupDraft[], from: string | null, to: string | null) =>
    groups.map((other) =>
      pointing.includes(other.id) && other.fallbackGroupId === from
        ? { ...other, fallbackGroupId: to }
        : other,
    );
  return {
    draft: { ...draft, groups: setFallback(draft.groups.toSpliced(at, 1), id, null) },
    undo: (next) => ({
      ...next,
      groups: insertAt(setFallback(next.groups, null, id), Math.min(at, next.groups.length - 1), group),
    }),
  };
}

export const addManager =
  (manager: ManagerDraft, groupIds: readonly string[]): Edit =>
  (draft) =>
    serveGroups(manager.id, groupIds)({ ...draft, managers: [...draft.managers, manager] });

/** Makes the manager serve exactly these groups. */
export const serveGroups =
  (managerId: string, groupIds: readonly string[]): Edit =>
  (draft) => ({
    ...draft,
    groups: draft.groups.map((group) => {
      const serves = group.managerIds.includes(managerId);
      if (serves === groupIds.includes(group.id)) return group;
      const managerIds = serves
        ? group.managerIds.filter((id) => id !== managerId)
        : [...group.managerIds, managerId];
      return { ...group, managerIds };
    }),
  });

export const groupsServedBy = (draft: SettingsDraft, managerId: string): readonly GroupDraft[] =>
  draft.groups.filter((group) => group.managerIds.includes(managerId));

/** Removes a manager also from its groups. `undo` brings it back to those of them that are still there. */
export function removeManager(draft: SettingsDraft, id: string): { draft: SettingsDraft; undo: Edit } {
  const at = draft.managers.findIndex((manager) => manager.id === id);
  const manager = draft.managers[at];
  if (manager === undefined) return { draft, undo: (next) => next };
  const groupIds = groupsServedBy(draft, id).map((group) => group.id);
  const without = { ...draft, managers: draft.managers.toSpliced(at, 1) };
  return {
    draft: serveGroups(id, [])(without),
    undo: (next) => serveGroups(id, groupIds)({ ...next, managers: insertAt(next.managers, at, manager) }),
  };
}

export const addPool =
  (pool: PoolDraft): Edit =>
  (draft) => ({ ...draft, pools: [...draft.pools, pool] });

export const changePool =
  (id: string, part: Partial<PoolDraft>): Edit =>
  (draft) => ({ ...draft, pools: changeItem(draft.pools, id, part) });

/** Moves a pool to a place in the list, counted from 0. */
export const movePool =
  (id: string, to: number): Edit =>
  (draft) => {
    const from = draft.pools.findIndex((pool) => pool.id === id);
    const pool = draft.pools[from];
    if (pool === undefined || to === from || to < 0 || to >= draft.pools.length) return draft;
    return { ...draft, pools: insertAt(draft.pools.toSpliced(from, 1), to, pool) };
  };

/** Removes pools, also from the groups that named them. `undo` brings both back where nothing stands in their place. */
export function removePools(
  draft: SettingsDraft,
  ids: readonly string[],
): { draft: SettingsDraft; undo: Edit } {
  const removed = draft.pools.map((pool, at) => ({ pool, at })).filter(({ pool }) => ids.includes(pool.id));
  const named = new Map(
    draft.groups
      .filter(({ poolId }) => poolId !== null && ids.includes(poolId))
      .map((group) => [group.id, group.poolId]),
  );
  const setPools = (groups: readonly GroupDraft[], poolOf: (group: GroupDraft) => string | null) =>
    groups.map((group) => (named.has(group.id) ? { ...group, poolId: poolOf(group) } : group));
  return {
    draft: {
      ...draft,
      pools: draft.pools.filter(({ id }) => !ids.includes(id)),
      groups: setPools(draft.groups, () => null),
    },
    undo: (next) => {
      const missing = removed.filter(({ pool }) => next.pools.every(({ id }) => id !== pool.id));
      return {
        ...next,
        pools: missing.reduce((pools, { pool, at }) => insertAt(pools, at, pool), next.pools),
        groups: setPools(next.groups, (group) => group.poolId ?? named.get(group.id) ?? null),
      };
    },
  };
}
