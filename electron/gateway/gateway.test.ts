import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createTestLine,
  startTestGateway,
  tunnelPath,
  type TestGateway,
  type TestGatewayOptions,
} from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('closing', () => {
  it('ends every socket at once, and tells who listens', async () => {
    const line = createTestLine();
    await start(line);
    const cookie = await test.signIn();
    const calls = test.dial('/rpc', { cookie });
    const tunnel = test.dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    const deaf = test.dial(tunnelPath, { cookie, protocols: ['guacamole'] });
    const silent = connect(test.gateway.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await Promise.all([
      once(calls.socket, 'open'),
      once(tunnel.socket, 'message'),
      once(deaf.socket, 'message'),
    ]);
    deaf.socket.pause();
    const startedAt = performance.now();
    await test.gateway.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(await calls.closed).toEqual({ code: 4503, reason: 'broker_stopping' });
    expect((await tunnel.closed).code).toBe(4503);
    deaf.socket.resume();
    await Promise.all([deaf.closed, silent.destroyed ? undefined : once(silent, 'close')]);
    expect(line.closes()).toBe(2);
    await expect(test.ask('/')).rejects.toThrow('ECONNREFUSED');
  });

  it('says when its address is taken', async () => {
    await start();
    const { port } = test.gateway;
    await expect(startTestGateway({ listen: { address: '127.0.0.1', port } })).rejects.toThrow(
      `could not listen on 127.0.0.1:${port}`,
    );
  });
});
