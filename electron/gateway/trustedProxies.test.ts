import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createPeerReader, parseTrustedProxies, type Peer } from './trustedProxies.ts';

const closes: (() => void)[] = [];
afterEach(() => closes.splice(0).forEach((close) => close()));

/** What a server behind these proxies makes of a request with these headers. */
async function readPeer(proxies: readonly string[], headers: Record<string, string | string[]>) {
  let forged = 0;
  const read = createPeerReader({ trustedProxies: parseTrustedProxies(proxies), noteForged: () => forged++ });
  let peer: Peer | undefined;
  const server = createServer((asked, response) => {
    peer = read(asked);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  closes.push(() => server.close());
  await once(server, 'listening');
  const asked = request({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    headers: { Host: 'node:1', ...headers },
    agent: false,
  });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return { ...peer, forged };
}

const forwarded = {
  'X-Forwarded-For': '203.0.113.5',
  'X-Forwarded-Host': 'proxima.example',
  'X-Forwarded-Proto': 'https',
};

describe('who is behind a request', () => {
  it('is what a trusted proxy says', async () => {
    const headers = { ...forwarded, 'X-Request-Id': 'abcdef-0123' };
    expect(await readPeer(['127.0.0.0/8'], headers)).toEqual({
      address: '203.0.113.5',
      host: 'proxima.example',
      isEncrypted: true,
      requestId: 'abcdef-0123',
      forged: 0,
    });
  });

  it('is the connection itself where anybody else says so, and that is counted', async () => {
    const headers = { ...forwarded, 'X-Request-Id': 'abcdef-0123' };
    const peer = await readPeer(['10.0.0.0/8', '::1'], headers);
    expect(peer).toMatchObject({ address: '127.0.0.1', host: 'node:1', isEncrypted: false, forged: 1 });
    expect(peer.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['127.0.0.1', '6.6.6.6, 203.0.113.5', '203.0.113.5'],
    ['127.0.0.1,10.0.0.0/8', '6.6.6.6, 203.0.113.5, 10.1.2.3', '203.0.113.5'],
    ['127.0.0.1,10.0.0.0/8', '10.9.9.9, 10.1.2.3', '10.9.9.9'],
    ['127.0.0.1', '6.6.6.6, unknown', '127.0.0.1'],
    ['127.0.0.1', 'x'.repeat(5000), '127.0.0.1'],
    ['127.0.0.1', '203.0.113.5:4711', '203.0.113.5'],
    ['127.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['127.0.0.1', '::ffff:203.0.113.5', '203.0.113.5'],
    ['127.0.0.1', '', '127.0.0.1'],
  ])('behind %s, “%s” came from %s', async (proxies, header, address) => {
    expect(await readPeer(proxies.split(','), { 'X-Forwarded-For': header })).toMatchObject({ address });
  });

  it('goes by what the nearest proxy wrote where a header was there already', async () => {
    const headers = {
      'X-Forwarded-For': ['6.6.6.6', '203.0.113.5'],
      'X-Forwarded-Host': 'evil.example, proxima.example',
      'X-Forwarded-Proto': 'https, http',
      'X-Request-Id': 'two words',
    };
    const peer = await readPeer(['127.0.0.1'], headers);
    expect(peer).toMatchObject({ address: '203.0.113.5', host: 'proxima.example', isEncrypted: false });
    expect(peer.requestId).not.toBe('two words');
  });
});

describe('the list of trusted proxies', () => {
  it.each(['example.org', '10.0.0.0/33', '10.0.0', '', '10.0.0.0/8/8'])('has no “%s” in it', (text) => {
    expect(() => parseTrustedProxies([text])).toThrow(`not ${text}`);
  });
});
