import type { App, Session, WebContents } from 'electron';
import { appOrigin } from './appScheme.ts';
import type { Log } from './log.ts';
import { parseWindowAddress } from './windowAddress.ts';

/** Keeps every page of the app where it is: no other address, no other window, no embedded browser. To be called before any window opens. */
export function confinePages(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => confine(contents));
}

function confine(contents: WebContents): void {
  // Our own windows are given more by windows.ts: settings and torn-off sessions.
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // A reload by the page itself counts as navigation too, and so may the first load of a window that a page opened.
  contents.on('will-frame-navigate', (event) => {
    const isFirst = contents.getURL() === '' || contents.getURL() === 'about:blank';
    const isReload = withoutHash(event.url) === withoutHash(contents.getURL());
    const isOurs = parseWindowAddress(event.url) !== undefined;
    if (!event.isMainFrame || !isOurs || !(isFirst || isReload)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

const withoutHash = (url: string) => url.split('#')[0];

/** All of it comes from our own scheme: a page that asks the network or the disk for anything isn't ours any more. */
const foreignAddresses = ['http', 'https', 'ws', 'wss', 'ftp', 'file'].map((scheme) => `${scheme}://*/*`);

/** Gives no page anything that isn't served under our scheme, whatever its content security policy says. */
export function refuseForeignRequests(session: Pick<Session, 'webRequest'>, log: Log): void {
  session.webRequest.onBeforeRequest({ urls: foreignAddresses }, ({ resourceType }, decide) => {
    log.warn({ resourceType }, 'Refused a request of a page to the outside');
    decide({ cancel: true });
  });
}

/** Lets pages save what they made themselves, where their person says; everything else isn't downloaded. */
export function limitDownloads(session: Pick<Session, 'on'>, log: Log): void {
  session.on('will-download', (event, item, contents) => {
    const isOwn = parseWindowAddress(contents.getURL()) !== undefined;
    if (!isOwn || !item.getURL().startsWith(`blob:${appOrigin}/`)) {
      log.warn({}, 'Refused a download');
      event.preventDefault();
      return;
    }
    item.setSaveDialogOptions({ title: 'Save', defaultPath: fileNameOf(item.getFilename()) });
  });
}

/** The name alone: a page doesn't choose the folder. */
const fileNameOf = (name: string) => name.split(/[\\/]/).at(-1)?.slice(0, 200) || 'download';
