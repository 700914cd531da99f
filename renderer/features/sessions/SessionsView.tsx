import { LayoutGrid } from 'lucide-react';
import { useEffect, useEffectEvent, useRef } from 'react';
import type { ReactNode } from 'react';
import { useFrame } from '../../app/frame.ts';
import { useSessions, useSessionStore } from '../../app/sessionsContext.tsx';
import { useShortcuts } from '../../app/shortcuts.ts';
import { useViews } from '../../app/views.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { focusTab } from './sessionIds.ts';
import { SessionPane } from './SessionPane.tsx';
import { SessionTabs } from './SessionTabs.tsx';
import styles from './SessionsView.module.css';

/** A session that is closed takes the focus along; it goes to the one that follows, and after the last to the search. */
function useFocusAfterClose(tabCount: number, activeTabId: string | undefined): void {
  const { focusSearch } = useFrame();
  const before = useRef(tabCount);
  const keepFocus = useEffectEvent(() => {
    if (document.activeElement !== document.body) return;
    if (activeTabId === undefined) focusSearch();
    else focusTab(activeTabId);
  });
  useEffect(() => {
    const isFewer = tabCount < before.current;
    before.current = tabCount;
    if (!isFewer) return;
    // Once menus and dialogs have tried to give the focus back.
    const frame = requestAnimationFrame(() => requestAnimationFrame(keepFocus));
    return () => cancelAnimationFrame(frame);
  }, [tabCount]);
}

/** All open sessions: one at a time under tabs, or side by side; `home` while there are none. */
export function SessionsView({ home }: { home: ReactNode }) {
  const store = useSessionStore();
  const { tabs, activeTabId, layout } = useSessions();
  const isSeen = useViews().view.kind === 'work';
  useShortcuts(isSeen ? { 'Mod+W': () => activeTabId !== undefined && store.close(activeTabId) } : {});

  useFocusAfterClose(tabs.length, activeTabId);

  if (tabs.length === 0) return home;
  const isGrid = layout === 'grid';
  return (
    <div className={styles.view}>
      <div className={styles.strip}>
        {isGrid ? (
          <h1 className={styles.count}>{tabs.length === 1 ? '1 session' : `${tabs.length} sessions`}</h1>
        ) : (
          <SessionTabs tabs={tabs} activeTabId={activeTabId} />
        )}
        <IconButton
          label="Side by side"
          icon={<LayoutGrid />}
          aria-pressed={isGrid}
          onClick={() => store.arrange(isGrid ? 'tabs' : 'grid')}
        />
      </div>
      <div className={styles.panes} data-layout={layout} data-count={Math.min(tabs.length, 3)}>
        {tabs.map((tab) => (
          <SessionPane key={tab.id} tab={tab} layout={layout} isActive={tab.id === activeTabId} />
        ))}
      </div>
    </div>
  );
}
