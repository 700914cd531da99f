import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../shared/contract/failure.ts';
import { tunnelMessageLimitBytes } from '../../shared/contract/tunnelPort.ts';
import type { TunnelWire } from '../broker/ports.ts';
import {
  createTestLine,
  sessionId,
  startTestGateway,
  toBytes,
  tunnelPath,
  type TestGateway,
  type TestGatewayOptions,
} from './testGateway.ts';

let test: TestGateway;
const start = async (options: TestGatewayOptions = {}) => {
  test = await startTestGateway(options);
};
afterEach(() => test.gateway.close());

describe('tunnels', () => {
  it.each([
    ['guacamole', false],
    ['guacamole.binary', true],
  ])('carries %s', async (protocol, binary) => {
    const line = createTestLine();
    await start(line);
    const { socket, frames, closed } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: [protocol],
    });
    await once(socket, 'message');
    expect(socket.protocol).toBe(protocol);
    expect(frames).toEqual([{ text: `0.,36.${sessionId};`, binary }]);

    socket.send(binary ? Buffer.from('3.key,2.97,1.1;') : '3.key,2.97,1.1;');
    const ping = '0.,4.ping,13.1700000000000;';
    socket.send(binary ? Buffer.from(ping) : ping);
    await once(socket, 'message');
    expect(frames[1]).toEqual({ text: ping, binary });
    expect(line.received).toEqual(['3.key,2.97,1.1;']);

    await new Promise<void>((resolve) => {
      line.wires[0]?.send(toBytes('4.sync,2.17;4.name,1.ü;'), resolve);
    });
    await once(socket, 'message');
    expect(frames[2]).toEqual({ text: '4.sync,2.17;4.name,1.ü;', binary });

    line.wires[0]?.close(failureOf('host_timeout'));
    expect(await closed).toEqual({ code: 4504, reason: '514 host_timeout' });
    expect(frames[3]?.text).toMatch(/^5\.error,\d+\.The host did not answer in time\.,3\.514;$/);
    expect(line.closes()).toBe(1);
  });

  it('ends without an error where the session ended without one', async () => {
    const line = createTestLine();
    await start(line);
    const { socket, frames, closed } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: ['guacamole'],
    });
    await once(socket, 'message');
    line.wires[0]?.close();
    expect(await closed).toEqual({ code: 1000, reason: '' });
    expect(frames).toHaveLength(1);
  });

  it('tells a session that is not there', async () => {
    await start();
    const { frames, closed } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: ['guacamole'],
    });
    expect(await closed).toEqual({ code: 4404, reason: '516 session_unknown' });
    expect(frames[1]?.text).toContain('3.516;');
  });

  it('tells a failure of the inside as such, and logs it', async () => {
    await start({ attachTunnel: () => Promise.reject(new Error('a secret of the inside')) });
    const { frames, closed } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: ['guacamole'],
    });
    expect(await closed).toEqual({ code: 4500, reason: '512 internal' });
    expect(JSON.stringify(frames)).not.toContain('secret');
    expect(test.logged.join('\n')).toContain('a secret of the inside');
  });

  it.each([
    ['a binary frame on text', 'guacamole', Buffer.from('3.nop;'), 4400],
    ['a text frame on binary', 'guacamole.binary', '3.nop;', 4400],
    ['a broken internal instruction', 'guacamole', '0.,4.pi', 4400],
    ['an unknown internal instruction', 'guacamole', '0.,4.quit;', 4400],
    ['too much', 'guacamole', 'x'.repeat(tunnelMessageLimitBytes + 1), 1009],
  ])('ends a tunnel over %s', async (_what, protocol, message, code) => {
    const line = createTestLine();
    await start(line);
    const { socket, closed } = test.dial(tunnelPath, { cookie: await test.signIn(), protocols: [protocol] });
    await once(socket, 'message');
    socket.send(message);
    expect((await closed).code).toBe(code);
    await expect.poll(line.closes).toBe(1);
    expect(line.received).toEqual([]);
  });

  it('ends a tunnel that sends text which is not UTF-8', async () => {
    const line = createTestLine();
    await start(line);
    const { socket, closed } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: ['guacamole'],
    });
    await once(socket, 'message');
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await closed).code).toBe(1007);
    expect(line.received).toEqual([]);
  });

  it('holds one batch for a peer that does not read, and lets go of it when the peer leaves', async () => {
    const line = createTestLine();
    await start(line);
    const { socket } = test.dial(tunnelPath, {
      cookie: await test.signIn(),
      protocols: ['guacamole.binary'],
    });
    await once(socket, 'message');
    socket.pause();
    const wire = line.wires[0] as TunnelWire;
    const batch = new Uint8Array(64 * 1024).fill(0x61);
    let sent = 0;
    let done = 0;
    const pump = () => {
      sent++;
      wire.send(batch, () => {
        done++;
        if (line.closes() === 0) setImmediate(pump);
      });
    };
    globalThis.gc?.();
    const before = process.memoryUsage();
    pump();
    let last = -1;
    while (last !== done) {
      last = done;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const after = process.memoryUsage();
    expect(sent - done).toBe(1);
    // What the kernel holds on both ends of a loopback connection; without back-pressure it would be gigabytes.
    expect(done * batch.length).toBeLessThan(32 * 1024 * 1024);
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(
      16 * 1024 * 1024,
    );

    socket.terminate();
    await expect.poll(line.closes).toBe(1);
    await expect.poll(() => sent - done).toBe(0);
    const late = new Promise<void>((resolve) => {
      wire.send(batch, resolve);
    });
    await late;
  });

  it('ends a socket whose peer shows no sign of life', async () => {
    const line = createTestLine();
    await start({ ...line, livenessIntervalMs: 50 });
    const { socket } = test.dial(tunnelPath, { cookie: await test.signIn(), protocols: ['guacamole'] });
    await once(socket, 'message');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(line.closes()).toBe(0);
    socket.pause();
    await expect.poll(line.closes).toBe(1);
    socket.terminate();
  });
});
