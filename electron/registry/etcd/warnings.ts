/** What is known of a member and its cluster. */
export interface MemberFacts {
  readonly version: string;
  readonly isSecured: boolean;
  /** Whether nobody's rights are checked, where that is known. */
  readonly isOpenToAll: boolean | undefined;
  readonly votingMembers: number | undefined;
  readonly databaseBytes: number;
  readonly quotaBytes: number | undefined;
}

/** The first patch of each line without the faults in watches, leases and permissions that the registry would meet. */
const soundPatches: ReadonlyMap<string, number> = new Map([
  ['3.5', 33],
  ['3.6', 14],
  ['3.7', 1],
]);
/** Lines before this one get no fixes any more; 3.4 since June 2026. */
const oldestMaintained = [3, 5] as const;
/** etcd's own quota where none is set (`--quota-backend-bytes`). */
const defaultQuotaBytes = 2 * 1024 ** 3;
const nearlyFull = 0.8;

/** Sentences for administrators: what they should know though the member works. */
export function warnOf(facts: MemberFacts): string[] {
  const { isSecured, isOpenToAll, votingMembers } = facts;
  return [
    warnOfRelease(facts.version),
    isSecured ? undefined : 'The connection is not encrypted: whoever is on the way can read and change it.',
    isOpenToAll === true
      ? 'It checks nobody’s rights: whoever reaches it may change everything. “registry init” sets roles up.'
      : undefined,
    votingMembers !== undefined && votingMembers % 2 === 0
      ? `The cluster has ${votingMembers} members: it bears the loss of no more than ${votingMembers - 1} would. Take an odd number.`
      : undefined,
    warnOfSize(facts),
  ].filter((warning) => warning !== undefined);
}

function warnOfRelease(version: string): string | undefined {
  const [, major = '', minor = '', patch = ''] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === '') return undefined;
  const line = `${major}.${minor}`;
  const [oldestMajor, oldestMinor] = oldestMaintained;
  if (Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor))
    return `etcd ${line} gets no fixes any more. Take 3.5.33, 3.6.14, 3.7.1 or newer.`;
  const sound = soundPatches.get(line);
  return sound !== undefined && Number(patch) < sound
    ? `etcd ${version} has known faults in watches and permissions; ${line}.${sound} has not.`
    : undefined;
}

function warnOfSize({ databaseBytes, quotaBytes = defaultQuotaBytes }: MemberFacts): string | undefined {
  if (databaseBytes < quotaBytes * nearlyFull) return undefined;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;
  return `Its database has ${megabytes(databaseBytes)} of the ${megabytes(quotaBytes)} that it may take: let it compact by itself, and defragment it.`;
}
