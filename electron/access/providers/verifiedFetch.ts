import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { CustomFetch } from 'openid-client';
import { ProviderError, toProviderError } from './providerError.ts';

/** Discovery documents and tokens have some KiB. */
const maximumBytes = 1024 * 1024;
const passedHeaders = ['content-type', 'www-authenticate'] as const;

/**
 * `fetch` (https://fetch.spec.whatwg.org) over TLS 1.2 or newer to a verified peer, bounded in time and size; follows no redirect,
 * and keeps no connection. Rejects with a {@link ProviderError}.
 *
 * @param options.authoritiesPem who may vouch for the peer; absent, the public authorities that Node knows.
 * @param options.timeoutMs for all requests together, from now on.
 */
export function createVerifiedFetch(options: {
  readonly authoritiesPem?: string | undefined;
  readonly timeoutMs: number;
}): CustomFetch {
  const endsAt = Date.now() + options.timeoutMs;
  const { authoritiesPem: ca } = options;

  return async (address, { method, headers, body }) => {
    const url = new URL(address);
    if (url.protocol !== 'https:')
      throw new ProviderError('provider_mistrusted', 'it names an address that is not https');
    const text = body instanceof URLSearchParams || typeof body === 'string' ? String(body) : undefined;
    return new Promise<Response>((resolve, reject) => {
      const sent = request(url, {
        method,
        headers: { ...headers, 'accept-encoding': 'identity' },
        agent: false,
        minVersion: 'TLSv1.2',
        ...(ca !== undefined && { ca }),
      });
      const timer = setTimeout(
        () => sent.destroy(new ProviderError('provider_unreachable', 'it did not answer in time')),
        Math.max(endsAt - Date.now(), 0),
      );
      const settle = (done: () => void) => {
        clearTimeout(timer);
        done();
      };
      const refuse = (error: unknown) => settle(() => reject(toProviderError(error)));
      sent.on('error', refuse);
      sent.on('response', (response) => {
        readBody(response).then((bytes) => settle(() => resolve(toResponse(response, bytes))), refuse);
      });
      sent.end(text);
    });
  };
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBytes)
      throw new ProviderError('provider_answer_invalid', `its answer is longer than ${maximumBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResponse({ statusCode = 0, headers }: IncomingMessage, body: Buffer): Response {
  if (statusCode < 200 || statusCode > 599)
    throw new ProviderError('provider_answer_invalid', `it answered with status ${statusCode}`);
  const passed = passedHeaders.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const isEmpty = [204, 205, 304].includes(statusCode);
  return new Response(isEmpty ? null : new Uint8Array(body), { status: statusCode, headers: passed });
}
