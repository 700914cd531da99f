import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Contract } from '../../shared/contract/contract.ts';
import { sessionId, startTestGateway, type TestGateway, type TestGatewayOptions } from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('calls', () => {
  function createClient(socket: WebSocket): ContractRouterClient<Contract> {
    return createORPCClient(new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }));
  }

  it('answers calls and streams, and ends a stream with its socket', async () => {
    await start();
    const { socket } = test.dial('/rpc', { cookie: await test.signIn() });
    const client = createClient(socket);
    expect(await client.app.describe({})).toMatchObject({ runsIn: 'gateway' });
    const events = await client.hosts.watch({});
    expect((await events.next()).value).toMatchObject({ kind: 'page' });
    const stopped = new Promise<void>((resolve) => test.onStreamEnd.push(resolve));
    socket.close();
    await stopped;
  });

  it('keeps errors of the inside for the log', async () => {
    await start();
    const { socket, frames } = test.dial('/rpc', { cookie: await test.signIn() });
    const client = createClient(socket);
    await expect(client.app.dismissNotice({ noticeId: 'x' })).rejects.toMatchObject({
      code: 'FAILED',
      defined: true,
      data: { code: 'internal' },
    });
    const events = await client.sessions.watch({});
    await events.next();
    await expect(events.next()).rejects.toMatchObject({ code: 'FAILED', data: { code: 'internal' } });
    await expect(client.hosts.remove({ hostIds: [sessionId] })).rejects.toMatchObject({
      code: 'FAILED',
      data: { code: 'host_unknown' },
    });
    expect(JSON.stringify(frames)).not.toContain('secret of the inside');
    expect(test.logged.filter((line) => line.includes('secret of the inside'))).toHaveLength(2);
    socket.close();
  });

  it.each([
    ['not JSON', 'nonsense'],
    ['null', 'null'],
    ['an array', '[]'],
    ['nothing in it', '{}'],
    ['no call', '{"i":"1"}'],
    ['a foreign address', '{"i":"1","p":{"u":"https://evil.example/"}}'],
    ['another method', '{"i":"1","p":{"u":"/app/describe","m":"GET"}}'],
    ['headers', '{"i":"1","p":{"u":"/app/describe","h":{"content-type":"multipart/form-data"}}}'],
    ['a stream of the caller', '{"i":"1","t":3,"p":{"e":"message"}}'],
    ['a number as identifier', '{"i":1,"p":{"u":"/app/describe"}}'],
    ['a binary frame', Buffer.from('{"i":"1","p":{"u":"/app/describe"}}')],
  ])('ends a socket that sends %s', async (_what, message) => {
    await start();
    const { socket, closed, frames } = test.dial('/rpc', { cookie: await test.signIn() });
    await once(socket, 'open');
    socket.send(message);
    expect(await closed).toEqual({ code: 4400, reason: 'input_invalid' });
    expect(frames).toEqual([]);
  });

  it.each([
    ['an unknown call', '{"i":"1","p":{"u":"/app/explode","b":{}}}'],
    ['a damaged body', '{"i":"1","p":{"u":"/app/describe","b":{"json":{},"meta":7}}}'],
    ['a path of the prototype', '{"i":"1","p":{"u":"/constructor/prototype","b":{}}}'],
  ])('answers %s with one clear code', async (_what, message) => {
    await start();
    const { socket, frames } = test.dial('/rpc', { cookie: await test.signIn() });
    await once(socket, 'open');
    socket.send(message);
    await once(socket, 'message');
    expect(frames[0]?.text).toContain('"code":"input_invalid"');
    socket.close();
  });

  it('ends a socket that sends too much', async () => {
    await start();
    const { socket, closed } = test.dial('/rpc', { cookie: await test.signIn() });
    await once(socket, 'open');
    socket.send('x'.repeat(1024 * 1024 + 1));
    expect((await closed).code).toBe(1009);
  });
});

describe('calls over a slow or broken socket', () => {
  it('stops a stream while its reader does not read', async () => {
    let produced = 0;
    const vaults = Array.from({ length: 200 }, () => ({ id: sessionId, name: 'y'.repeat(100) }));
    await start({
      watchHosts: function* () {
        for (;;) {
          produced++;
          yield { kind: 'vaults', vaults };
        }
      },
    });
    const { socket } = test.dial('/rpc', { cookie: await test.signIn() });
    await once(socket, 'open');
    socket.send('{"i":"1","p":{"u":"/hosts/watch","b":{"json":{}}}}');
    await once(socket, 'message');
    socket.pause();
    let last = -1;
    while (last !== produced) {
      last = produced;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const size = JSON.stringify(vaults).length;
    expect(produced * size).toBeGreaterThan(1024 * 1024);
    expect(produced * size).toBeLessThan(48 * 1024 * 1024);
    socket.terminate();
  });
});
