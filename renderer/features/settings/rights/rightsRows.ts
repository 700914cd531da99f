import type { Access, Right, Subject } from '../../../../shared/model/access.ts';
import { rightsInOrder, tellSubject } from '../../../../shared/model/accessChanges.ts';
import type { Vault } from '../../../../shared/model/host.ts';
import { isSameSubject, rightsGranted } from '../../../app/accessEdits.ts';
import { capitalise } from '../../../app/checkedDraft.ts';

/** How a right stands in a cell: granted here, through another grant that includes it, or not. */
export type Cell =
  | { readonly kind: 'granted' }
  | { readonly kind: 'included'; readonly why: string }
  | { readonly kind: 'none' };

export interface RightsRow {
  readonly key: string;
  readonly subject: Subject;
  readonly vaultId: string | undefined;
  readonly label: string;
  readonly cells: Readonly<Record<Right, Cell>>;
}

/** What somebody is granted in a vault, or in all of them, with what other grants bring along. */
export function rowOf(
  access: Access,
  subject: Subject,
  vaultId: string | undefined,
  label: string,
): RightsRow {
  const here = rightsGranted(access, subject, vaultId);
  const everywhere = vaultId === undefined ? new Set<Right>() : rightsGranted(access, subject, undefined);
  const everyone = { kind: 'everyone' } as const;
  const common =
    subject.kind === 'everyone'
      ? new Set<Right>()
      : new Set([
          ...rightsGranted(access, everyone, undefined),
          ...(vaultId === undefined ? [] : rightsGranted(access, everyone, vaultId)),
        ]);
  const isMoreThanSeen = here.size > 1;
  const cellOf = (right: Right): Cell => {
    if (here.has(right) && !(right === 'see' && isMoreThanSeen)) return { kind: 'granted' };
    if (everywhere.has(right)) return { kind: 'included', why: 'granted in all vaults' };
    if (common.has(right)) return { kind: 'included', why: 'granted to everyone' };
    if (right === 'see' && isMoreThanSeen) return { kind: 'included', why: 'part of every other right' };
    return { kind: 'none' };
  };
  return {
    key: JSON.stringify([subject, vaultId]),
    subject,
    vaultId,
    label,
    cells: {
      see: cellOf('see'),
      open: cellOf('open'),
      join: cellOf('join'),
      edit: cellOf('edit'),
    },
  };
}

/** Of one vault, or of all: everyone, and whoever is named for it, is granted something everywhere, or was just added. */
export function rowsOfVault(
  access: Access,
  vaultId: string | undefined,
  subjects: readonly Subject[],
  added: readonly Subject[],
): readonly RightsRow[] {
  const isShown = (subject: Subject) =>
    subject.kind === 'everyone' ||
    added.some((other) => isSameSubject(other, subject)) ||
    rightsGranted(access, subject, vaultId).size > 0 ||
    rightsGranted(access, subject, undefined).size > 0;
  return subjects
    .filter(isShown)
    .map((subject) => rowOf(access, subject, vaultId, capitalise(tellSubject(subject))));
}

/** Of one subject: all vaults, then each. */
export function rowsOfSubject(
  access: Access,
  subject: Subject,
  vaults: readonly Vault[],
): readonly RightsRow[] {
  return [
    rowOf(access, subject, undefined, 'All vaults, also later ones'),
    ...vaults.map(({ id, name }) => rowOf(access, subject, id, name)),
  ];
}

export const rightWords: Readonly<Record<Right, { readonly label: string; readonly text: string }>> = {
  see: { label: 'See', text: 'The hosts are in the list.' },
  open: { label: 'Open', text: 'Open sessions on them.' },
  join: { label: 'Join', text: 'Watch and type in sessions that others opened there.' },
  edit: {
    label: 'Edit',
    text: 'Add, change and remove hosts, with their passwords. Doesn’t include opening.',
  },
};

export const columns: readonly Right[] = rightsInOrder;
