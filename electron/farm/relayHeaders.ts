import type { IncomingMessage } from 'node:http';
import { servedByHeader } from '../gateway/servedBy.ts';
import { relayHeader } from './relayPass.ts';

/** Of one connection, not of the whole way (RFC 9110, section 7.6.1). */
const ownOfConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

function* pairsOf({ rawHeaders }: IncomingMessage): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    yield [rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''];
}

function isPassedOn(message: IncomingMessage): (name: string) => boolean {
  const named = new Set(
    (message.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()),
  );
  return (name) => !ownOfConnection.has(name) && !named.has(name);
}

/** What the node that answers is told: all that came, with who sent it at the end of the chain, and the pass. */
export function requestHeaders(request: IncomingMessage, pass: string, isUpgrade: boolean): string[] {
  const isKept = isPassedOn(request);
  const kept = [...pairsOf(request)].filter(
    ([name]) => isKept(name.toLowerCase()) && !['x-forwarded-for', relayHeader].includes(name.toLowerCase()),
  );
  const chain = [request.headers['x-forwarded-for'] ?? [], request.socket.remoteAddress ?? []]
    .flat()
    .join(', ');
  const body =
    request.headers['transfer-encoding'] !== undefined ? [['Transfer-Encoding', 'chunked'] as const] : [];
  return [
    ...kept,
    ...body,
    ['X-Forwarded-For', chain] as const,
    [relayHeader, pass] as const,
    ...(isUpgrade ? [['Connection', 'Upgrade'] as const, ['Upgrade', 'websocket'] as const] : []),
  ].flat();
}

/** What the browser is told: what the node answered, and that it was relayed. */
export function responseHeaders(response: IncomingMessage, servedBy: string): (readonly [string, string])[] {
  const isKept = isPassedOn(response);
  const kept = [...pairsOf(response)].filter(
    ([name]) => isKept(name.toLowerCase()) && name.toLowerCase() !== servedByHeader.toLowerCase(),
  );
  return [...kept, [servedByHeader, servedBy]];
}
