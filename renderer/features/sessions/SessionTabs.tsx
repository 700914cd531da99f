import { AppWindow, Circle, CircleSlash, RotateCw, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { useOwnWindows, useOwnWindowsState } from '../../app/ownWindows.ts';
import { useSessionStore } from '../../app/sessionsContext.tsx';
import { stateOfTab } from '../../app/sessionsState.ts';
import type { SessionTab } from '../../app/sessionsState.ts';
import { ContextMenu } from '../../ui/Menu.tsx';
import type { MenuGroups } from '../../ui/Menu.tsx';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { focusSession, idsOf } from './sessionIds.ts';
import styles from './SessionTabs.module.css';

const markWords = {
  opening: 'opening',
  live: 'live',
  ended: 'ended',
  failed: 'failed',
  elsewhere: 'in its own window',
} as const;
type Mark = keyof typeof markWords;

function markOf(tab: SessionTab, isElsewhere: boolean): Mark {
  if (isElsewhere) return 'elsewhere';
  if (tab.away !== undefined) return 'opening';
  const state = stateOfTab(tab);
  if (state.kind === 'closed') return state.reason === 'failed' ? 'failed' : 'ended';
  return state.kind === 'live' ? 'live' : 'opening';
}

function MarkIcon({ mark }: { mark: Mark }) {
  if (mark === 'opening') return <Spinner size={12} />;
  if (mark === 'elsewhere') return <AppWindow className={styles.elsewhere} aria-hidden="true" />;
  if (mark === 'failed') return <CircleSlash className={styles.failed} aria-hidden="true" />;
  return <Circle className={mark === 'live' ? styles.live : styles.ended} aria-hidden="true" />;
}

function Tab(props: { tab: SessionTab; isActive: boolean; onKeyDown: (event: KeyboardEvent) => void }) {
  const { tab, isActive } = props;
  const store = useSessionStore();
  const windows = useOwnWindows();
  const { sessionIds } = useOwnWindowsState();
  const ids = idsOf(tab.id);
  const { session, sessionId } = tab;
  const isElsewhere = sessionId !== undefined && sessionIds.has(sessionId);
  const mark = markOf(tab, isElsewhere);
  const name = session?.hostName ?? 'Opening';
  const words =
    session === undefined ? [name] : [name, protocolTraits[session.protocol].label, markWords[mark]];
  const groups: MenuGroups = [
    [
      {
        label: isElsewhere ? 'Bring back from its own window' : 'Move to own window',
        icon: <AppWindow />,
        disabled: sessionId === undefined || windows === undefined,
        onSelect: () => {
          if (sessionId === undefined) return;
          if (isElsewhere) windows?.takeBack(sessionId);
          else windows?.open(sessionId);
        },
      },
    ],
    [
      { label: 'Reconnect', icon: <RotateCw />, onSelect: () => store.reconnect(tab.id) },
      {
        label: 'End session',
        icon: <X />,
        shortcut: 'Del',
        destructive: true,
        onSelect: () => store.close(tab.id),
      },
    ],
  ];

  const element = (
    <button
      type="button"
      id={ids.tab}
      role="tab"
      className={styles.tab}
      aria-selected={isActive}
      aria-controls={ids.panel}
      aria-label={words.join(', ')}
      aria-keyshortcuts="Delete"
      tabIndex={isActive ? 0 : -1}
      title={session === undefined ? undefined : `${name} (${session.address})`}
      onClick={() => {
        store.activate(tab.id);
        focusSession(tab.id);
      }}
      onKeyDown={props.onKeyDown}
      // The middle button would start to scroll.
      onMouseDown={(event) => event.button === 1 && event.preventDefault()}
      onAuxClick={(event) => event.button === 1 && store.close(tab.id)}
    />
  );
  return (
    <ContextMenu area={element} groups={groups}>
      {session !== undefined && <ProtocolIcon protocol={session.protocol} />}
      <span className={styles.name}>{name}</span>
      <MarkIcon mark={mark} />
      {/* For the pointer only: Delete closes by keyboard, and a tab must hold nothing that takes the focus. */}
      <span
        className={styles.close}
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          store.close(tab.id);
        }}
      >
        <X />
      </span>
    </ContextMenu>
  );
}

/** One tab for each session. Arrows move, Enter goes into the session, Delete closes. */
export function SessionTabs(props: { tabs: readonly SessionTab[]; activeTabId: string | undefined }) {
  const store = useSessionStore();
  const { tabs, activeTabId } = props;
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (list.current === null || activeTabId === undefined) return;
    // Also when the strip comes into view: what is hidden can't be scrolled.
    const observer = new ResizeObserver(() =>
      document
        .getElementById(idsOf(activeTabId).tab)
        ?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
    );
    observer.observe(list.current);
    return () => observer.disconnect();
  }, [activeTabId, tabs.length]);

  const goTo = (tab: SessionTab | undefined) => {
    if (tab === undefined) return;
    store.activate(tab.id);
    document.getElementById(idsOf(tab.id).tab)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === activeTabId);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowRight: () => goTo(tabs[(at + 1) % tabs.length]),
      ArrowLeft: () => goTo(tabs.at(at - 1)),
      Home: () => goTo(tabs[0]),
      End: () => goTo(tabs.at(-1)),
      Delete: () => {
        if (activeTabId === undefined) return;
        const neighbour = tabs[at + 1] ?? tabs[at - 1];
        store.close(activeTabId);
        goTo(neighbour);
      },
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    move();
  };

  return (
    <div ref={list} className={styles.tabs} role="tablist" aria-label="Sessions">
      {tabs.map((tab) => (
        <Tab key={tab.id} tab={tab} isActive={tab.id === activeTabId} onKeyDown={onKeyDown} />
      ))}
    </div>
  );
}
