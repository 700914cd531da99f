import type { BrowserWindow, BrowserWindowConstructorOptions, NativeTheme } from 'electron';
import { appUrl } from './appScheme.ts';
import type { Log } from './log.ts';

export interface MainWindowParts {
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly nativeTheme: Pick<NativeTheme, 'shouldUseDarkColors'>;
  /** The absolute path of the built preload script. */
  readonly preloadFile: string;
  readonly log: Log;
}

/** The page's own background (renderer/ui/tokens.css), so that opening doesn't flash. */
const background = { light: '#ffffff', dark: '#17171b' } as const;

/** A page that dies again this soon isn't loaded a third time. */
const reloadPauseMs = 10_000;

/** The app's one window. `show` opens it, or brings the open one to the front. */
export function createMainWindow(parts: MainWindowParts): { show(): void } {
  let window: BrowserWindow | undefined;

  function open(): BrowserWindow {
    const opened = new parts.BrowserWindow({
      title: 'Proxima',
      width: 1280,
      height: 800,
      minWidth: 720,
      minHeight: 480,
      show: false,
      backgroundColor: parts.nativeTheme.shouldUseDarkColors ? background.dark : background.light,
      webPreferences: {
        preload: parts.preloadFile,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        // Sessions have to be acknowledged while the window is hidden.
        backgroundThrottling: false,
      },
    });
    opened.once('ready-to-show', () => opened.show());
    opened.once('closed', () => {
      window = undefined;
    });
    let diedAt = Number.NEGATIVE_INFINITY;
    opened.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      parts.log.error({ reason, exitCode }, 'The page of the window ended');
      const isFirst = performance.now() - diedAt > reloadPauseMs;
      diedAt = performance.now();
      // The sessions are held here: a fresh page draws them again.
      if (reason !== 'clean-exit' && isFirst) load(opened);
    });
    load(opened);
    return opened;
  }

  function load(target: BrowserWindow): void {
    target.loadURL(appUrl).catch((error: unknown) => {
      parts.log.error({ reason: String(error) }, 'The page could not be loaded');
    });
  }

  return {
    show() {
      if (!window) {
        window = open();
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
  };
}
