import { useEffect, useEffectEvent } from 'react';
import { showChannel } from '../../shared/contract/showChannel.ts';
import { showRequestSchema } from '../../shared/contract/showRequest.ts';
import { useOwnWindows } from './ownWindows.ts';
import { useSessionStore } from './sessionsContext.tsx';
import { useViews } from './views.ts';
import { hearWindows } from './windowMessages.ts';

/** Shows the session that another window asks for, or the desktop app itself: in its tray, its menu, or a notification. */
export function useShowRequests(): void {
  const store = useSessionStore();
  const windows = useOwnWindows();
  const { show } = useViews();
  const showSession = useEffectEvent((sessionId: string) => {
    if (windows?.getState().sessionIds.has(sessionId) === true) return windows.bringToFront(sessionId);
    const tab = store.getState().tabs.find((candidate) => candidate.sessionId === sessionId);
    if (tab === undefined) return;
    store.activate(tab.id);
    show({ kind: 'work' });
    window.focus();
  });
  useEffect(() => {
    const hear = ({ source, origin, data }: MessageEvent<unknown>) => {
      if (source !== window || origin !== location.origin) return;
      const isRequest =
        typeof data === 'object' && data !== null && 'type' in data && data.type === showChannel;
      const request = isRequest ? showRequestSchema.safeParse(data) : undefined;
      if (request?.success === true) showSession(request.data.sessionId);
    };
    window.addEventListener('message', hear);
    const stopHearing = hearWindows((message) => {
      if (message.kind === 'show-session') showSession(message.sessionId);
    });
    return () => {
      window.removeEventListener('message', hear);
      stopHearing();
    };
  }, []);
}
