import { describe, expect, it } from 'vitest';
import { rendererFileOf } from '../../shared/contract/rendererFile.ts';
import { registerAppScheme, serveAppScheme } from './appScheme.ts';

describe('the app scheme', () => {
  const page = new Uint8Array(Buffer.from('<!doctype html>'));
  const rendererFiles = new Map([
    ['/', rendererFileOf('index.html', page)],
    ['/assets/main-3f2a.js', rendererFileOf('assets/main-3f2a.js', page)],
    ['/assets/worker-71bc.js', rendererFileOf('assets/worker-71bc.js', page)],
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

  it('is standard and secure, and has no way around the content security policy', () => {
    const registered: unknown[] = [];
    registerAppScheme({
      registerSchemesAsPrivileged: (schemes: unknown) => registered.push(schemes),
    } as unknown as Parameters<typeof registerAppScheme>[0]);
    expect(registered).toEqual([
      [
        {
          scheme: 'app',
          privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
        },
      ],
    ]);
  });

  it('serves the page with its policy, for every window', async () => {
    const ask = serve();
    const response = await ask('app://proxima/');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    expect(response.headers.get('Content-Security-Policy')).not.toContain('unsafe');
    expect(await response.text()).toBe('<!doctype html>');
    expect((await ask('app://proxima/?window=settings')).status).toBe(200);
    expect((await ask('app://proxima/assets/main-3f2a.js')).headers.get('Content-Type')).toContain(
      'javascript',
    );
  });

  it('serves workers as scripts of our own, which a page may start from nowhere else', async () => {
    const ask = serve();
    const worker = await ask('app://proxima/assets/worker-71bc.js');
    expect(worker.status).toBe(200);
    // A module worker of any other type isn't started, and what it may load its own answer says.
    expect(worker.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
    expect(worker.headers.get('X-Content-Type-Options')).toBe('nosniff');
    const policies = [worker, await ask('app://proxima/')].map((answer) =>
      answer.headers.get('Content-Security-Policy')?.split('; '),
    );
    for (const policy of policies) expect(policy).toContain("worker-src 'self'");
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
