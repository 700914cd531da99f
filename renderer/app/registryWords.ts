import { describeFailure } from '../../shared/contract/failure.ts';
import type { Failure, FailureCode } from '../../shared/contract/failure.ts';
import type { RegistryMember } from '../../shared/model/registryHealth.ts';
import { countOf, describeBytes } from './figures.ts';

/** From here on a database is worth a word: etcd stops taking changes when it is full. */
const nearlyFull = 0.8;

/** `12 MB of 2.1 GB`, as far as a member tells it. */
export function tellDatabase({ databaseBytes, quotaBytes }: RegistryMember): string | undefined {
  if (databaseBytes === undefined) return undefined;
  const size = describeBytes(databaseBytes);
  return quotaBytes === undefined ? size : `${size} of ${describeBytes(quotaBytes)}`;
}

export const isNearlyFull = ({ databaseBytes, quotaBytes }: RegistryMember): boolean =>
  databaseBytes !== undefined && quotaBytes !== undefined && databaseBytes / quotaBytes >= nearlyFull;

const alarmWords: Readonly<Record<string, string>> = {
  NOSPACE:
    'Its database is full (NOSPACE): it takes no changes until it is compacted and the alarm is disarmed.',
  CORRUPT: 'Its data is damaged (CORRUPT): replace this member by a new one.',
};

/** What an alarm means for whoever has to do something about it. */
export const tellAlarm = (alarm: string): string => alarmWords[alarm] ?? `It raises the alarm ${alarm}.`;

const withoutLeader = {
  what: 'This member answers, but has no leader: it can not reach most of the others.',
  safe: 'Sessions that run go on.',
  next: 'Check those, and the ports between them.',
};
const withoutAnswer = {
  what: 'This member does not answer.',
  safe: 'The cluster works as long as most of its members do.',
  next: 'Check its address and its port, and that etcd runs there.',
};

/** What the table says of a whole cluster, where it is but one member. */
const silent: ReadonlySet<FailureCode> = new Set(['registry_unavailable', 'registry_outcome_unknown']);

/** Why one member doesn't do, what is safe, and what to do next. */
export function tellMemberFailure({ code, detail }: Failure): string {
  const ofMember = detail?.includes('no leader') === true ? withoutLeader : withoutAnswer;
  const { what, safe, next } = silent.has(code) ? ofMember : describeFailure({ code });
  return `${what} ${safe} ${next}${detail === undefined ? '' : ` (${detail})`}`;
}

/** What every member that answers warns of, where there are several: said once. */
export function commonWarnings(members: readonly RegistryMember[]): readonly string[] {
  const [first, ...more] = members.filter(isAnswering);
  if (first === undefined || more.length === 0) return [];
  return first.warnings.filter((warning) => more.every(({ warnings }) => warnings.includes(warning)));
}

export const isAnswering = ({ failure }: RegistryMember): boolean => failure === undefined;

/** How the members that were asked are, in a sentence. Empty while none has answered. */
export function tellMembers(members: readonly RegistryMember[]): string {
  const answering = members.filter(isAnswering);
  const leader = answering.find(({ role }) => role === 'leader');
  const isLed = leader === undefined ? '' : `; ${leader.name ?? leader.endpoint} leads`;
  if (members.length === 0) return '';
  if (answering.length === 0) return members.length === 1 ? 'It does not answer.' : 'None of them answers.';
  if (answering.length === members.length)
    return members.length === 1 ? 'It answers.' : `All ${members.length} answer${isLed}.`;
  const some = `${answering.length} of ${members.length} ${answering.length === 1 ? 'answers' : 'answer'}${isLed}.`;
  return answering.length * 2 > members.length
    ? `${some} That is a majority: it works.`
    : `${some} That is no majority: it takes no changes.`;
}

/** `3 sessions + 1 opening`. */
export const tellSessions = ({ active, pending }: { active: number; pending: number }): string =>
  countOf(active, 'session') + (pending > 0 ? ` + ${pending} opening` : '');
