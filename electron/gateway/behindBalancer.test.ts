import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { silentObserver } from './observer.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './testGateway.ts';
import { parseTrustedProxies } from './trustedProxies.ts';

let test: TestGateway;
afterEach(() => test.gateway.close());

const publicName = 'proxima.example';
const behind: TestGatewayOptions = {
  publicAuthorities: [publicName],
  trustedProxies: parseTrustedProxies(['127.0.0.1']),
};
const forwarded = {
  'X-Forwarded-For': '203.0.113.5',
  'X-Forwarded-Host': publicName,
  'X-Forwarded-Proto': 'https',
};

/** As a balancer asks over plain HTTP. */
async function askPlainly(path: string, headers: Record<string, string>) {
  const asked = request({ host: '127.0.0.1', port: test.gateway.port, path, headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  response.resume();
  return { status: response.statusCode as number, headers: response.headers };
}

describe('behind a balancer', () => {
  it('goes by the name and the address that the balancer tells, and names its node', async () => {
    test = await startTestGateway(behind);
    expect((await test.ask('/')).status).toBe(421);
    const answer = await test.ask('/', { headers: { ...forwarded, 'X-Request-Id': 'front-0001' } });
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'x-request-id': 'front-0001', 'proxima-served-by': 'hosta' },
    });
    await test.ask('/sign-in?token=wrong', { headers: { ...forwarded, 'X-Request-Id': 'front-0002' } });
    const line = test.logged.find((text) => text.includes('Refused a sign-in'));
    expect(line).toContain('"requestId":"front-0002"');
    expect(line).toContain('"remoteAddress":"203.0.113.5"');
  });

  it('throttles each address behind the balancer by itself', async () => {
    test = await startTestGateway(behind);
    const tryFrom = async (address: string) =>
      (await test.ask('/sign-in?token=wrong', { headers: { ...forwarded, 'X-Forwarded-For': address } }))
        .status;
    for (let count = 0; count < 10; count++) await tryFrom('203.0.113.5');
    expect(await tryFrom('203.0.113.5')).toBe(429);
    expect(await tryFrom('203.0.113.6')).toBe(401);
    // What a browser puts in front of itself doesn't help it.
    expect(await tryFrom('198.51.100.7, 203.0.113.5')).toBe(429);
  });

  it('ignores and counts what anybody else says', async () => {
    let forged = 0;
    test = await startTestGateway({
      ...behind,
      trustedProxies: parseTrustedProxies(['10.0.0.0/8']),
      observer: { ...silentObserver, forwardingForged: () => forged++ },
    });
    const answer = await test.ask('/', { headers: { ...forwarded, 'X-Request-Id': 'front-0001' } });
    expect(answer.status).toBe(421);
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(forged).toBe(1);
  });

  it('takes WebSockets of the forwarded name only, and names the request in refusals', async () => {
    test = await startTestGateway(behind);
    const dial = async (headers: Record<string, string>, origin = `https://${publicName}`) => {
      const socket = new WebSocket(`wss://127.0.0.1:${test.gateway.port}/rpc`, {
        headers,
        origin,
        rejectUnauthorized: false,
      });
      socket.on('error', () => undefined);
      const answer = await Promise.race([once(socket, 'upgrade'), once(socket, 'unexpected-response')]);
      const response = answer.at(-1);
      socket.terminate();
      return [response.statusCode, response.headers['proxima-served-by'], response.headers['x-request-id']];
    };
    const { headers } = await test.ask(
      new URL(test.gateway.signInUrl()).pathname + new URL(test.gateway.signInUrl()).search,
      { headers: forwarded },
    );
    const Cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const id = { 'X-Request-Id': 'front-0003' };
    expect(await dial({ ...forwarded, ...id, Cookie })).toEqual([101, 'hosta', undefined]);
    expect(await dial({ ...forwarded, ...id })).toEqual([401, 'hosta', 'front-0003']);
    expect((await dial({ ...forwarded, Cookie, 'X-Forwarded-Host': 'evil.example' }))[0]).toBe(403);
    expect((await dial({ ...forwarded, Cookie }, 'https://evil.example'))[0]).toBe(403);
    expect((await dial({ ...forwarded, Cookie, 'X-Forwarded-Proto': 'http' }))[0]).toBe(403);
  });
});

describe('plain HTTP', () => {
  it('is served where the balancer says that the browser came by HTTPS, else it is sent there', async () => {
    test = await startTestGateway({ ...behind, tls: undefined });
    expect((await askPlainly('/', forwarded)).status).toBe(401);
    const unencrypted = await askPlainly('/a?b=c', { ...forwarded, 'X-Forwarded-Proto': 'http' });
    expect(unencrypted).toMatchObject({
      status: 308,
      headers: { location: 'https://proxima.example/a?b=c' },
    });
    expect((await askPlainly('/', { Host: publicName })).status).toBe(308);
    expect((await askPlainly('/', {})).status).toBe(421);
    expect((await askPlainly('/healthz', {})).status).toBe(200);
  });
});
