import { useVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual';
import { useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, Ref } from 'react';
import type { Vault } from '../../../shared/model/host.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { mayAdminister, rightsIn, useOwnAccess } from '../../app/ownAccess.ts';
import { useSessionActions } from '../../app/sessionActions.ts';
import { ContextMenu } from '../../ui/Menu.tsx';
import { isFocusInToasts } from '../../ui/Toast.tsx';
import { useHostCommands, useListDialogs } from './hostCommands.ts';
import type { ListRow, ListRows } from './listRows.ts';
import { moveInList } from './listKeys.ts';
import { useListMenus } from './menus.tsx';
import { FolderRow, HostRow } from './Rows.tsx';
import { useOpenHost } from './useOpenHost.ts';
import styles from './HostList.module.css';

const folderHeight = 30;
const hostHeight = 44;

export interface HostListHandle {
  /** Moves the focus to the row that Tab would reach. */
  focus(): void;
  /** Back to the top, for other rows. */
  reset(): void;
  /** Brings a row onto the screen and marks it, and takes a focus that nobody else has; `false` where it isn't in the list (yet). */
  show(key: string): boolean;
}

/** The hosts as a tree of two levels, or a flat list while searching; only the visible rows exist. */
export function HostList(props: {
  rows: ListRows;
  vaults: readonly Vault[];
  folders: number;
  onToggle: (key: string, open: boolean) => void;
  /** Text typed while a row has the focus goes to the search. */
  onType: (text: string) => void;
  /** The focus leaves the list upwards. */
  onLeave: () => void;
  ref: Ref<HostListHandle>;
}) {
  const { rows, vaults } = props;
  const { liveHostIds } = useSessionActions();
  const own = useOwnAccess();
  const openHost = useOpenHost();
  const { editHost } = useHostActions();
  const { nameVault } = useListDialogs();
  const commands = useHostCommands();
  const menus = useListMenus();
  const scroller = useRef<HTMLDivElement>(null);
  const activeRow = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const hasFocus = useRef(false);
  const [active, setActive] = useState<{ key: string; index: number }>();
  const [menuRow, setMenuRow] = useState<ListRow>();

  // A row that is gone leaves its place to the one that came there.
  const found = active === undefined ? -1 : rows.indexOf(active.key);
  const activeIndex = found >= 0 ? found : Math.min(active?.index ?? 0, rows.count - 1);

  const virtualizer = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows.isFolder(index) ? folderHeight : hostHeight),
    // A new function for new rows: their heights are worked out anew, even where there are as many as before.
    getItemKey: useCallback((index: number) => (rows.count > 0 ? index : -1), [rows]),
    overscan: 6,
    paddingEnd: 8,
    // The row with the focus stays, or scrolling it away would lose the focus.
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const visible = defaultRangeExtractor(range);
        if (activeIndex < 0 || visible.includes(activeIndex)) return visible;
        return [...visible, activeIndex].sort((a, b) => a - b);
      },
      [activeIndex],
    ),
  });

  const moveTo = (index: number) => {
    const row = rows.at(index);
    if (row === undefined) return;
    wantsFocus.current = true;
    setActive({ key: row.key, index });
    virtualizer.scrollToIndex(index);
  };

  useEffect(() => {
    // A row that had the focus and was deleted leaves it to its follower, not to the page.
    const lostFocus = hasFocus.current && document.activeElement === document.body;
    if (!wantsFocus.current && !lostFocus) return;
    wantsFocus.current = false;
    activeRow.current?.focus({ preventScroll: true });
  });

  const openRow = (row: ListRow | undefined) => {
    if (row?.kind === 'host') openHost(row.entry.host.id);
    else if (row !== undefined) props.onToggle(row.key, !row.section.open);
  };

  useImperativeHandle(props.ref, () => ({
    focus: () => moveTo(activeIndex),
    reset() {
      setActive(undefined);
      virtualizer.scrollToOffset(0);
    },
    show(key) {
      const index = rows.indexOf(key);
      if (index < 0) return false;
      if (document.activeElement === document.body || isFocusInToasts()) wantsFocus.current = true;
      setActive({ key, index });
      virtualizer.scrollToIndex(index);
      return true;
    },
  }));

  const vaultOf = (row: ListRow) =>
    row.kind === 'folder' ? vaults.find((vault) => vault.id === row.section.vaultId) : undefined;

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows.at(activeIndex);
    if (row === undefined || event.altKey) return;
    const vault = mayAdminister(own) ? vaultOf(row) : undefined;
    const mayEdit = row.kind === 'host' && rightsIn(own, row.entry.host.vaultId).has('edit');
    const page = Math.floor((scroller.current?.clientHeight ?? 0) / hostHeight) - 1;
    const move = moveInList(event.key, rows, activeIndex, page);
    const command = new Map<string, () => unknown>([
      ['Enter', () => openRow(row)],
      [' ', () => row.kind === 'folder' && openRow(row)],
      [
        'F2',
        () => (row.kind === 'host' ? mayEdit && editHost(row.entry.host.id) : vault && nameVault(vault)),
      ],
      ['Delete', () => row.kind === 'host' && mayEdit && void commands.remove(row.entry.host)],
    ]).get(event.key);
    if (event.ctrlKey || event.metaKey) return;
    if (move !== undefined) {
      if (move.kind === 'to') moveTo(move.index);
      else if (move.kind === 'toggle') props.onToggle(row.key, move.open);
      else props.onLeave();
    } else if (command !== undefined) command();
    else if (event.key.length === 1 && event.key !== '/') props.onType(event.key);
    else return;
    event.preventDefault();
  };

  const noteMenuRow = (event: MouseEvent) => {
    const element = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    const index = Number(element?.getAttribute('data-index') ?? Number.NaN);
    const row = rows.at(index);
    setMenuRow(row);
    if (row !== undefined) setActive({ key: row.key, index });
  };
  const menuVault = menuRow && vaultOf(menuRow);
  const menuGroups =
    menuRow?.kind === 'host'
      ? menus.ofHost(menuRow.entry.host)
      : menuRow && menuVault
        ? menus.ofVault(menuVault, menuRow.section.entries.length)
        : menus.ofList;

  const items = virtualizer.getVirtualItems();
  return (
    <ContextMenu
      groups={menuGroups}
      area={<div ref={scroller} className={styles.scroller} onContextMenuCapture={noteMenuRow} />}
    >
      <div
        className={styles.rows}
        style={{ height: virtualizer.getTotalSize() }}
        role="tree"
        tabIndex={-1}
        aria-label="Hosts"
        onKeyDown={onKeyDown}
        onFocus={() => {
          hasFocus.current = true;
        }}
        onBlur={() => {
          hasFocus.current = false;
        }}
      >
        {items.map((item) => {
          const row = rows.at(item.index);
          if (row === undefined) return undefined;
          const isActive = item.index === activeIndex;
          const element = {
            'data-index': item.index,
            ref: isActive ? activeRow : undefined,
            tabIndex: isActive ? 0 : -1,
            'aria-selected': isActive && active !== undefined,
            style: { transform: `translateY(${item.start}px)` },
            onFocus: () => setActive({ key: row.key, index: item.index }),
          };
          if (row.kind === 'folder') {
            const toggle = { ...element, onClick: () => openRow(row) };
            return <FolderRow key={row.key} row={row} folders={props.folders} element={toggle} />;
          }
          const { host } = row.entry;
          const underItsVault = row.section?.kind === 'vault';
          return (
            <HostRow
              key={row.key}
              row={row}
              live={liveHostIds.has(host.id)}
              vaultName={underItsVault ? undefined : vaults.find((vault) => vault.id === host.vaultId)?.name}
              mayOpen={own === undefined || rightsIn(own, host.vaultId).has('open')}
              onFavourite={() => void commands.setFavourite(host, !host.favourite)}
              element={{ ...element, onDoubleClick: () => openHost(host.id) }}
            />
          );
        })}
      </div>
    </ContextMenu>
  );
}
