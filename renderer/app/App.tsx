import { PanelLeftOpen, Search, Server } from 'lucide-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { z } from 'zod';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { VisuallyHidden } from '../ui/VisuallyHidden.tsx';
import { Banners } from './Banners.tsx';
import { FrameContext } from './frame.ts';
import { mayOversee, useOwnAccess } from './ownAccess.ts';
import { PaneDivider } from './PaneDivider.tsx';
import { clampPaneWidth, paneLimits } from './paneWidth.ts';
import { useSessions } from './sessionsContext.tsx';
import { useShortcuts } from './shortcuts.ts';
import { useStored } from './stored.ts';
import { useOpenSettings } from './useOpenSettings.ts';
import { useShowRequests } from './useShowRequests.ts';
import { ViewButtons, ViewIcons } from './ViewButtons.tsx';
import { ViewFrame } from './ViewFrame.tsx';
import { useViews } from './views.ts';
import styles from './App.module.css';

/**
 * The frame: hosts to the left, sessions to the right; in a narrow window one of the two. Its parts are the features'. A view of
 * administration lies over them: they stay mounted, so that no picture is lost.
 */
export function App(props: {
  hosts: ReactNode;
  sessions: ReactNode;
  health: ReactNode;
  settings: ReactNode;
  /** Who is signed in, with what they can do about it; the same in the rail. */
  account: ReactNode;
  compactAccount: ReactNode;
  /** What is offered above everything else, such as to open again what a crash ended. */
  offers: ReactNode;
}) {
  const { hosts, sessions } = props;
  const [storedWidth, setWidth] = useStored('proxima.paneWidth', z.number(), paneLimits.usual);
  const [collapsed, setCollapsed] = useStored('proxima.paneCollapsed', z.boolean(), false);
  const [narrowShows, setNarrowShows] = useState<'hosts' | 'sessions'>('hosts');
  const [searchAsked, setSearchAsked] = useState(0);
  const width = clampPaneWidth(storedWidth);

  const { tabs, activeTabId } = useSessions();
  const openTabs = useRef(0);
  useEffect(() => {
    // In a narrow window a new session comes to the front, and the last one that closes gives way to the hosts.
    if (tabs.length > openTabs.current) setNarrowShows('sessions');
    if (tabs.length === 0) setNarrowShows('hosts');
    openTabs.current = tabs.length;
  }, [tabs.length, activeTabId]);

  const showHosts = () => {
    setCollapsed(false);
    setNarrowShows('hosts');
  };
  const focusSearch = () => {
    showHosts();
    setSearchAsked((times) => times + 1);
  };
  const { view } = useViews();
  const own = useOwnAccess();
  // Who presses keys before it is known what they may do sees it a moment later.
  const maySee = own === undefined || mayOversee(own);
  const openSettings = useOpenSettings();
  const isWorking = view.kind === 'work';
  useShortcuts({
    ...(maySee && { 'Mod+,': () => view.kind !== 'settings' && openSettings() }),
    ...(isWorking && {
      '/': focusSearch,
      'Mod+K': focusSearch,
      'Mod+B': () => (collapsed ? showHosts() : setCollapsed(true)),
    }),
  });
  useShowRequests();
  const focused = useRef<HTMLElement>(undefined);
  useLayoutEffect(() => {
    if (!isWorking) return undefined;
    // With the first drawing of another view, what had the focus is inert and has lost it.
    const remember = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement) focused.current = target;
    };
    focused.current?.focus({ preventScroll: true });
    window.addEventListener('focusin', remember);
    return () => window.removeEventListener('focusin', remember);
  }, [isWorking]);

  return (
    <FrameContext value={{ searchAsked, focusSearch, collapsePane: () => setCollapsed(true) }}>
      <div className={styles.app} data-narrow-shows={narrowShows} data-collapsed={collapsed || undefined}>
        <Banners>{props.offers}</Banners>
        <main className={styles.main}>
          <h1 className={styles.appName}>
            <VisuallyHidden>Proxima</VisuallyHidden>
          </h1>
          <div className={styles.work} inert={!isWorking} data-behind={!isWorking || undefined}>
            <div className={styles.panes}>
              <section className={styles.hosts} style={{ width }} aria-label="Hosts">
                {hosts}
                <ViewButtons />
                {props.account}
              </section>
              <PaneDivider width={width} onResize={setWidth} />
              <nav className={styles.rail} aria-label="Collapsed hosts">
                <IconButton
                  label="Show the hosts"
                  shortcut="Mod+B"
                  icon={<PanelLeftOpen />}
                  onClick={showHosts}
                />
                <IconButton label="Search" shortcut="Mod+K" icon={<Search />} onClick={focusSearch} />
                <span className={styles.space} />
                <ViewIcons />
                {props.compactAccount}
              </nav>
              <section className={styles.sessions} aria-label="Sessions">
                <div className={styles.narrowBar}>
                  <Button kind="quiet" icon={<Server aria-hidden="true" />} onClick={showHosts}>
                    Hosts
                  </Button>
                </div>
                {sessions}
              </section>
            </div>
            {tabs.length > 0 && (
              <div className={styles.toSessions}>
                <Button kind="primary" onClick={() => setNarrowShows('sessions')}>
                  {tabs.length === 1 ? 'Back to the session' : `Back to the ${tabs.length} sessions`}
                </Button>
              </div>
            )}
          </div>
          {view.kind === 'health' && <ViewFrame title="Cluster health">{props.health}</ViewFrame>}
          {view.kind === 'settings' && <ViewFrame title="Settings">{props.settings}</ViewFrame>}
        </main>
      </div>
    </FrameContext>
  );
}
