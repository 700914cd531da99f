import { useEffect } from 'react';

const appName = 'Proxima';

/** Names the window, for the taskbar and whoever switches between windows. */
export function useTitle(subject: string | undefined): void {
  useEffect(() => {
    document.title = subject === undefined ? appName : `${subject} – ${appName}`;
  }, [subject]);
}
