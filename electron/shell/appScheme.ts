import type { Protocol } from 'electron';
import { securityHeaders } from '../../shared/contract/contentSecurityPolicy.ts';
import type { RendererFiles } from '../../shared/contract/rendererFile.ts';

const scheme = 'app';
const host = 'proxima';

/** The one origin whose pages are ours. */
export const appOrigin = `${scheme}://${host}`;
export const appUrl = `${appOrigin}/`;

/** Makes pages of our scheme as secure and as separate as those of https. To be called before the app is ready. */
export function registerAppScheme(protocol: Protocol): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the renderer under our scheme, and nothing else. To be called once the app is ready. */
export function serveAppScheme(protocol: Protocol, rendererFiles: RendererFiles): void {
  protocol.handle(scheme, ({ url, method }) => {
    const { host: asked, pathname } = new URL(url);
    const file = asked === host && method === 'GET' ? rendererFiles.get(pathname) : undefined;
    return file
      ? new Response(file.bytes, {
          headers: {
            ...securityHeaders,
            'Content-Type': file.contentType,
            'Cache-Control': file.cacheControl,
          },
        })
      : new Response('There is nothing here.\n', { status: 404, headers: { ...securityHeaders } });
  });
}
