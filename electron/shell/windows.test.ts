import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { showRequestSchema } from '../../shared/contract/showRequest.ts';
import { createWindows, type Windows, type WindowsParts } from './windows.ts';

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
const sessionUrl = `app://proxima/?window=session&id=${sessionId}`;
const settingsUrl = 'app://proxima/?window=settings';

interface OpenAnswer {
  readonly action: string;
  readonly outlivesOpener?: boolean;
  readonly overrideBrowserWindowOptions?: object;
}

class ContentsDouble extends EventEmitter {
  readonly sent: unknown[][] = [];
  loading = true;
  answerOpening: (details: { url: string }) => OpenAnswer = () => ({ action: 'none was set' });
  setWindowOpenHandler(handler: typeof this.answerOpening) {
    this.answerOpening = handler;
  }
  isLoading = () => this.loading;
  send = (...message: unknown[]) => void this.sent.push(message);
}

class WindowDouble extends EventEmitter {
  readonly webContents = new ContentsDouble();
  readonly loaded: string[] = [];
  readonly options: object;
  shown = 0;
  focused = 0;
  minimized = false;
  maximized = 0;
  destroyed = false;
  constructor(options: object) {
    super();
    this.options = options;
    opened.push(this);
  }
  loadURL(url: string) {
    this.loaded.push(url);
    return Promise.resolve();
  }
  show = () => void this.shown++;
  focus = () => void this.focused++;
  maximize = () => void this.maximized++;
  isMinimized = () => this.minimized;
  restore = () => {
    this.minimized = false;
  };
  destroy = () => {
    this.destroyed = true;
  };
}

let opened: WindowDouble[];
let logged: string[];
let followed: string[];
let windows: Windows;

function create(isDark = false, place?: { x: number; isMaximized: boolean }): void {
  opened = [];
  logged = [];
  followed = [];
  const note = (details: object, text: string) => void logged.push(`${text} ${JSON.stringify(details)}`);
  windows = createWindows({
    BrowserWindow: WindowDouble as unknown as WindowsParts['BrowserWindow'],
    nativeTheme: { shouldUseDarkColors: isDark },
    preloadFile: '/app/preload.cjs',
    places: {
      placeFor: () => place && { y: 0, width: 900, height: 700, ...place },
      follow: (kind) => void followed.push(kind),
    },
    recover: () => void followed.push('recovered'),
    log: { warn: note, error: note },
  });
}
beforeEach(() => create());

/** What Electron does with a page's `window.open`. */
function openByPage(opener: WindowDouble | undefined, url: string): OpenAnswer {
  const answer = opener?.webContents.answerOpening({ url }) ?? { action: 'no opener' };
  if (answer.action === 'allow') {
    const child = new WindowDouble(answer.overrideBrowserWindowOptions ?? {});
    opener?.webContents.emit('did-create-window', child, { url });
  }
  return answer;
}

const safePreferences = {
  preload: '/app/preload.cjs',
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
};

describe('the main window', () => {
  it('is sandboxed, and shown once it has something to show', () => {
    create(true);
    windows.showMain();
    const [window] = opened;
    expect(window?.options).toMatchObject({
      show: false,
      autoHideMenuBar: true,
      backgroundColor: '#17171b',
      width: 1280,
      webPreferences: safePreferences,
    });
    expect(window?.loaded).toEqual(['app://proxima/']);
    expect(window?.shown).toBe(0);
    window?.emit('ready-to-show');
    expect(window?.shown).toBe(1);
    expect(followed).toEqual(['main', 'recovered']);
  });

  it('opens where it was', () => {
    create(false, { x: 33, isMaximized: true });
    windows.showMain();
    expect(opened[0]?.options).toMatchObject({ x: 33, width: 900, height: 700 });
    opened[0]?.emit('ready-to-show');
    expect(opened[0]?.maximized).toBe(1);
  });

  it('comes to the front when asked for again, and opens anew once it was closed', () => {
    windows.showMain();
    const [window] = opened;
    if (window) window.minimized = true;
    windows.showMain();
    expect(opened).toHaveLength(1);
    expect(window).toMatchObject({ minimized: false, focused: 1 });
    window?.emit('closed');
    windows.showMain();
    expect(opened).toHaveLength(2);
  });
});

