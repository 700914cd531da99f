import { CircleDashed, CircleDot, CircleStop, EllipsisVertical, Route, UserX } from 'lucide-react';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { KeyboardEvent, Ref } from 'react';
import { protocolTraits } from '../../../../shared/model/protocol.ts';
import { describeDuration } from '../../../app/duration.ts';
import { useNow } from '../../../app/useNow.ts';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Mark } from '../../../ui/Mark.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { ProtocolIcon } from '../../../ui/ProtocolIcon.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import type { SessionRow } from './sessionRows.ts';
import styles from './SessionGrid.module.css';

interface RowActions {
  readonly onExplain: (row: SessionRow) => void;
  /** Whether sessions can be ended from here. */
  readonly mayEnd: boolean;
  readonly onEnd: (row: SessionRow) => void;
  readonly onSignOut: (user: string) => void;
}

/** In pixels, as in the style sheet: columns side by side, or one below the other. */
const heights = { wide: { header: 32, row: 52 }, narrow: { header: 0, row: 92 } } as const;
const narrowWindow = '(max-width: 719.98px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = window.matchMedia(narrowWindow);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => window.matchMedia(narrowWindow).matches,
  );
}

/** As many sessions as there are; only the rows that are seen exist. Arrows move between them, Tab goes on to their actions. */
export function SessionGrid({ rows, ...actions }: RowActions & { rows: readonly SessionRow[] }) {
  const now = useNow();
  const { header, row: rowHeight } = heights[useNarrow() ? 'narrow' : 'wide'];
  const scroller = useRef<HTMLDivElement>(null);
  const activeRow = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const hasFocus = useRef(false);
  const [active, setActive] = useState<{ id: string; index: number }>();

  // A session that ended leaves its place to the one that came there.
  const found = active === undefined ? -1 : rows.findIndex(({ session }) => session.id === active.id);
  const activeIndex = found >= 0 ? found : Math.min(active?.index ?? 0, rows.length - 1);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: header,
    scrollPaddingStart: header,
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
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  useEffect(() => {
    // A row that had the focus and is gone leaves it to its follower, not to the page.
    const lostFocus = hasFocus.current && document.activeElement === document.body;
    if (!wantsFocus.current && !lostFocus) return;
    wantsFocus.current = false;
    activeRow.current?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const isOnRow = event.target instanceof Element && event.target.matches('[role=row]');
    if (!isOnRow || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1);
    const target = new Map([
      ['ArrowDown', activeIndex + 1],
      ['ArrowUp', activeIndex - 1],
      ['PageDown', activeIndex + page],
      ['PageUp', activeIndex - page],
      ['Home', 0],
      ['End', rows.length - 1],
    ]).get(event.key);
    const row = rows[activeIndex];
    if (target !== undefined) {
      const index = Math.min(rows.length - 1, Math.max(0, target));
      const next = rows[index];
      if (next === undefined) return;
      wantsFocus.current = true;
      setActive({ id: next.session.id, index });
      virtualizer.scrollToIndex(index);
    } else if (event.key === 'Enter' && row !== undefined) actions.onExplain(row);
    else if (event.key === 'Delete' && row !== undefined && actions.mayEnd) actions.onEnd(row);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={scroller}
      className={styles.grid}
      role="grid"
      tabIndex={-1}
      aria-label="Sessions"
      aria-rowcount={rows.length + 1}
      onKeyDown={onKeyDown}
      onFocus={() => {
        hasFocus.current = true;
      }}
      onBlur={() => {
        hasFocus.current = false;
      }}
    >
      <div role="row" aria-rowindex={1} className={styles.header}>
        {['User', 'Host', 'Runs on', 'Held by', 'State'].map((column) => (
          <span key={column} role="columnheader">
            {column}
          </span>
        ))}
        <span role="columnheader">
          <VisuallyHidden>Actions</VisuallyHidden>
        </span>
      </div>
      <div role="rowgroup" className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return undefined;
          const isActive = item.index === activeIndex;
          return (
            <Row
              key={row.session.id}
              row={row}
              now={now}
              index={item.index}
              top={item.start - header}
              isActive={isActive}
              ref={isActive ? activeRow : undefined}
              onFocus={() => setActive({ id: row.session.id, index: item.index })}
              {...actions}
            />
          );
        })}
      </div>
    </div>
  );
}

function Row({
  ref,
  ...props
}: RowActions & {
  row: SessionRow;
  now: number;
  index: number;
  top: number;
  isActive: boolean;
  onFocus: () => void;
  ref: Ref<HTMLDivElement> | undefined;
}) {
  const { row, isActive } = props;
  const { session, poolName } = row;
  const { user, hostName } = session;
  const label = `${user} on ${hostName}`;
  return (
    <div
      ref={ref}
      role="row"
      aria-rowindex={props.index + 2}
      tabIndex={isActive ? 0 : -1}
      className={styles.row}
      style={{ transform: `translateY(${props.top}px)` }}
      onFocus={props.onFocus}
    >
      <div role="rowheader" className={styles.user}>
        <span className={styles.main}>{user}</span>
        {!session.loggedIn && <span className={styles.small}>no window open</span>}
      </div>
      <div role="gridcell" className={styles.host}>
        <span className={styles.main}>
          <ProtocolIcon protocol={session.protocol} />
          <span>{hostName}</span>
        </span>
        <span className={styles.small}>
          {protocolTraits[session.protocol].label} · {session.address}
        </span>
      </div>
      <div role="gridcell" className={styles.manager}>
        <span className={styles.main}>{row.managerName}</span>
        {poolName !== undefined && <span className={styles.small}>pool {poolName}</span>}
      </div>
      <div role="gridcell" className={styles.holder}>
        <span className={styles.main} title={session.owner}>
          {session.owner}
        </span>
        {session.route !== '' && <span className={styles.small}>route {session.route}</span>}
      </div>
      <div role="gridcell" className={styles.state}>
        <Mark
          tone={row.stateWord === 'live' ? 'good' : 'neutral'}
          icon={
            row.stateWord === 'live' ? <CircleDot aria-hidden="true" /> : <CircleDashed aria-hidden="true" />
          }
        >
          {row.stateWord}
        </Mark>
        <span className={styles.small} title={new Date(row.since).toISOString()}>
          for {describeDuration(Math.max(0, props.now - row.since))}
        </span>
      </div>
      <div role="gridcell" className={styles.actions}>
        <Menu
          trigger={
            <IconButton
              label={`Actions for ${label}`}
              icon={<EllipsisVertical />}
              tabIndex={isActive ? 0 : -1}
            />
          }
          groups={[
            [
              {
                label: 'Why does it run there?',
                icon: <Route />,
                shortcut: 'Enter',
                onSelect: () => props.onExplain(row),
              },
            ],
            props.mayEnd
              ? [
                  {
                    label: 'End session…',
                    icon: <CircleStop />,
                    shortcut: 'Delete',
                    destructive: true,
                    onSelect: () => props.onEnd(row),
                  },
                  {
                    label: `Sign ${user} out everywhere…`,
                    icon: <UserX />,
                    destructive: true,
                    onSelect: () => props.onSignOut(user),
                  },
                ]
              : [],
          ]}
        />
      </div>
    </div>
  );
}
