import type { Restrictions } from '../../../../shared/model/policy.ts';

const clipboardWords: Readonly<Record<NonNullable<Restrictions['clipboard']>, string | undefined>> = {
  both: undefined,
  'to-host': 'text is pasted to hosts, but not copied from them',
  'from-host': 'text is copied from hosts, but not pasted to them',
  none: 'no text goes between this computer and hosts',
};

const list = new Intl.ListFormat('en');

/** What a policy takes away, as one clause; empty where it takes nothing away. */
export function tellRestrictions({
  plainAllowed,
  clipboard = 'both',
  fileTransfer,
  storeSecrets,
}: Omit<Restrictions, 'managedBy'>): string {
  const parts = [
    plainAllowed === false && 'session managers are reached encrypted and verified only',
    clipboardWords[clipboard],
    fileTransfer === false && 'no files go between this computer and hosts',
    storeSecrets === false && 'passwords and keys are asked for each time, and never stored',
  ].filter((part) => typeof part === 'string');
  return list.format(parts);
}
