import type { Notice } from '../../shared/contract/contract.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { emptySettings, type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { describeChanges } from '../../shared/model/settingsChanges.ts';
import { describeIssue } from './describeIssue.ts';
import {
  applyPolicy,
  findForbiddenGroups,
  findLockedChanges,
  type GovernedSettings,
  type MachinePolicy,
} from './policy.ts';

/** Fails with `input_invalid`, `settings_locked` or `policy_forbids`. */
export function checkSave(
  policy: MachinePolicy,
  governed: GovernedSettings,
  settings: Settings,
): Result<Settings> {
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success) return fail('input_invalid', describeIssue(parsed.error.issues[0]));
  const lockedChanges = findLockedChanges(governed, parsed.data);
  if (lockedChanges.length > 0)
    return fail('settings_locked', `${lockedChanges.join(', ')}: managed by ${policy.managedBy}`);
  const forbidden = findForbiddenGroups(policy, parsed.data).map((name) => `“${name}”`);
  if (forbidden.length > 0)
    return fail(
      'policy_forbids',
      `connections that are not encrypted and verified, in ${forbidden.join(', ')}: managed by ${policy.managedBy}`,
    );
  return succeed(parsed.data);
}

/** What was changed after revision `base`, whose settings are `known` where they are kept. */
export function describeTheirs(
  policy: MachinePolicy,
  governed: GovernedSettings,
  base: number,
  known: Settings | undefined,
): readonly string[] {
  const before = base === 0 ? emptySettings : known;
  return before
    ? describeChanges(applyPolicy(policy, before).settings, governed.settings)
    : [`the settings were changed after revision ${base}, which is not kept any more`];
}

/** What the person has to know about a policy that can't be used as it is; nothing where it can. */
export function describeIgnored(
  policy: MachinePolicy,
  ignored: readonly string[],
  now: number,
): readonly Notice[] {
  if (ignored.length === 0) return [];
  return [
    {
      id: `policy-${now}`,
      title: 'A part of the policy of this machine can not be used',
      text: `In ${policy.path}: ${ignored.join('; ')}. Everything else holds. Tell whoever manages this machine.`,
    },
  ];
}
