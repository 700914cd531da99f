import type { ListRows } from './listRows.ts';

type Move =
  | { readonly kind: 'to'; readonly index: number }
  | { readonly kind: 'toggle'; readonly open: boolean }
  /** Upwards, out of the list. */
  | { readonly kind: 'leave' };

/**
 * What a key does to the focus in a tree (https://www.w3.org/WAI/ARIA/apg/patterns/treeview/#keyboardinteraction); `undefined`
 * where it isn't about moving. `page` is how many rows Page Down goes.
 */
export function moveInList(key: string, rows: ListRows, index: number, page: number): Move | undefined {
  const row = rows.at(index);
  const clamp = (wanted: number): Move => ({
    kind: 'to',
    index: Math.max(0, Math.min(rows.count - 1, wanted)),
  });
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1);
    case 'ArrowUp':
      return index === 0 ? { kind: 'leave' } : clamp(index - 1);
    case 'PageDown':
      return clamp(index + Math.max(1, page));
    case 'PageUp':
      return clamp(index - Math.max(1, page));
    case 'Home':
      return clamp(0);
    case 'End':
      return clamp(rows.count - 1);
    case 'ArrowRight':
      if (row?.kind !== 'folder') return undefined;
      return row.section.open ? clamp(index + 1) : { kind: 'toggle', open: true };
    case 'ArrowLeft':
      if (row?.kind === 'folder') return row.section.open ? { kind: 'toggle', open: false } : undefined;
      return row?.section === undefined ? undefined : clamp(index - row.position - 1);
    default:
      return undefined;
  }
}
