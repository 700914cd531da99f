import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { WebSocket } from 'ws';

export interface LightAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The node that answered. */
  readonly servedBy: string | undefined;
}

interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** As much of a browser as signing in and a WebSocket's handshake need: there can be twenty of them at once. */
export interface LightBrowser {
  /** `name=value` of the sign-in. */
  cookie(): string | undefined;
  /** What follows the dot in it. */
  route(): string | undefined;
  ask(path: string, options?: AskOptions): Promise<LightAnswer>;
  signIn(name: string, password: string): Promise<LightAnswer>;
  /** Opens a WebSocket and ends it. */
  dial(path: string, options?: { readonly origin?: string }): Promise<LightAnswer>;
}

export function createLightBrowser(
  origin: string,
  authorityPem: string,
  initialCookie?: string,
): LightBrowser {
  let cookie = initialCookie;
  const ownHeaders = () => ({ ...(cookie !== undefined && { Cookie: `other=1; ${cookie}` }) });

  async function ask(path: string, { method, headers, form }: AskOptions = {}): Promise<LightAnswer> {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString();
    const asked = request(origin + path, {
      method: method ?? (form === undefined ? 'GET' : 'POST'),
      ca: authorityPem,
      agent: false,
      headers: {
        ...ownHeaders(),
        ...(body !== undefined && {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': String(Buffer.byteLength(body)),
          Origin: origin,
          'Sec-Fetch-Site': 'same-origin',
        }),
        ...headers,
      },
    });
    asked.end(body);
    const [response] = await once(asked, 'response');
    return readAnswer(response);
  }

  async function readAnswer(
    response: AsyncIterable<Buffer> & { headers: IncomingHttpHeaders; statusCode?: number },
  ) {
    let text = '';
    for await (const chunk of response) text += chunk.toString();
    const set = response.headers['set-cookie']?.find((one) => one.startsWith('__Host-proxima='));
    if (set !== undefined) cookie = set.split(';')[0];
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: text,
      servedBy: servedByOf(response.headers),
    };
  }

  return {
    cookie: () => cookie,
    route: () => cookie?.split('.').at(-1),
    ask,
    signIn: (name, password) => ask('/sign-in', { form: { provider: 'local', name, password, to: '/' } }),
    async dial(path, options = {}) {
      const socket = new WebSocket(origin.replace('https', 'wss') + path, {
        ca: authorityPem,
        origin: options.origin ?? origin,
        headers: ownHeaders(),
      });
      socket.on('error', () => undefined);
      const [first, second] = await Promise.race([
        once(socket, 'upgrade'),
        once(socket, 'unexpected-response'),
      ]);
      const response = second ?? first;
      if (second !== undefined) return readAnswer(response);
      socket.terminate();
      return {
        status: response.statusCode,
        headers: response.headers,
        body: '',
        servedBy: servedByOf(response.headers),
      };
    },
  };
}

/** The route of the node that answered, without how it came to that. */
export const servedByOf = (headers: IncomingHttpHeaders): string | undefined =>
  String(headers['proxima-served-by'] ?? '').split(';')[0] || undefined;
