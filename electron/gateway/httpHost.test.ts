import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { page, startTestGateway, type TestGateway, type TestGatewayOptions } from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('pages', () => {
  it('lets the token in once, and shows what to do to everybody else', async () => {
    await start();
    const withoutCookie = await test.ask('/');
    expect(withoutCookie.status).toBe(401);
    expect(withoutCookie.body).toContain('Open the address that Proxima printed');
    expect(withoutCookie.body).not.toMatch(/<style|style=|<script/);

    const { pathname, search } = new URL(test.gateway.signInUrl());
    const first = await test.ask(pathname + search);
    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/');
    const cookie = first.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/^__Host-proxima=[\w-]{43}\.hosta; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
    expect(test.gateway.signInUrl()).toBe(test.gateway.url);

    const again = await test.ask(pathname + search);
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('not valid any more');

    const headers = { Cookie: `other=1; ${cookie.split(';')[0]}` };
    expect(await test.ask('/', { headers })).toMatchObject({ status: 200, body: page });
    expect(await test.ask(pathname + search, { headers })).toMatchObject({ status: 303 });
    expect(test.logged.join('\n')).not.toContain(search.slice('?token='.length));
    expect(test.logged.join('\n')).not.toContain(cookie.split(/[=;]/)[1]);
  });

  it('passes on who comes from another site, since browsers hold the cookie back there', async () => {
    await start();
    const answer = await test.ask('/', { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('http-equiv="refresh"');
    expect(answer.body).not.toContain(page);
    expect((await test.ask('/', { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status).toBe(401);
  });

  it('does not use the token up for a browser that looks ahead, or for HEAD', async () => {
    await start();
    const { pathname, search } = new URL(test.gateway.signInUrl());
    expect((await test.ask(pathname + search, { headers: { 'Sec-Purpose': 'prefetch' } })).status).toBe(503);
    expect((await test.ask(pathname + search, { method: 'HEAD' })).status).toBe(405);
    expect((await test.ask(pathname + search)).status).toBe(303);
  });

  it('throttles wrong tokens', async () => {
    await start();
    const statuses: number[] = [];
    for (let count = 0; count < 12; count++) statuses.push((await test.ask('/sign-in?token=wrong')).status);
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
  });

  it('serves files with a strict policy, hashed ones for ever', async () => {
    await start();
    const script = await test.ask('/assets/main-3f2a.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(script.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(script.headers['content-security-policy']).toContain("; worker-src 'self';");
    expect(script.headers['strict-transport-security']).toBeUndefined();
    const head = await test.ask('/assets/main-3f2a.js', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe('10');
    const signedIn = await test.ask('/', { headers: { Cookie: await test.signIn() } });
    expect(signedIn.headers['cache-control']).toBe('no-store');
    expect((await test.ask('/', { method: 'POST' })).status).toBe(405);
  });

  it.each([
    '/../package.json',
    '/assets/../../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fpackage.json',
    '/..\\package.json',
    '//etc/passwd',
    '/assets/',
    '/assets/main-3f2a.js/',
    '/__proto__',
    '/%00',
  ])('finds nothing at %s', async (path) => {
    await start();
    expect((await test.ask(path)).status).toBe(404);
  });

  it('refuses to be called by a name of somebody else', async () => {
    await start();
    const { port } = test.gateway;
    const strangers = ['evil.example', `evil.example:${port}`, `127.0.0.1:${port}@evil`, '127.0.0.1', 'a b'];
    for (const host of strangers)
      expect([host, (await test.ask('/', { headers: { Host: host } })).status]).toEqual([host, 421]);
    expect((await test.ask('/', { headers: { Host: `LOCALHOST:${test.gateway.port}` } })).status).toBe(401);
  });

  it('goes by its public names where it was given some, and then asks for HTTPS to stay', async () => {
    await start({ publicAuthorities: ['Proxima.example'] });
    expect(test.gateway.url).toBe('https://proxima.example/');
    const answer = await test.ask('/', { headers: { Host: 'proxima.example' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await test.ask('/')).status).toBe(421);
  });

  it('tells plain HTTP what it speaks, and survives garbage', async () => {
    await start();
    const talk = async (bytes: string | Buffer) => {
      const socket = connect(test.gateway.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(bytes);
      let answer = '';
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      await once(socket, 'close');
      return answer;
    };
    expect(await talk('GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [^]*HTTPS only/);
    expect(await talk(Buffer.from([0x16, 3, 1, 0, 4, 1, 2, 3, 4]))).not.toContain('HTTP');
    expect((await test.ask('/')).status).toBe(401);
  });
});
