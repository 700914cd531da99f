import type { IncomingMessage } from 'node:http';

/** `undefined` where the path was written in another way than it is understood: nothing of ours is. */
export function readAddress(request: IncomingMessage, authority: string): URL | undefined {
  const target = request.url ?? '';
  const path = target.split('?', 1)[0] ?? '';
  if (!/^\/[a-z0-9/-]*$/.test(path) || path.startsWith('//')) return undefined;
  return URL.canParse(target, `https://${authority}`) ? new URL(target, `https://${authority}`) : undefined;
}

/** Browsers name the origin of the page whose form it is, and tell whether it is that of the address (https://www.w3.org/TR/fetch-metadata/). */
export function isFromOwnPage({ headers }: IncomingMessage, authority: string): boolean {
  const site = headers['sec-fetch-site'];
  return headers.origin === `https://${authority}` && (site === undefined || site === 'same-origin');
}
