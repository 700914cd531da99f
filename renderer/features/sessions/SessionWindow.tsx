import { MonitorOff } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Banners } from '../../app/Banners.tsx';
import { useSessions, useSessionStore } from '../../app/sessionsContext.tsx';
import { stateOfTab } from '../../app/sessionsState.ts';
import { useTitle } from '../../app/useTitle.ts';
import { sessionWindowAddress } from '../../app/windowKind.ts';
import { hearWindows, holdSession, tellWindows } from '../../app/windowMessages.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { SessionPane } from './SessionPane.tsx';
import styles from './SessionWindow.module.css';

/** Says to the other windows which session this one shows; a new one in its place takes over its address and its tab elsewhere. */
function useHeld(sessionId: string | undefined): { isHeld: boolean; letGo: () => void } {
  const [heldId, setHeldId] = useState<string>();
  const held = useRef<{ readonly id: string; readonly release: () => void }>(undefined);
  const hold = useEffectEvent(async (id: string, signal: AbortSignal) => {
    const release = await holdSession(id);
    const before = held.current;
    if (signal.aborted || before?.id === id) return release();
    held.current = { id, release };
    setHeldId(id);
    if (before === undefined) tellWindows({ kind: 'shown', sessionId: id });
    else {
      history.replaceState(undefined, '', sessionWindowAddress(id));
      tellWindows({ kind: 'replaced', sessionId: before.id, bySessionId: id });
      before.release();
    }
  });
  useEffect(() => {
    if (sessionId === undefined) return undefined;
    const abort = new AbortController();
    void hold(sessionId, abort.signal);
    return () => abort.abort();
  }, [sessionId]);
  const letGo = () => {
    const { current } = held;
    if (current === undefined) return;
    current.release();
    tellWindows({ kind: 'let-go', sessionId: current.id });
  };
  return { isHeld: heldId !== undefined, letGo };
}

/** A window of its own for one session. Closing it gives the session back to the main window; the session goes on. */
export function SessionWindow({ sessionId }: { sessionId: string }) {
  const store = useSessionStore();
  const { tabs, loaded } = useSessions();
  const [tabId, setTabId] = useState<string>();
  const [isOver, setOver] = useState(false);
  const tab = tabs.find((candidate) =>
    tabId === undefined ? candidate.sessionId === sessionId : candidate.id === tabId,
  );
  if (tab !== undefined && tabId === undefined) setTabId(tab.id);
  const { isHeld, letGo } = useHeld(tab?.sessionId);
  useTitle(tab?.session?.hostName);

  const leave = () => {
    setOver(true);
    letGo();
    window.close();
  };
  const hear = useEffectEvent((message: Parameters<Parameters<typeof hearWindows>[0]>[0]) => {
    if (!('sessionId' in message) || message.sessionId !== tab?.sessionId) return;
    if (message.kind === 'take-back') leave();
    if (message.kind === 'focus') window.focus();
  });
  useEffect(() => hearWindows(hear), []);

  const state = tab && stateOfTab(tab);
  const endedElsewhere = state?.kind === 'closed' && state.reason === 'user';
  useEffect(() => {
    if (endedElsewhere) window.close();
  }, [endedElsewhere]);

  const end = () => {
    if (tab?.sessionId !== undefined) tellWindows({ kind: 'ended', sessionId: tab.sessionId });
    if (tab !== undefined) store.close(tab.id);
    leave();
  };

  return (
    <div className={styles.window}>
      <Banners />
      <main className={styles.main}>
        <h1 className={styles.appName}>
          <VisuallyHidden>Proxima</VisuallyHidden>
        </h1>
        {!loaded ? (
          <EmptyState icon={<Spinner size={32} />} title="Looking for the session" />
        ) : tab === undefined || isOver ? (
          <EmptyState
            icon={<MonitorOff />}
            title={isOver ? 'The session is not shown here any more' : 'This session is not there any more'}
            text="You can close this window. Sessions that run are in the main window."
          >
            <Button onClick={() => window.close()}>Close the window</Button>
          </EmptyState>
        ) : (
          isHeld && <SessionPane tab={tab} layout="grid" isActive own={{ onGiveBack: leave, onEnd: end }} />
        )}
      </main>
    </div>
  );
}
