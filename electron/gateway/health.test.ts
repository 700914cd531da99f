import { afterEach, describe, expect, it } from 'vitest';
import { createDrain } from './drain.ts';
import type { NodeView } from './nodeView.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

const nodeWith = (status: 'live' | 'stale' | 'suspended', managersUp: number): NodeView => ({
  registry: () => [{ poolId: 'main', status }],
  countManagersUp: () => managersUp,
  sessions: () => [],
  onOpening: () => () => undefined,
});

describe('what balancers ask', () => {
  it('is answered to anybody, by whatever name', async () => {
    await start();
    const headers = { Host: 'whatever.example' };
    for (const path of ['/healthz', '/readyz']) {
      const answer = await test.ask(path, { headers });
      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
      expect((await test.ask(path, { headers, method: 'HEAD' })).body).toBe('');
      expect((await test.ask(path, { method: 'POST' })).status).toBe(405);
    }
    expect(JSON.parse((await test.ask('/readyz')).body)).toEqual({ status: 'ready', reasons: [] });
  });

  it.each([
    ['stale', 1, ['registry-unreachable']],
    ['suspended', 0, ['registry-unreachable', 'no-manager-up']],
    ['live', 0, ['no-manager-up']],
  ] as const)('is “not ready” with a registry that is %s and %i managers up', async (status, up, reasons) => {
    await start({ node: nodeWith(status, up) });
    const answer = await test.ask('/readyz');
    expect([answer.status, JSON.parse(answer.body)]).toEqual([503, { status: 'not-ready', reasons }]);
    expect((await test.ask('/healthz')).status).toBe(200);
  });
});

describe('a node that drains', () => {
  it('takes nobody new, and serves those who are in', async () => {
    const drain = createDrain();
    await start({ drain });
    const signInUrl = new URL(test.gateway.signInUrl());
    const cookie = await test.signIn();
    drain.begin();
    expect(JSON.parse((await test.ask('/readyz')).body)).toEqual({
      status: 'not-ready',
      reasons: ['draining'],
    });
    for (const path of ['/', '/sign-in', signInUrl.pathname + signInUrl.search, '/invitation?token=a']) {
      const refused = await test.ask(path);
      expect([path, refused.status]).toEqual([path, 503]);
      expect(refused.body).toContain('takes nobody new');
      expect(refused.headers).toMatchObject({ 'retry-after': '2', refresh: '2', connection: 'close' });
    }
    expect((await test.ask('/', { headers: { Cookie: cookie } })).status).toBe(200);
    expect((await test.ask('/assets/main-3f2a.js')).status).toBe(200);
    const calls = test.dial('/rpc', { cookie });
    await new Promise((resolve) => calls.socket.once('open', resolve));
  });
});
