import type { PlacementTrace } from '../../../../shared/model/placement.ts';
import type { HostWhatIf, RuleFinding, WhatIfReport } from '../../../../shared/model/whatIf.ts';

const number = new Intl.NumberFormat('en');
export const formatCount = (count: number): string => number.format(count);

const hosts = (count: number) => (count === 1 ? '1 host' : `${formatCount(count)} hosts`);
const list = new Intl.ListFormat('en');

/** How many hosts change their group, in one sentence. */
export function tellMoved({ moved, hosts: all }: Pick<WhatIfReport, 'moved' | 'hosts'>): string {
  if (all === 0) return 'There are no saved hosts yet.';
  if (moved === 0)
    return all === 1 ? 'The one saved host stays where it is.' : `All ${hosts(all)} stay where they are.`;
  return `${formatCount(moved)} of ${hosts(all)} ${moved === 1 ? 'moves' : 'move'} to another group.`;
}

/** One way that hosts move, with examples. */
export function tellMove(
  move: WhatIfReport['moves'][number],
  nameOf: (groupId: string) => string,
): { readonly way: string; readonly examples: string } {
  const names = move.examples.map(({ name }) => name);
  const further = move.hosts - names.length;
  const shown = further > 0 ? [...names, `${formatCount(further)} more`] : names;
  return {
    way: `${hosts(move.hosts)} from ${nameOf(move.from)} to ${nameOf(move.to)}`,
    examples: list.format(shown),
  };
}

export function tellUnserved(unserved: number): string | undefined {
  if (unserved === 0) return undefined;
  return unserved === 1
    ? '1 host would have no session manager that can take it.'
    : `${formatCount(unserved)} hosts would have no session manager that can take them.`;
}

/** What stands out about a group's rules, and what to do about it. */
export function tellFinding(finding: RuleFinding, nameOf: (groupId: string) => string): string {
  const earlier = list.format(finding.by.map(nameOf));
  const come = finding.by.length === 1 ? 'comes' : 'come';
  switch (finding.kind) {
    case 'matches-nothing':
      return 'No saved host fits these rules.';
    case 'shadowed':
      return `${finding.hosts === 1 ? '1 host fits' : `${hosts(finding.hosts)} fit`}, but ${earlier} ${come} first and ${finding.by.length === 1 ? 'takes' : 'take'} all of them. Move this group up to give it a say.`;
    case 'overlaps':
      return `${earlier} ${come} first and ${finding.by.length === 1 ? 'takes' : 'take'} ${hosts(finding.hosts)} that would fit here too.`;
    default:
      return finding.kind satisfies never;
  }
}

/** Why the group was taken. */
export function tellWhy(trace: PlacementTrace, groupId: string): string {
  return trace.groups.find((group) => group.groupId === groupId)?.why ?? '';
}

/** Why no manager of the group can take the host. */
export function tellNoManager(trace: PlacementTrace): string {
  const words = {
    candidate: 'can take it',
    draining: 'is draining',
    disabled: 'is disabled',
    down: 'is down',
    full: 'is at its limit',
    'failed-before': 'failed before',
  } as const;
  if (trace.managers.length === 0) return 'the group has no session managers';
  return list.format(trace.managers.map(({ name, verdict }) => `${name} ${words[verdict]}`));
}

/** Whether a typed host is treated differently after the save. */
export const isHostMoved = ({ today, after }: HostWhatIf): boolean =>
  today.groupId !== after.groupId || today.managerId !== after.managerId;
