import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { type LockablePath, policySchema } from '../../shared/model/policy.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { describeIssue } from './describeIssue.ts';

const defaultPolicyPath = '/etc/proxima/policy.json';

/** The part of the machine's policy file that can be used. */
export interface MachinePolicy {
  readonly path: string;
  readonly managedBy: string;
  /** The settings that it decides. */
  readonly values: Partial<Pick<Settings, LockablePath>>;
  /** What in it can't be used, and why; a clause each. */
  readonly ignored: readonly string[];
}

/** The settings as they apply under a policy. */
export interface GovernedSettings {
  readonly settings: Settings;
  readonly locked: readonly { readonly path: LockablePath; readonly managedBy: string }[];
  /** What of the policy wasn't used, and why; a clause each. */
  readonly ignored: readonly string[];
}

/** Reads the policy of this machine. There is none where there is no file; what can't be understood is in `ignored`. */
export async function readPolicy(path = defaultPolicyPath): Promise<MachinePolicy> {
  const nothing = { path, managedBy: '', values: {} };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { ...nothing, ignored: code === 'ENOENT' ? [] : [`all of it: it can't be read (${message})`] };
  }
  try {
    return parsePolicy(path, JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    return { ...nothing, ignored: [`all of it: it is not JSON (${(error as SyntaxError).message})`] };
  }
}

/** Takes each setting, and of the lists each entry, for itself: one that is wrong doesn't unlock the rest. */
function parsePolicy(path: string, content: unknown): MachinePolicy {
  const fields = asObject(content);
  if (fields?.['version'] !== 1) {
    const reason = fields ? 'its version is not 1' : 'it is not an object';
    return { path, managedBy: '', values: {}, ignored: [`all of it: ${reason}`] };
  }
  const ignored: string[] = [];
  const { managedBy: managedByField, settings: settingsField } = policySchema.shape;
  const managedBy = managedByField.safeParse(fields['managedBy']);
  if (!managedBy.success) ignored.push(describeIssue(managedBy.error.issues[0], 'managedBy'));
  const settings = asObject(fields['settings']);
  if (settings === undefined) ignored.push('settings: it is not an object');
  const unknownNames = [
    ...Object.keys(fields).filter((name) => !Object.hasOwn(policySchema.shape, name)),
    ...Object.keys(settings ?? {}).filter((name) => !Object.hasOwn(settingsField.shape, name)),
  ];
  ignored.push(...unknownNames.map((name) => `${name}: there is no such field`));

  const { managers, groups, queueTimeoutMs } = settingsSchema.shape;
  const values: { -readonly [Path in LockablePath]?: Settings[Path] } = {};
  const given = (name: LockablePath) => settings !== undefined && Object.hasOwn(settings, name);
  if (given('managers')) {
    const entries = parseEntries(settings?.['managers'], managers.element, 'managers', ['id'], ignored);
    if (entries) values.managers = entries;
  }
  if (given('groups')) {
    const entries = parseEntries(settings?.['groups'], groups.element, 'groups', ['id', 'priority'], ignored);
    if (entries) values.groups = entries;
  }
  if (given('queueTimeoutMs')) {
    const parsed = queueTimeoutMs.unwrap().safeParse(settings?.['queueTimeoutMs']);
    if (parsed.success) values.queueTimeoutMs = parsed.data;
    else ignored.push(describeIssue(parsed.error.issues[0], 'queueTimeoutMs'));
  }
  return { path, managedBy: managedBy.data ?? `the policy in ${path}`, values, ignored };
}

