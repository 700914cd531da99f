import type { HostEntry } from '../../app/hostOrder.ts';

/** A folder of the list with what is in it, open or not. */
export interface Section {
  readonly key: string;
  readonly kind: 'favourites' | 'recent' | 'vault';
  readonly label: string;
  readonly vaultId?: string;
  readonly entries: readonly HostEntry[];
  readonly open: boolean;
}

export type ListRow =
  | { readonly kind: 'folder'; readonly key: string; readonly section: Section; readonly position: number }
  | {
      readonly kind: 'host';
      readonly key: string;
      readonly section: Section | undefined;
      readonly entry: HostEntry;
      /** From 0, among its siblings. */
      readonly position: number;
      readonly siblings: number;
    };

/** The rows on the screen by index, worked out when asked for: 100,000 of them cost nothing. */
export interface ListRows {
  readonly count: number;
  /** `undefined` beyond the end. */
  at(index: number): ListRow | undefined;
  isFolder(index: number): boolean;
  /** `-1` where no row has that key, or its folder is closed. */
  indexOf(key: string): number;
}

const hostRow = (section: Section | undefined, entries: readonly HostEntry[], position: number) => {
  const entry = entries[position];
  return (
    entry && {
      kind: 'host' as const,
      key: `${section?.key ?? 'found'}/${entry.host.id}`,
      section,
      entry,
      position,
      siblings: entries.length,
    }
  );
};

function positionOfKey(entries: readonly HostEntry[], key: string): number {
  const hostId = key.slice(key.indexOf('/') + 1);
  return entries.findIndex((entry) => entry.host.id === hostId);
}

/** What a search found: hosts without folders. */
export function rowsOfFound(found: readonly HostEntry[]): ListRows {
  return {
    count: found.length,
    at: (index) => hostRow(undefined, found, index),
    isFolder: () => false,
    indexOf: (key) => positionOfKey(found, key),
  };
}

/** Folders, and the hosts of those that are open. */
export function rowsOfSections(sections: readonly Section[]): ListRows {
  const starts: number[] = [];
  let count = 0;
  for (const section of sections) {
    starts.push(count);
    count += 1 + (section.open ? section.entries.length : 0);
  }
  const folderStarts = new Set(starts);
  return {
    count,
    at(index) {
      const inSection = starts.findLastIndex((start) => start <= index);
      const section = sections[inSection];
      const start = starts[inSection];
      if (section === undefined || start === undefined || index >= count) return undefined;
      if (index === start) return { kind: 'folder', key: section.key, section, position: inSection };
      return hostRow(section, section.entries, index - start - 1);
    },
    isFolder: (index) => folderStarts.has(index),
    indexOf(key) {
      const inSection = sections.findIndex(
        (section) => key === section.key || key.startsWith(`${section.key}/`),
      );
      const section = sections[inSection];
      const start = starts[inSection];
      if (section === undefined || start === undefined) return -1;
      if (key === section.key) return start;
      const inEntries = section.open ? positionOfKey(section.entries, key) : -1;
      return inEntries < 0 ? -1 : start + 1 + inEntries;
    },
  };
}
