import { LayoutGrid } from 'lucide-react';
import type { ReactNode } from 'react';
import { useSessions, useSessionStore } from '../../app/sessionsContext.tsx';
import { useShortcuts } from '../../app/shortcuts.ts';
import { useViews } from '../../app/views.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { SessionPane } from './SessionPane.tsx';
import { SessionTabs } from './SessionTabs.tsx';
import styles from './SessionsView.module.css';

/** All open sessions: one at a time under tabs, or side by side; `home` while there are none. */
export function SessionsView({ home }: { home: ReactNode }) {
  const store = useSessionStore();
  const { tabs, activeTabId, layout } = useSessions();
  const isSeen = useViews().view.kind === 'work';
  useShortcuts(
    isSeen ? { 'Mod+W': () => activeTabId !== undefined && store.close(activeTabId) } : {},
  );

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
