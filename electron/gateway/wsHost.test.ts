import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createTestLine,
  startTestGateway,
  tunnelPath,
  type TestGateway,
  type TestGatewayOptions,
} from './testGateway.ts';
import { createTestAccess } from '../access/testAccess.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('who may open a WebSocket', () => {
  it('refuses whoever lacks the cookie, the origin, the name, the path, the subprotocol or the session', async () => {
    await start();
    const cookie = await test.signIn();
    const protocols = ['guacamole'];
    const refusals = [
      ['/rpc', {}, 401, 'sign_in_needed'],
      ['/rpc', { cookie: '__Host-proxima=guess' }, 401, 'sign_in_needed'],
      ['/rpc', { cookie, origin: 'https://evil.example' }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: `http://127.0.0.1:${test.gateway.port}` }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: '' }, 403, 'origin_refused'],
      ['/rpc', { cookie, origin: 'https://evil.example', host: 'evil.example' }, 403, 'origin_refused'],
      ['/rpc', { cookie, protocols }, 400, 'input_invalid'],
      ['/elsewhere', { cookie }, 404, 'input_invalid'],
      ['/constructor', { cookie }, 404, 'input_invalid'],
      [tunnelPath, { protocols }, 401, 'sign_in_needed'],
      [tunnelPath, { cookie, protocols, origin: 'null' }, 403, 'origin_refused'],
      [tunnelPath, { cookie }, 400, 'input_invalid'],
      [tunnelPath, { cookie, protocols: ['chat'] }, 400, 'input_invalid'],
      ['/websocket-tunnel', { cookie, protocols }, 400, 'input_invalid'],
      ['/websocket-tunnel?session=1', { cookie, protocols }, 400, 'input_invalid'],
    ] as const;
    for (const [path, options, status, code] of refusals) {
      const refused = await test.dialRefused(path, options);
      expect([path, refused.status, JSON.parse(refused.body)]).toEqual([path, status, { code }]);
    }
  });
});

describe('garbage', () => {
  it('survives bytes that are no frames', async () => {
    const line = createTestLine();
    await start(line);
    const cookie = await test.signIn();
    for (const [path, protocols] of [
      ['/rpc', []],
      [tunnelPath, ['guacamole']],
    ] as const) {
      for (const bytes of [
        Buffer.alloc(4096, 0xff), // reserved bits
        Buffer.from([0x81, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]), // not masked
        Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), // compressed, which was not agreed upon
        Buffer.from([0x83, 0x80, 0, 0, 0, 0]), // an opcode that doesn't exist
        Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]), // endless
      ]) {
        const { socket, closed } = test.dial(path, { cookie, protocols: [...protocols] });
        const [[response]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
        response.socket.write(bytes);
        await closed;
      }
    }
    await expect.poll(line.closes).toBe(5);
    expect(line.received).toEqual([]);
    expect(await test.ask('/')).toMatchObject({ status: 401 });
  });
});

describe('open sockets', () => {
  it('are ended once their sign-in has run out', async () => {
    const line = createTestLine();
    await start({
      ...line,
      livenessIntervalMs: 50,
      access: createTestAccess({ timings: { idleLifetimeMs: 1e9, absoluteLifetimeMs: 400 } }).access,
    });
    const cookie = await test.signIn();
    const calls = test.dial('/rpc', { cookie });
    const tunnel = test.dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    expect(await calls.closed).toEqual({ code: 4401, reason: 'sign_in_needed' });
    expect((await tunnel.closed).code).toBe(4401);
    expect((await test.ask('/', { headers: { Cookie: cookie } })).status).toBe(401);
  });
});
