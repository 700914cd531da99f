import type { App, Session, WebContents } from 'electron';
import { appOrigin, appUrl } from './appScheme.ts';

/** What our page may ask of the browser: the clipboard of a session, both ways. */
const grantedPermissions: readonly string[] = ['clipboard-read', 'clipboard-sanitized-write'];

/** Keeps every page of the app where it is: no other address, no other window, no embedded browser. To be called before any window opens. */
export function confinePages(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents) => confine(contents));
}

function confine(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // A reload by the page itself counts as navigation too.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || event.url.split('#')[0] !== appUrl) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Grants our own page the few permissions that it needs, and refuses every other request by anybody. */
export function limitPermissions(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >,
): void {
  session.setPermissionRequestHandler((_contents, permission, decide, { isMainFrame, requestingUrl }) => {
    decide(isMainFrame && requestingUrl.startsWith(appUrl) && grantedPermissions.includes(permission));
  });
  session.setPermissionCheckHandler(
    (_contents, permission, requestingOrigin, { isMainFrame }) =>
      isMainFrame &&
      // With or without the slash, depending on the kind of check.
      requestingOrigin.replace(/\/$/, '') === appOrigin &&
      grantedPermissions.includes(permission),
  );
  session.setDevicePermissionHandler(() => false);
}
