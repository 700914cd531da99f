import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { securityHeaders } from '../../shared/contract/contentSecurityPolicy.ts';

export function reply(
  response: ServerResponse,
  status: number,
  body: string | Uint8Array,
  headers: OutgoingHttpHeaders,
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...securityHeaders,
    ...headers,
  });
  response.end(body);
}

/** `same-origin`: with `no-referrer`, browsers would name no origin with a form of ours, which is how foreign ones are told apart. */
export function replyPage(
  response: ServerResponse,
  status: number,
  page: string,
  headers: OutgoingHttpHeaders = {},
): void {
  reply(response, status, page, {
    'Content-Type': 'text/html; charset=utf-8',
    'Referrer-Policy': 'same-origin',
    ...headers,
  });
}

export function refuseMethod(response: ServerResponse, allowed: string): void {
  reply(response, 405, 'Not allowed here.\n', { Allow: allowed });
}
