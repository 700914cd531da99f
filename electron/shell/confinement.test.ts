import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { confinePages, limitDownloads, refuseForeignRequests } from './confinement.ts';

const sessionUrl = 'app://proxima/?window=session&id=b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
const silent = { warn: () => undefined, error: () => undefined };

describe('pages', () => {
  function openPage(current = 'app://proxima/') {
    const app = new EventEmitter();
    let windowOpenHandler: (() => { action: string }) | undefined;
    const contents = Object.assign(new EventEmitter(), {
      getURL: () => current,
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
    const go = (url: string, isMainFrame = true) => isPrevented('will-frame-navigate', { url, isMainFrame });
    return { isPrevented, go, open: () => windowOpenHandler?.() };
  }

  it('open no window, unless they are told that they may', () => {
    expect(openPage().open()).toEqual({ action: 'deny' });
  });

  it('go nowhere, but may load themselves again', () => {
    const { isPrevented, go } = openPage();
    expect(go('https://evil.example/')).toBe(true);
    expect(go('app://proxima.evil/')).toBe(true);
    expect(go('file:///etc/passwd')).toBe(true);
    expect(go(sessionUrl)).toBe(true);
    expect(go('app://proxima/', false)).toBe(true);
    expect(go('app://proxima/')).toBe(false);
    expect(go('app://proxima/#here')).toBe(false);
    expect(isPrevented('will-redirect', { url: 'app://proxima/' })).toBe(true);
    expect(isPrevented('will-attach-webview')).toBe(true);
  });

  it('of a torn-off session stay with it', () => {
    const { go } = openPage(sessionUrl);
    expect(go(sessionUrl)).toBe(false);
    expect(go('app://proxima/')).toBe(true);
  });

  it('that are new load an address of ours, and no other', () => {
    for (const empty of ['', 'about:blank']) {
      const { go } = openPage(empty);
      expect(go(sessionUrl)).toBe(false);
      expect(go('https://evil.example/')).toBe(true);
    }
  });

  it('get nothing from the network or the disk', () => {
    let urls: readonly string[] = [];
    let answer: object = {};
    const session = {
      webRequest: {
        onBeforeRequest(
          filter: { urls: string[] },
          listener: (details: object, decide: (answer: object) => void) => void,
        ) {
          urls = filter.urls;
          listener({ resourceType: 'script' }, (given) => {
            answer = given;
          });
        },
      },
    };
    refuseForeignRequests(session as unknown as Parameters<typeof refuseForeignRequests>[0], silent);
    expect(urls).toEqual(['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']);
    expect(answer).toEqual({ cancel: true });
  });
});

describe('downloads', () => {
  function download(url: string, { page = 'app://proxima/', name = 'audit.json' } = {}) {
    const session = new EventEmitter();
    limitDownloads(session as unknown as Parameters<typeof limitDownloads>[0], silent);
    let isRefused = false;
    let dialog: { defaultPath?: string } | undefined;
    const item = {
      getURL: () => url,
      getFilename: () => name,
      setSaveDialogOptions: (options: typeof dialog) => {
        dialog = options;
      },
    };
    const preventDefault = () => {
      isRefused = true;
    };
    session.emit('will-download', { preventDefault }, item, { getURL: () => page });
    return { isRefused, dialog };
  }

  it('are what our page made, saved where its person says', () => {
    expect(download('blob:app://proxima/7')).toMatchObject({
      isRefused: false,
      dialog: { defaultPath: 'audit.json' },
    });
  });

  it('have a name, and no folder', () => {
    expect(download('blob:app://proxima/7', { name: '../../.bashrc' }).dialog?.defaultPath).toBe('.bashrc');
    expect(download('blob:app://proxima/7', { name: 'C:\\Windows\\x.exe' }).dialog?.defaultPath).toBe(
      'x.exe',
    );
    expect(download('blob:app://proxima/7', { name: 'a/' }).dialog?.defaultPath).toBe('download');
  });

  it.each([
    ['https://evil.example/x.exe', {}],
    ['file:///etc/passwd', {}],
    ['data:text/plain,x', {}],
    ['blob:https://evil.example/7', {}],
    ['blob:app://proxima.evil/7', {}],
    ['blob:app://proxima/7', { page: 'https://evil.example/' }],
  ])('are not %s', (url, options) => {
    expect(download(url, options)).toEqual({ isRefused: true, dialog: undefined });
  });
});
