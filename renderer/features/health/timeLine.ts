import type { ClusterEvent, ClusterHealth } from '../../../shared/model/clusterHealth.ts';
import { matchesWords } from './textFilter.ts';

export type EventKind = ClusterEvent['kind'];

/** Every kind of event in words, in the order of the filter. */
export const eventKinds = {
  'manager-down': 'Manager down',
  'manager-up': 'Manager up',
  'manager-draining': 'Manager draining',
  'manager-edited': 'Manager edited',
  'certificate-expiring': 'Certificate expiring',
  failover: 'Failover',
  'session-failed': 'Session failed',
  'settings-saved': 'Settings saved',
  'registry-stale': 'Registry not current',
  'registry-live': 'Registry live again',
  'registry-leader': 'Registry: new leader',
  'registry-quota': 'Registry: room is short',
  'pool-switched': 'Another pool takes new sessions',
  'session-ended': 'Session ended by an administrator',
  'user-signed-out': 'User signed out everywhere',
} as const satisfies Record<EventKind, string>;

/** An event with the names of what it is about, where they are known. */
export interface TimeLineEntry {
  readonly event: ClusterEvent;
  readonly managerName: string | undefined;
  readonly groupName: string | undefined;
}

/** The events with their names, the newest first. */
export function entriesOf({ events, managers, groups }: ClusterHealth): readonly TimeLineEntry[] {
  const managerNames = new Map(managers.map(({ managerId, name }) => [managerId, name]));
  const groupNames = new Map(groups.map(({ groupId, name }) => [groupId, name]));
  return events
    .toSorted((left, right) => right.at - left.at || right.id - left.id)
    .map((event) => ({
      event,
      managerName: event.managerId === undefined ? undefined : managerNames.get(event.managerId),
      groupName: event.groupId === undefined ? undefined : groupNames.get(event.groupId),
    }));
}

/** Those of one kind, or of every kind without one, that fit what was typed. */
export const filterEntries = (
  entries: readonly TimeLineEntry[],
  kind: EventKind | undefined,
  query: string,
): readonly TimeLineEntry[] =>
  entries.filter(
    ({ event, managerName, groupName }) =>
      (kind === undefined || event.kind === kind) &&
      matchesWords(query, [event.text, eventKinds[event.kind], event.who, managerName, groupName]),
  );

/** What happened on one day. */
export interface DayOfEntries {
  readonly title: string;
  readonly entries: readonly TimeLineEntry[];
}

const sameDay = (one: Date, other: Date) => one.toDateString() === other.toDateString();

function titleOf(day: Date, now: Date, locale: string | undefined): string {
  if (sameDay(day, now)) return 'Today';
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (sameDay(day, yesterday)) return 'Yesterday';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format(day);
}

/** Parts a list in its order by the days of the person's time zone. `now` is epoch milliseconds. */
export function daysOf(
  entries: readonly TimeLineEntry[],
  now: number,
  locale?: string,
): readonly DayOfEntries[] {
  const days: { title: string; entries: TimeLineEntry[] }[] = [];
  for (const entry of entries) {
    const title = titleOf(new Date(entry.event.at), new Date(now), locale);
    const last = days.at(-1);
    if (last?.title === title) last.entries.push(entry);
    else days.push({ title, entries: [entry] });
  }
  return days;
}
