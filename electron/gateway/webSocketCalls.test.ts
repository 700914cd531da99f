import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { sessionId, startTestGateway, type TestGateway, type TestGatewayOptions } from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('calls', () => {
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
