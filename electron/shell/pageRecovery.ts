import type { BrowserWindow, Dialog } from 'electron';
import type { Log } from './log.ts';

export interface PageRecoveryParts {
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  readonly log: Log;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
}

type RecoveredWindow = Pick<BrowserWindow, 'on' | 'isDestroyed' | 'destroy'> & {
  readonly webContents: Pick<BrowserWindow['webContents'], 'on' | 'reload' | 'forcefullyCrashRenderer'>;
};

/** A page that fails more often than this within the time isn't loaded again without asking. */
const reloadLimit = 3;
const reloadLimitMs = 60_000;

/**
 * Brings a window's page back when it fails: the sessions are held by this process, a fresh page draws them again. Windows often share
 * a renderer process and fail together, so that all of them wait for the one answer.
 */
export function createPageRecovery({
  dialog,
  log,
  now,
}: PageRecoveryParts): (window: RecoveredWindow) => void {
  let asking: Promise<boolean> | undefined;

  async function askToTryAgain(): Promise<boolean> {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      title: 'Proxima',
      message: 'Proxima’s window fails again and again.',
      detail:
        'Your sessions go on in the background. Try again, or close the window; the log in Proxima’s data folder says more.',
      buttons: ['Try again', 'Close the window'],
      defaultId: 0,
      cancelId: 1,
      noLink: true,
    });
    asking = undefined;
    return response === 0;
  }

  async function bringBack(window: RecoveredWindow, failuresHere: number[]): Promise<void> {
    const isLoop = failuresHere.length > reloadLimit || asking !== undefined;
    if (!isLoop) {
      window.webContents.reload();
      return;
    }
    asking ??= askToTryAgain();
    const triesAgain = await asking;
    failuresHere.length = 0;
    if (window.isDestroyed()) return;
    if (triesAgain) window.webContents.reload();
    else window.destroy();
  }

  return (window) => {
    const failuresHere: number[] = [];
    window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      log.error({ reason, exitCode }, 'The page of a window ended');
      while ((failuresHere[0] ?? now()) < now() - reloadLimitMs) failuresHere.shift();
      failuresHere.push(now());
      void bringBack(window, failuresHere);
    });

    let waiting: AbortController | undefined;
    window.on('responsive', () => waiting?.abort());
    window.on('unresponsive', () => {
      if (waiting) return;
      log.warn({}, 'The page of a window does not answer');
      waiting = new AbortController();
      void askToWait(dialog, waiting.signal).then((waits) => {
        waiting = undefined;
        // Counts as a failure of the page, and is put right as one.
        if (!waits && !window.isDestroyed()) window.webContents.forcefullyCrashRenderer();
      });
    });
  };
}

/** Resolves to `true` where they want to wait, and where it answers again meanwhile. */
async function askToWait(dialog: PageRecoveryParts['dialog'], signal: AbortSignal): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    title: 'Proxima',
    message: 'Proxima’s window does not answer.',
    detail:
      'Your sessions go on in the background. If you load the window again, what you typed into a form is lost.',
    buttons: ['Wait', 'Load again'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
    signal,
  });
  return response === 0 || signal.aborted;
}
