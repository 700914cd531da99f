import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { rendererFileOf } from '../../shared/contract/rendererFile.ts';
import { registerAppScheme, serveAppScheme } from './appScheme.ts';
import { confinePages, limitPermissions } from './confinement.ts';
import { setMenus } from './menus.ts';
import { claimSingleInstance } from './singleInstance.ts';
import { createMainWindow, type MainWindowParts } from './windows.ts';

describe('the app scheme', () => {
  const page = new Uint8Array(Buffer.from('<!doctype html>'));
  const rendererFiles = new Map([
    ['/', rendererFileOf('index.html', page)],
    ['/assets/main-3f2a.js', rendererFileOf('assets/main-3f2a.js', page)],
  ]);

  function serve(): (url: string, method?: string) => Promise<Response> {
    let handler: ((request: Request) => Response | Promise<Response>) | undefined;
    const protocol = {
      handle: (_scheme: string, given: typeof handler) => {
        handler = given;
      },
    };
    serveAppScheme(protocol as unknown as Parameters<typeof serveAppScheme>[0], rendererFiles);
    return async (url, method = 'GET') => {
      const response = await handler?.({ url, method } as Request);
      if (!response) throw new Error('nothing was registered');
      return response;
    };
  }

  it('is standard and secure', () => {
    const registered: unknown[] = [];
    registerAppScheme({
      registerSchemesAsPrivileged: (schemes: unknown) => registered.push(schemes),
    } as unknown as Parameters<typeof registerAppScheme>[0]);
    expect(registered).toMatchObject([[{ scheme: 'app', privileges: { standard: true, secure: true } }]]);
  });

  it('serves the page with its policy', async () => {
    const ask = serve();
    const response = await ask('app://proxima/');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(await response.text()).toBe('<!doctype html>');
    expect((await ask('app://proxima/assets/main-3f2a.js')).headers.get('Content-Type')).toContain(
      'javascript',
    );
  });

  it.each([
    'app://evil/',
    'app://proxima/../package.json',
    'app://proxima/%2e%2e/package.json',
    'app://proxima/assets/..%2f..%2fpackage.json',
    'app://proxima//etc/passwd',
    'app://proxima/assets/',
  ])('finds nothing at %s', async (url) => {
    expect((await serve()(url)).status).toBe(404);
  });

  it('takes GET only', async () => {
    expect((await serve()('app://proxima/', 'POST')).status).toBe(404);
  });
});

describe('the single instance', () => {
  it('tells the first of a second start', () => {
    const app = Object.assign(new EventEmitter(), { requestSingleInstanceLock: () => true });
    let starts = 0;
    expect(
      claimSingleInstance(app as unknown as Parameters<typeof claimSingleInstance>[0], () => starts++),
    ).toBe(true);
    app.emit('second-instance', {}, ['--inspect'], '/');
    expect(starts).toBe(1);
  });

  it('lets the second go', () => {
    const app = Object.assign(new EventEmitter(), { requestSingleInstanceLock: () => false });
    expect(
      claimSingleInstance(app as unknown as Parameters<typeof claimSingleInstance>[0], () => undefined),
    ).toBe(false);
    expect(app.listenerCount('second-instance')).toBe(0);
  });
});