describe('windows that a page opens', () => {
  it('are found again by the session that they show now', () => {
    const other = 'c1d2e3f4-5f4d-4b7e-9d0c-0f2f6a1f7c22';
    windows.showMain();
    openByPage(opened[0], sessionUrl);
    const torn = opened[1];
    torn?.webContents.emit('did-navigate-in-page', {}, sessionUrl.replace(sessionId, other));
    torn?.webContents.emit('did-navigate-in-page', {}, settingsUrl);
    windows.showSession(other);
    expect(torn?.focused).toBe(1);
  });

  it('are the settings and torn-off sessions, as confined as the main one', () => {
    windows.showMain();
    for (const url of [`${settingsUrl}#groups`, sessionUrl]) {
      expect(openByPage(opened[0], url)).toMatchObject({ action: 'allow', outlivesOpener: true });
      expect(opened.at(-1)?.options).toMatchObject({ show: false, webPreferences: safePreferences });
      // Chromium loads it.
      expect(opened.at(-1)?.loaded).toEqual([]);
    }
    expect(followed).toEqual(['main', 'recovered', 'settings', 'recovered', 'session', 'recovered']);
    expect(windows.all()).toHaveLength(3);
  });

  it('are there once', () => {
    windows.showMain();
    openByPage(opened[0], settingsUrl);
    openByPage(opened[0], sessionUrl);
    for (const url of [settingsUrl, `${settingsUrl}#audit`, sessionUrl])
      expect(openByPage(opened[0], url)).toEqual({ action: 'deny' });
    expect(opened.map(({ focused }) => focused)).toEqual([0, 2, 1]);
    windows.showSettings();
    expect(opened).toHaveLength(3);
    opened[1]?.emit('closed');
    expect(openByPage(opened[0], settingsUrl).action).toBe('allow');
  });

  it('may open each other, under the same rule', () => {
    windows.showSettings();
    expect(openByPage(opened[0], sessionUrl).action).toBe('allow');
    expect(openByPage(opened[1], 'https://evil.example/').action).toBe('deny');
  });

  it.each([
    'https://evil.example/',
    'file:///etc/passwd',
    'about:blank',
    'app://evil/?window=settings',
    'app://proxima/',
    'app://proxima/?window=session&id=1',
    'javascript:alert(1)',
  ])('are never %s', (url) => {
    windows.showMain();
    expect(openByPage(opened[0], url)).toEqual({ action: 'deny' });
    expect(opened).toHaveLength(1);
    expect(logged).toHaveLength(1);
  });

  it('are not without number', () => {
    windows.showMain();
    let allowed = 0;
    for (let index = 0; index < 200; index++) {
      const id = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
      const { action } = openByPage(opened[0], `app://proxima/?window=session&id=${id}`);
      if (action === 'allow') allowed++;
    }
    expect(allowed).toBe(49);
  });

  it('that turn out to be another are closed', () => {
    windows.showMain();
    const child = new WindowDouble({});
    opened[0]?.webContents.emit('did-create-window', child, { url: 'https://evil.example/' });
    expect(child.destroyed).toBe(true);
    expect(windows.all()).toHaveLength(1);
  });
});

describe('a session that is asked for', () => {
  it('comes up in its own window', () => {
    windows.showMain();
    openByPage(opened[0], sessionUrl);
    windows.showSession(sessionId);
    expect(opened[1]?.focused).toBe(1);
    expect(opened[0]?.webContents.sent).toEqual([]);
  });

  it('comes up in the main window, once that is loaded', () => {
    windows.showSession(sessionId);
    const contents = opened[0]?.webContents;
    expect(contents?.sent).toEqual([]);
    contents?.emit('did-finish-load');
    expect(contents?.sent).toHaveLength(1);
    if (contents) contents.loading = false;
    windows.showSession(sessionId);
    expect(contents?.sent[1]?.[0]).toBe('proxima:show');
    expect(showRequestSchema.parse(contents?.sent[1]?.[1])).toEqual({ kind: 'session', sessionId });
  });
});
