import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  NativeTheme,
  WindowOpenHandlerResponse,
} from 'electron';
import { showChannel } from '../../shared/contract/showChannel.ts';
import type { ShowRequest } from '../../shared/contract/showRequest.ts';
import type { Log } from './log.ts';
import { firstSizes, type PlaceKeeper } from './placeKeeper.ts';
import { parseWindowAddress, urlOf, type WindowAddress, type WindowKind } from './windowAddress.ts';

export interface WindowsParts {
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly nativeTheme: Pick<NativeTheme, 'shouldUseDarkColors'>;
  /** The absolute path of the built preload script. */
  readonly preloadFile: string;
  readonly places: PlaceKeeper;
  /** Sees to it that a window whose page fails comes back. */
  readonly recover: (window: BrowserWindow) => void;
  readonly log: Log;
  /** Told of every window before it is shown. */
  readonly onOpen?: (kind: WindowKind, window: BrowserWindow) => void;
}

/** The app's windows: one main window, one for settings, and one for each session that was torn off. */
export interface Windows {
  /** Opens the main window, or brings it to the front. */
  showMain(): void;
  showSettings(): void;
  /** Brings the session's own window to the front, or the main window with its tab. */
  showSession(sessionId: string): void;
  all(): readonly BrowserWindow[];
}

/** The page's own background (renderer/ui/tokens.css), so that opening doesn't flash. */
const background = { light: '#ffffff', dark: '#17171b' } as const;

/** More than a person can have on their screens; a page that goes wild stops here. */
const windowLimit = 50;

export function createWindows(parts: WindowsParts): Windows {
  const windows = new Map<BrowserWindow, WindowAddress>();

  const find = (address: WindowAddress): BrowserWindow | undefined =>
    [...windows].find(([, other]) => urlOf(other) === urlOf(address))?.[0];

  function optionsFor(kind: WindowKind): BrowserWindowConstructorOptions {
    const place = parts.places.placeFor(kind);
    return {
      title: 'Proxima',
      ...firstSizes[kind],
      ...(place && { x: place.x, y: place.y, width: place.width, height: place.height }),
      show: false,
      // Where there is one. It shows itself on Alt, unless a session has the keyboard.
      autoHideMenuBar: true,
      backgroundColor: parts.nativeTheme.shouldUseDarkColors ? background.dark : background.light,
      webPreferences: {
        preload: parts.preloadFile,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInSubFrames: false,
        nodeIntegrationInWorker: false,
        webSecurity: true,
        allowRunningInsecureContent: false,
        experimentalFeatures: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        // Sessions have to be acknowledged while the window is hidden.
        backgroundThrottling: false,
      },
    };
  }

  /** Makes a window that was just created one of ours. */
  function adopt(window: BrowserWindow, address: WindowAddress): void {
    const isMaximized = parts.places.placeFor(address.kind)?.isMaximized === true;
    windows.set(window, address);
    window.once('closed', () => windows.delete(window));
    window.once('ready-to-show', () => {
      if (isMaximized) window.maximize();
      window.show();
    });
    window.webContents.setWindowOpenHandler(({ url }) => answerOpening(url));
    window.webContents.on('did-create-window', (child, { url }) => {
      const admitted = parseWindowAddress(url);
      if (admitted) adopt(child, admitted);
      else child.destroy();
    });
    // A torn-off session that is opened anew has another id; its page writes that into its address.
    window.webContents.on('did-navigate-in-page', (_event, url) => {
      const moved = parseWindowAddress(url);
      if (moved?.kind === address.kind) windows.set(window, moved);
    });
    parts.places.follow(address.kind, window);
    parts.recover(window);
    parts.onOpen?.(address.kind, window);
  }

  /** A page may open settings and torn-off sessions with plain `window.open`, each of them once. */
  function answerOpening(url: string): WindowOpenHandlerResponse {
    const address = parseWindowAddress(url);
    if (!address || address.kind === 'main' || windows.size >= windowLimit) {
      parts.log.warn({ url: url.slice(0, 200) }, 'Refused to open a window');
      return { action: 'deny' };
    }
    const open = find(address);
    if (open) {
      bringToFront(open);
      return { action: 'deny' };
    }
    return {
      action: 'allow',
      outlivesOpener: true,
      overrideBrowserWindowOptions: optionsFor(address.kind),
    };
  }

  /** Brings a window to the front, opening it where it isn't there. */
  function show(address: WindowAddress): BrowserWindow {
    const open = find(address);
    if (open) {
      bringToFront(open);
      return open;
    }
    const window = new parts.BrowserWindow(optionsFor(address.kind));
    adopt(window, address);
    window.loadURL(urlOf(address)).catch((error: unknown) => {
      parts.log.error({ reason: String(error) }, 'The page could not be loaded');
    });
    return window;
  }

  return {
    showMain: () => void show({ kind: 'main' }),
    showSettings: () => void show({ kind: 'settings' }),
    showSession(sessionId) {
      const own = find({ kind: 'session', sessionId });
      if (own) {
        bringToFront(own);
        return;
      }
      const { webContents } = show({ kind: 'main' });
      const request: ShowRequest = { kind: 'session', sessionId };
      const send = () => webContents.send(showChannel, request);
      if (webContents.isLoading()) webContents.once('did-finish-load', send);
      else send();
    },
    all: () => [...windows.keys()],
  };
}

function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
