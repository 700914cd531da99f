import type { ProximityGroup } from '../../shared/model/proximityGroup.ts';
import type { Settings } from '../../shared/model/settings.ts';

/** What differs between two states of the settings, a sentence each; empty where nothing does. Holds no key and no certificate. */
export function describeChanges(from: Settings, to: Settings): string[] {
  const changes: string[] = [];
  const compare = <T extends { id: string; name: string }>(
    kind: string,
    before: readonly T[],
    after: readonly T[],
  ) => {
    for (const item of after) {
      const old = before.find(({ id }) => id === item.id);
      if (!old) changes.push(`${kind} “${item.name}” was added`);
      else changes.push(...describeFields(`${kind} “${item.name}”`, old, item));
    }
    for (const item of before) {
      if (!after.some(({ id }) => id === item.id)) changes.push(`${kind} “${item.name}” was removed`);
    }
  };
  compare('manager', from.managers, to.managers);
  compare('group', from.groups, to.groups);
  if (from.queueTimeoutMs !== to.queueTimeoutMs) {
    changes.push(`the queue waits ${to.queueTimeoutMs / 1000} s, not ${from.queueTimeoutMs / 1000} s`);
  }
  return changes;
}

const labels: Readonly<Record<string, string>> = {
  sessionLimit: 'session limit',
  serverName: 'server name',
  managerIds: 'managers',
  fallbackGroupId: 'fallback',
  intent: 'state',
};

function describeFields(subject: string, before: object, after: object): string[] {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields].flatMap((field) => {
    const old = (before as Record<string, unknown>)[field];
    const now = (after as Record<string, unknown>)[field];
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return [
      `${subject}: ${labels[field] ?? field} is ${describeValue(field, now)}, was ${describeValue(field, old)}`,
    ];
  });
}

function describeValue(field: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return 'none';
  if (field === 'trust') return (value as ProximityGroup['trust']).kind;
  if (field === 'selectors') return `${(value as readonly unknown[]).length} rules`;
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value);
}