describe('confinement', () => {
  function openPage() {
    const app = new EventEmitter();
    let windowOpenHandler: (() => { action: string }) | undefined;
    const contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler: (handler: typeof windowOpenHandler) => {
        windowOpenHandler = handler;
      },
    });
    confinePages(app as unknown as Parameters<typeof confinePages>[0]);
    app.emit('web-contents-created', {}, contents);
    const isPrevented = (kind: string, event: object = {}) => {
      let prevented = false;
      const preventDefault = () => {
        prevented = true;
      };
      contents.emit(kind, { ...event, preventDefault });
      return prevented;
    };
    return { isPrevented, open: () => windowOpenHandler?.() };
  }

  it('opens no window', () => {
    expect(openPage().open()).toEqual({ action: 'deny' });
  });

  it('goes nowhere, but may load itself again', () => {
    const { isPrevented } = openPage();
    const go = (url: string, isMainFrame = true) => isPrevented('will-frame-navigate', { url, isMainFrame });
    expect(go('https://evil.example/')).toBe(true);
    expect(go('app://proxima.evil/')).toBe(true);
    expect(go('file:///etc/passwd')).toBe(true);
    expect(go('app://proxima/', false)).toBe(true);
    expect(go('app://proxima/')).toBe(false);
    expect(isPrevented('will-redirect', { url: 'app://proxima/' })).toBe(true);
    expect(isPrevented('will-attach-webview')).toBe(true);
  });

  it('grants our page the clipboard, and nothing else to anybody', () => {
    type Decide = (granted: boolean) => void;
    type Details = { isMainFrame: boolean; requestingUrl: string };
    let ask: (contents: null, permission: string, decide: Decide, details: Details) => void = () => undefined;
    let check: (contents: null, permission: string, origin: string, details: object) => boolean = () => true;
    let device: () => boolean = () => true;
    limitPermissions({
      setPermissionRequestHandler: (handler: typeof ask) => {
        ask = handler;
      },
      setPermissionCheckHandler: (handler: typeof check) => {
        check = handler;
      },
      setDevicePermissionHandler: (handler: typeof device) => {
        device = handler;
      },
    } as unknown as Parameters<typeof limitPermissions>[0]);
    const request = (permission: string, requestingUrl = 'app://proxima/', isMainFrame = true) => {
      let granted: boolean | undefined;
      ask(null, permission, (answer) => (granted = answer), { isMainFrame, requestingUrl });
      return granted;
    };
    expect(request('clipboard-read')).toBe(true);
    expect(request('clipboard-sanitized-write')).toBe(true);
    expect(request('media')).toBe(false);
    expect(request('openExternal')).toBe(false);
    expect(request('clipboard-read', 'https://evil.example/')).toBe(false);
    expect(request('clipboard-read', 'app://proxima.evil/')).toBe(false);
    expect(request('clipboard-read', 'app://proxima/', false)).toBe(false);
    expect(check(null, 'clipboard-read', 'app://proxima/', { isMainFrame: true })).toBe(true);
    expect(check(null, 'clipboard-read', 'app://proxima', { isMainFrame: true })).toBe(true);
    expect(check(null, 'clipboard-read', 'https://evil.example', { isMainFrame: true })).toBe(false);
    expect(check(null, 'geolocation', 'app://proxima', { isMainFrame: true })).toBe(false);
    expect(device()).toBe(false);
  });
});

describe('the main window', () => {
  class WindowDouble extends EventEmitter {
    readonly webContents = new EventEmitter();
    readonly loaded: string[] = [];
    readonly options: object;
    shown = 0;
    focused = 0;
    minimized = false;
    constructor(options: object) {
      super();
      this.options = options;
      opened.push(this);
    }
    loadURL(url: string) {
      this.loaded.push(url);
      return Promise.resolve();
    }
    show() {
      this.shown++;
    }
    focus() {
      this.focused++;
    }
    isMinimized() {
      return this.minimized;
    }
    restore() {
      this.minimized = false;
    }
  }
  let opened: WindowDouble[] = [];

  function create(isDark = false) {
    opened = [];
    return createMainWindow({
      BrowserWindow: WindowDouble as unknown as MainWindowParts['BrowserWindow'],
      nativeTheme: { shouldUseDarkColors: isDark },
      preloadFile: '/app/preload.cjs',
      log: { warn: () => undefined, error: () => undefined },
    });
  }

  it('is sandboxed, and shown once it has something to show', () => {
    create(true).show();
    const [window] = opened;
    expect(window?.options).toMatchObject({
      show: false,
      backgroundColor: '#17171b',
      webPreferences: {
        preload: '/app/preload.cjs',
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
      },
    });
    expect(window?.loaded).toEqual(['app://proxima/']);
    expect(window?.shown).toBe(0);
    window?.emit('ready-to-show');
    expect(window?.shown).toBe(1);
  });

  it('comes to the front when asked for again, and opens anew once it was closed', () => {
    const main = create();
    main.show();
    const [window] = opened;
    if (window) window.minimized = true;
    main.show();
    expect(opened).toHaveLength(1);
    expect(window).toMatchObject({ minimized: false, focused: 1 });
    window?.emit('closed');
    main.show();
    expect(opened).toHaveLength(2);
  });

  it('loads its page again after a crash, but not over and over', () => {
    create().show();
    const [window] = opened;
    window?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 });
    expect(window?.loaded).toHaveLength(2);
    window?.webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 11 });
    expect(window?.loaded).toHaveLength(2);
  });
});

describe('menus', () => {
  it.each([
    ['linux', false],
    ['win32', false],
    ['darwin', true],
  ] as const)('on %s', (platform, hasMenu) => {
    let menu: unknown;
    const double = {
      setApplicationMenu: (given: unknown) => {
        menu = given;
      },
      buildFromTemplate: (template: unknown) => template,
    };
    setMenus(double as unknown as Parameters<typeof setMenus>[0], platform);
    expect(menu !== null).toBe(hasMenu);
  });
});
