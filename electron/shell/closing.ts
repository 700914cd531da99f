import type { App, BrowserWindow, Dialog, Event, PowerMonitor } from 'electron';

export interface ClosingParts {
  readonly app: Pick<App, 'on' | 'quit'>;
  readonly dialog: Pick<Dialog, 'showMessageBox' | 'showMessageBoxSync'>;
  readonly powerMonitor: Pick<PowerMonitor, 'on'>;
  readonly platform: NodeJS.Platform;
  /** How many sessions would end with this process. */
  readonly liveSessions: () => number;
  /** The preference that closing the last window leaves Proxima in the tray. */
  readonly keepsInTray: () => boolean;
}

/** Decides what closing and quitting mean. While sessions are live, their person is asked, and only once. */
export interface Closing {
  /** Follows the main window: on Windows and Linux, closing it ends Proxima unless that stays in the tray. */
  followMain(window: Pick<BrowserWindow, 'on' | 'once' | 'close'>): void;
  /** Follows any window: the system's own end, and pages with unsaved changes. */
  follow(
    window: Pick<BrowserWindow, 'on'> & { readonly webContents: Pick<BrowserWindow['webContents'], 'on'> },
  ): void;
  /** Whoever ends Proxima from now on has asked, or nobody is there to answer. */
  stopAsking(): void;
}

type Answer = 'quit' | 'keep' | 'cancel';

export function createClosing(parts: ClosingParts): Closing {
  const { app, dialog, platform } = parts;
  const isMac = platform === 'darwin';
  /** Nobody is to be asked any more. */
  let isDecided = false;
  /** The person chose to keep Proxima in the tray this once. */
  let staysThisTime = false;
  let asking: Promise<Answer> | undefined;

  function stopAsking(): void {
    isDecided = true;
  }

  function quit(): void {
    stopAsking();
    app.quit();
  }

  function ask(): Promise<Answer> {
    asking ??= askWhetherToQuit(dialog, parts.liveSessions(), isMac).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  app.on('before-quit', (event) => {
    if (isDecided || parts.liveSessions() === 0) {
      isDecided = true;
      return;
    }
    event.preventDefault();
    void ask().then((answer) => {
      if (answer === 'quit') quit();
    });
  });
  // Without a listener Electron quits when the last window closes; here that is the main window's matter.
  app.on('window-all-closed', () => undefined);
  // Logging off and shutting down wait for nobody's answer.
  parts.powerMonitor.on('shutdown', stopAsking);

  return {
    stopAsking,
    followMain(window) {
      staysThisTime = false;
      window.on('close', (event: Event) => {
        if (isDecided || isMac || parts.keepsInTray() || staysThisTime || parts.liveSessions() === 0) return;
        event.preventDefault();
        void ask().then((answer) => {
          if (answer === 'quit') quit();
          if (answer !== 'keep') return;
          staysThisTime = true;
          window.close();
        });
      });
      window.once('closed', () => {
        if (!isMac && !parts.keepsInTray() && !staysThisTime) app.quit();
      });
    },
    follow(window) {
      window.on('session-end', stopAsking);
      window.webContents.on('will-prevent-unload', (event) => {
        const stays = dialog.showMessageBoxSync({
          type: 'question',
          title: 'Proxima',
          message: 'Close the window with unsaved changes?',
          detail: 'What you changed and didn’t save is lost then.',
          buttons: ['Discard the changes', 'Go back'],
          defaultId: 1,
          cancelId: 1,
          noLink: true,
        });
        // Preventing the page's own wish lets the window close.
        if (stays === 0) event.preventDefault();
        else isDecided = false;
      });
    },
  };
}

async function askWhetherToQuit(
  dialog: ClosingParts['dialog'],
  count: number,
  isMac: boolean,
): Promise<Answer> {
  // On macOS closing the windows leaves the app running as it is, so that there is nothing to offer beside quitting.
  const answers: readonly Answer[] = isMac ? ['quit', 'cancel'] : ['quit', 'keep', 'cancel'];
  const words = { quit: 'Quit', keep: 'Keep in the tray', cancel: 'Cancel' };
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'Proxima',
    message: count === 1 ? 'One session is live. Quit Proxima?' : `${count} sessions are live. Quit Proxima?`,
    detail: 'Quitting ends them. Windows and VNC hosts keep what you had open; what ran in a shell is gone.',
    buttons: answers.map((answer) => words[answer]),
    defaultId: answers.length - 1,
    cancelId: answers.length - 1,
    noLink: true,
  });
  return answers[response] ?? 'cancel';
}