/** The good entries of a list; `undefined` where none of what is in it is good. */
function parseEntries<T extends object>(
  list: unknown,
  schema: z.ZodType<T>,
  name: LockablePath,
  uniqueFields: readonly (keyof T & string)[],
  ignored: string[],
): T[] | undefined {
  if (!Array.isArray(list)) {
    ignored.push(`${name}: it is not a list`);
    return undefined;
  }
  const good: T[] = [];
  list.forEach((entry: unknown, index) => {
    const parsed = schema.safeParse(entry);
    if (!parsed.success) {
      ignored.push(describeIssue(parsed.error.issues[0], name, index));
      return;
    }
    const { data } = parsed;
    const repeated = uniqueFields.find((field) => good.some((other) => other[field] === data[field]));
    if (repeated === undefined) good.push(data);
    else ignored.push(`${name}, entry ${index + 1}: an earlier one has the same ${repeated}`);
  });
  return good.length > 0 || list.length === 0 ? good : undefined;
}

/**
 * Puts the policy's values over the settings. The outcome always fits `settingsSchema`: references into the void are left out, and
 * a Default group is there. A policy that is partly wrong and would leave the Default group without the managers that the settings
 * give it isn't used at all.
 */
export function applyPolicy(policy: MachinePolicy, settings: Settings): GovernedSettings {
  const { values, managedBy } = policy;
  const paths = Object.keys(values) as LockablePath[];
  const ignored = [...policy.ignored];
  if (paths.length === 0) return { settings, locked: [], ignored };

  const managers = values.managers ?? settings.managers;
  const groups = dropDanglingReferences(
    withDefaultGroup(values.groups, settings.groups, ignored),
    new Set(managers.map(({ id }) => id)),
    values.groups ? ignored : [],
  );
  const governed = { ...settings, ...values, managers, groups };
  const isSpoilt = ignored.length > 0 && hasDefaultManager(settings) && !hasDefaultManager(governed);
  if (isSpoilt || !settingsSchema.safeParse(governed).success) {
    return {
      settings,
      locked: [],
      ignored: [...ignored, 'all the rest: it would leave the Default group without a session manager'],
    };
  }
  return { settings: governed, locked: paths.map((path) => ({ path, managedBy })), ignored };
}

function withDefaultGroup(
  ofPolicy: readonly ProximityGroup[] | undefined,
  ofSettings: readonly ProximityGroup[],
  ignored: string[],
): readonly ProximityGroup[] {
  if (!ofPolicy) return ofSettings;
  if (ofPolicy.some(({ id }) => id === defaultGroupId)) return ofPolicy;
  ignored.push('groups: the Default group is not among them, so that of the settings is used');
  const fallback = ofSettings.find(({ id }) => id === defaultGroupId)!;
  const priority = Math.max(fallback.priority, ...ofPolicy.map((group) => group.priority + 1));
  return [...ofPolicy, { ...fallback, priority }];
}

function dropDanglingReferences(
  groups: readonly ProximityGroup[],
  managerIds: ReadonlySet<string>,
  ignored: string[],
): ProximityGroup[] {
  const groupIds = new Set(groups.map(({ id }) => id));
  return groups.map((group) => {
    const unknown = group.managerIds.filter((id) => !managerIds.has(id));
    const { fallbackGroupId } = group;
    const lostFallback = fallbackGroupId !== null && !groupIds.has(fallbackGroupId);
    for (const id of unknown) ignored.push(`groups, “${group.name}”: no manager has the id ${id}`);
    if (lostFallback) ignored.push(`groups, “${group.name}”: no group has the id ${fallbackGroupId}`);
    if (unknown.length === 0 && !lostFallback) return group;
    return {
      ...group,
      managerIds: group.managerIds.filter((id) => managerIds.has(id)),
      fallbackGroupId: lostFallback ? null : fallbackGroupId,
    };
  });
}

const hasDefaultManager = ({ groups }: Settings): boolean =>
  groups.some(({ id, managerIds }) => id === defaultGroupId && managerIds.length > 0);

/** The locked settings that `next` would change. */
export function findLockedChanges(governed: GovernedSettings, next: Settings): readonly LockablePath[] {
  return governed.locked
    .map(({ path }) => path)
    .filter((path) => !isDeepStrictEqual(governed.settings[path], next[path]));
}

const asObject = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
