import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import {
  type LockablePath,
  permitsTrust,
  type PolicyDocument,
  policySchema,
  type Restrictions,
  type UpdatePolicy,
} from '../../shared/model/policy.ts';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import { defaultGroupId, type ProximityGroup } from '../../shared/model/proximityGroup.ts';
import { type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { describeIssue } from './describeIssue.ts';

/** The part of the machine's policy that can be used. */
export interface MachinePolicy {
  /** Where it was found, for a sentence. */
  readonly path: string;
  readonly managedBy: string;
  /** The settings that it decides. */
  readonly values: Partial<Pick<Settings, LockablePath>>;
  /** What it forbids. What can't be understood of it forbids the most. */
  readonly restrictions?: Restrictions;
  /** What it decides about updates. Where any of that can't be understood, there are none. */
  readonly updates?: UpdatePolicy;
  /** The farm that the desktop app has to use. */
  readonly farm?: { readonly farm: FarmChoice; readonly managedBy: string };
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

type RestrictionValues = Omit<Restrictions, 'managedBy'>;

const strictest: Required<RestrictionValues> = {
  plainAllowed: false,
  clipboard: 'none',
  fileTransfer: false,
  storeSecrets: false,
};
const noUpdates: UpdatePolicy = { enabled: false };
const sections = ['settings', 'restrictions', 'farm', 'updates'] as const;

/**
 * The policy of this machine, put together of what was found, strongest first: a field counts as its strongest document has it. Of
 * the settings each entry is taken for itself, so that one that is wrong doesn't unlock the rest. A restriction that is wrong holds
 * at its strictest; where a whole document can't be read, nobody knows what it restricts, and all of them do.
 */
export function parsePolicy(documents: readonly PolicyDocument[]): MachinePolicy {
  const ignored: string[] = [];
  const readable = documents.flatMap((document) => {
    const problem = findProblem(document);
    if (problem === undefined) return 'content' in document ? [asObject(document.content) ?? {}] : [];
    const where = documents.length > 1 ? `${document.where}, ` : '';
    ignored.push(`${where}all of it: ${problem}; whatever it may restrict is restricted`);
    return [];
  });
  const path = documents.map(({ where }) => where).join(' and ');
  const isBlind = readable.length < documents.length;
  const fields = mergeFields(readable);
  const managedBy = readable.length === 0 ? `the policy in ${path}` : parseManagedBy(fields, path, ignored);
  const unknown = Object.keys(fields).filter((name) => !Object.hasOwn(policySchema.shape, name));
  ignored.push(...unknown.map((name) => `${name}: there is no such field`));

  const values = parseSettings(fields['settings'], ignored);
  const restrictions = { ...parseRestrictions(fields['restrictions'], ignored), ...(isBlind && strictest) };
  const updates = isBlind ? noUpdates : parseUpdates(fields['updates'], ignored);
  const farm = parseFarm(fields['farm'], ignored);
  const telemetry = policySchema.shape.telemetry.safeParse(fields['telemetry']);
  if (!telemetry.success) ignored.push('telemetry: there is none that could be turned on');
  return {
    path,
    managedBy,
    values,
    ...(Object.keys(restrictions).length > 0 && { restrictions: { managedBy, ...restrictions } }),
    ...(updates && { updates }),
    ...(farm && { farm: { farm, managedBy } }),
    ignored,
  };
}

function findProblem(document: PolicyDocument): string | undefined {
  if ('problem' in document) return document.problem;
  const fields = asObject(document.content);
  if (fields === undefined) return 'it is not an object';
  return fields['version'] === 1 ? undefined : 'its version is not 1';
}

function mergeFields(documents: readonly Record<string, unknown>[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const document of documents.toReversed()) {
    for (const [name, value] of Object.entries(document)) {
      const [below, above] = [asObject(merged[name]), asObject(value)];
      const isSection = (sections as readonly string[]).includes(name);
      merged[name] = isSection && below && above ? { ...below, ...above } : value;
    }
  }
  return merged;
}

function parseManagedBy(fields: Record<string, unknown>, path: string, ignored: string[]): string {
  const parsed = policySchema.shape.managedBy.safeParse(fields['managedBy']);
  if (!parsed.success) ignored.push(describeIssue(parsed.error.issues[0], 'managedBy'));
  return parsed.data ?? `the policy in ${path}`;
}

/** The fields of a section; its unknown ones are told. `undefined` where it isn't given, `wrong` where it is no object. */
function openSection(
  value: unknown,
  name: (typeof sections)[number],
  ignored: string[],
): Record<string, unknown> | 'wrong' | undefined {
  if (value === undefined) return undefined;
  const section = asObject(value);
  if (section === undefined) {
    ignored.push(`${name}: it is not an object`);
    return 'wrong';
  }
  const known = policySchema.shape[name].unwrap().shape;
  const unknown = Object.keys(section).filter((field) => !Object.hasOwn(known, field));
  ignored.push(...unknown.map((field) => `${name}, ${field}: there is no such field`));
  return section;
}

function parseSettings(value: unknown, ignored: string[]): MachinePolicy['values'] {
  const settings = openSection(value, 'settings', ignored);
  if (settings === undefined || settings === 'wrong') return {};
  const { managers, groups, queueTimeoutMs, usesLocalManager } = settingsSchema.shape;
  const values: { -readonly [Path in LockablePath]?: Settings[Path] } = {};
  const given = (name: LockablePath) => Object.hasOwn(settings, name);
  if (given('managers')) {
    const entries = parseEntries(settings['managers'], managers.element, 'managers', ['id'], ignored);
    if (entries) values.managers = entries;
  }
  if (given('groups')) {
    const entries = parseEntries(settings['groups'], groups.element, 'groups', ['id', 'priority'], ignored);
    if (entries) values.groups = entries;
  }
  if (given('queueTimeoutMs')) {
    const parsed = queueTimeoutMs.unwrap().safeParse(settings['queueTimeoutMs']);
    if (parsed.success) values.queueTimeoutMs = parsed.data;
    else ignored.push(describeIssue(parsed.error.issues[0], 'queueTimeoutMs'));
  }
  if (given('usesLocalManager')) {
    const parsed = usesLocalManager.unwrap().safeParse(settings['usesLocalManager']);
    if (parsed.success) values.usesLocalManager = parsed.data;
    else ignored.push(describeIssue(parsed.error.issues[0], 'usesLocalManager'));
  }
  return values;
}

function parseRestrictions(value: unknown, ignored: string[]): RestrictionValues {
  const section = openSection(value, 'restrictions', ignored);
  if (section === undefined) return {};
  if (section === 'wrong') return strictest;
  const { shape } = policySchema.shape.restrictions.unwrap();
  const given = (Object.keys(shape) as (keyof RestrictionValues)[]).filter((name) =>
    Object.hasOwn(section, name),
  );
  return Object.fromEntries(
    given.map((name) => {
      const parsed = shape[name].safeParse(section[name]);
      if (parsed.success) return [name, parsed.data];
      ignored.push(`${describeIssue(parsed.error.issues[0], 'restrictions', name)}; the strictest is taken`);
      return [name, strictest[name]];
    }),
  );
}

function parseUpdates(value: unknown, ignored: string[]): UpdatePolicy | undefined {
  const section = openSection(value, 'updates', ignored);
  if (section === undefined) return undefined;
  const { shape } = policySchema.shape.updates.unwrap();
  const known = Object.fromEntries(
    section === 'wrong' ? [] : Object.entries(section).filter(([name]) => Object.hasOwn(shape, name)),
  );
  const parsed = policySchema.shape.updates.safeParse(known);
  if (parsed.success && section !== 'wrong') return parsed.data;
  if (parsed.error)
    ignored.push(`${describeIssue(parsed.error.issues[0], 'updates')}; Proxima is not updated until then`);
  return noUpdates;
}

/** Where any of it can't be understood the app has no farm by policy, and says so. */
function parseFarm(value: unknown, ignored: string[]): FarmChoice | undefined {
  if (value === undefined) return undefined;
  const parsed = policySchema.shape.farm.safeParse(value);
  if (!parsed.success || !parsed.data) {
    ignored.push(`${describeIssue(parsed.error?.issues[0], 'farm')}; no farm is used by policy until then`);
    return undefined;
  }
  const { address, authoritiesPem, pins } = parsed.data;
  if (pins) return { address, verification: { kind: 'pins', pins } };
  if (authoritiesPem === undefined) return { address, verification: { kind: 'system' } };
  return { address, verification: { kind: 'authorities', certificatesPem: authoritiesPem } };
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

/** The names of groups that a save would leave with connections that the policy forbids. */
export function findForbiddenGroups(
  { restrictions, values }: MachinePolicy,
  next: Settings,
): readonly string[] {
  // Groups that the policy itself decides can't be mended by whoever saves.
  if (values.groups) return [];
  return next.groups.filter(({ trust }) => !permitsTrust(restrictions, trust)).map(({ name }) => name);
}

const asObject = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
