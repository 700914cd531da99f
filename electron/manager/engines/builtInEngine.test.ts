import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChannelOpener } from '../../guacd/line.ts';
import { issueTestCertificates } from '../../secrets/testPairs.ts';
import { openGate, type Gate } from '../gate.ts';
import { connectClient, shakeHands, type TestClient } from '../testClient.ts';
import { createTestLog, gateDefaults, loopbackPolicy, type TestLog } from '../testGate.ts';
import { createBuiltInEngine } from './builtInEngine.ts';
import {
  createTestProtocol,
  fill,
  testHandshake,
  type TestHost,
  type TestProtocol,
} from './session/testProtocol.ts';

const version = '1.0.0';
const never = new AbortController().signal;

describe('the built-in engine', () => {
  const engine = () => createBuiltInEngine({ protocols: [createTestProtocol()], version });

  it('says what it is, and what its protocols ask for', async () => {
    expect(engine().describe()).toBe('built-in 1.0.0');
    expect(await engine().argumentsOf('ssh')).toEqual({
      ok: true,
      value: { version: 'VERSION_1_5_0', names: ['hostname', 'port', 'font-size'] },
    });
  });

  it('says what to install for a protocol that it does not have', async () => {
    const missing = {
      ok: false,
      failure: { code: 'manager_lacks_protocol', detail: expect.stringContaining('install guacd') },
    };
    expect(await engine().argumentsOf('rdp')).toMatchObject(missing);
    expect(await engine().open(testHandshake({ protocol: 'rdp' }), never)).toMatchObject(missing);
  });

  it('opens nothing for a client that has gone', async () => {
    expect(await engine().open(testHandshake(), AbortSignal.abort())).toMatchObject({
      ok: false,
      failure: { code: 'session_closed' },
    });
  });

  it('survives a protocol that ends its session, or throws, while it is opened', async () => {
    for (const onOpen of [
      (stage: TestHost['stage']) => stage.end({ status: 519, text: 'Nobody is there.' }),
      () => {
        throw new Error('a fault');
      },
    ]) {
      const failing = createBuiltInEngine({ protocols: [createTestProtocol('ssh', onOpen)], version });
      const opened = await failing.open(testHandshake(), never);
      const heard: string[] = [];
      if (opened.ok) {
        opened.value.listen({
          onBytes: (bytes) => void heard.push(Buffer.from(bytes).toString()),
          onEnd: () => void heard.push('the end'),
        });
      }
      await vi.waitFor(() =>
        expect(heard).toEqual([expect.stringMatching(/^5\.error,.*,3\.5\d\d;$/), 'the end']),
      );
      await failing.close();
    }
  });
});

describe('for a broker with mutual TLS', () => {
  it('opens a session, and gives its picture twice', async () => {
    const certificates = await issueTestCertificates();
    const protocol = createTestProtocol('ssh', (stage) => {
      fill(stage, { x: 0, y: 0, width: 300, height: 200 }, 0x336699);
      stage.finishFrame();
    });
    const gate = await openGate({
      ...gateDefaults,
      engine: createBuiltInEngine({ protocols: [protocol], version }),
      log: createTestLog(),
      policy: loopbackPolicy(),
      tls: { ...certificates.server, clientAuthoritiesPem: certificates.authorityPem, revoked: new Set() },
    });
    const opened = await createChannelOpener({ clientCertificateOf: () => certificates.client }).open(
      {
        manager: {
          id: 'gate',
          name: 'gate',
          address: '127.0.0.1',
          port: gate.port,
          weight: 1,
          sessionLimit: null,
          intent: 'enabled',
        },
        trust: { kind: 'authorities', certificatesPem: certificates.authorityPem },
        protocol: 'ssh',
        parameters: { hostname: '127.0.0.1', port: '22' },
        display: { width: 800, height: 600, dpi: 96 },
      },
      AbortSignal.timeout(10_000),
    );
    expect(opened).toMatchObject({ ok: true, value: { security: 'secured' } });
    if (!opened.ok) return;
    for (let window = 0; window < 2; window++) {
      let heard = '';
      let onClose: () => void = () => undefined;
      const attached = await opened.value.attach({
        send(piece, done) {
          heard += Buffer.from(piece).toString();
          setImmediate(done);
        },
        onMessage: () => undefined,
        onClose: (listener) => void (onClose = listener),
        close: () => onClose(),
      });
      expect(attached).toMatchObject({ ok: true });
      await vi.waitFor(() => expect(heard).toMatch(/4\.size,1\.0,3\.800,3\.600;.*4\.rect.*4\.sync,/s));
    }
    opened.value.close();
    await opened.value.ended;
    await vi.waitFor(() => expect(protocol.hosts.map(({ isClosed }) => isClosed)).toEqual([true]));
    await gate.close();
  }, 20_000);
});

describe('behind the gate', () => {
  let gate: Gate;
  let protocol: TestProtocol;
  let log: TestLog;
  const clients: TestClient[] = [];
  beforeEach(async () => {
    log = createTestLog();
    protocol = createTestProtocol();
    gate = await openGate({
      ...gateDefaults,
      engine: createBuiltInEngine({ protocols: [protocol], version }),
      log,
      policy: loopbackPolicy(),
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await gate.close();
  });

  async function connect(): Promise<TestClient> {
    const client = await connectClient(gate.port);
    clients.push(client);
    return client;
  }

  async function open() {
    const client = await connect();
    const { connectionId } = await shakeHands(client, 'ssh', { hostname: '127.0.0.1', port: '22' });
    const host = await vi.waitFor(() => {
      const last = protocol.hosts.at(-1);
      expect(last).toBeDefined();
      return last as TestHost;
    });
    return { client, connectionId, host };
  }

  async function openShown() {
    const opened = await open();
    fill(opened.host.stage, { x: 0, y: 0, width: 800, height: 600 }, 0x336699);
    opened.host.stage.finishFrame();
    await opened.client.until('sync');
    return opened;
  }

  it('a session is open with its first frame, and not before', async () => {
    const { client, host } = await open();
    expect(host.handshake).toMatchObject({
      display: { width: 800, height: 600, dpi: 96 },
      image: ['image/png'],
      parameters: { hostname: '127.0.0.1', port: '22', 'font-size': '' },
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.heard.map(([opcode]) => opcode)).not.toContain('sync');
    host.stage.finishFrame();
    await client.until('sync');
    expect(await client.until('size')).toEqual(['size', '0', '800', '600']);
  });

  it('input reaches the host', async () => {
    const { client, host } = await openShown();
    client.type('a');
    client.send(['mouse', '5', '6', '1'], ['size', '640', '480']);
    await vi.waitFor(() =>
      expect(host.calls).toEqual([
        'key 97 true',
        'key 97 false',
        'key 65293 true',
        'key 65293 false',
        'mouse 5 6 1',
        'resize 640 480',
      ]),
    );
  });

  it('who comes back gets the full picture, and the host never noticed', async () => {
    const { client, connectionId, host } = await openShown();
    client.send(['key', '65', '1']);
    await vi.waitFor(() => expect(host.calls).toEqual(['key 65 true']));
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load()).toMatchObject({ active: 0, held: 1 }));
    expect(host.calls).toEqual(['key 65 true', 'key 65 false']);
    for (let count = 0; count < 30; count++) {
      fill(host.stage, { x: count, y: 0, width: 10, height: 10 }, count);
      host.stage.finishFrame();
      await host.stage.whenTaken();
    }
    const again = await connect();
    await shakeHands(again, connectionId, {});
    await again.until('sync');
    expect(await again.until('size')).toEqual(['size', '0', '800', '600']);
    expect(gate.load()).toMatchObject({ active: 1, held: 0 });
    again.send(['key', '66', '1']);
    await vi.waitFor(() => expect(host.calls.at(-1)).toBe('key 66 true'));
    expect(host.isClosed).toBe(false);
    again.send(['disconnect']);
    await vi.waitFor(() => expect(host.isClosed).toBe(true));
    expect(gate.load()).toMatchObject({ active: 0, held: 0 });
  });

  it('a reader only watches', async () => {
    const { connectionId, host } = await openShown();
    const reader = await connect();
    await shakeHands(reader, connectionId, { 'read-only': 'true' });
    await reader.until('sync');
    reader.send(
      ['key', '65', '1'],
      ['mouse', '1', '2', '1'],
      ['size', '10', '10'],
      ['argv', '0', 'text/plain', 'x'],
    );
    const other = await connect();
    await shakeHands(other, connectionId, {});
    await other.until('sync');
    other.send(['key', '67', '1']);
    await vi.waitFor(() => expect(host.calls).toEqual(['key 67 true']));
  });

  it('an end says why', async () => {
    const { client, host } = await openShown();
    host.stage.end({ status: 769, text: 'The password is wrong.' });
    expect(await client.until('error')).toEqual(['error', 'The password is wrong.', '769']);
    await client.closed;
    expect(gate.load()).toMatchObject({ active: 0, held: 0 });
    expect(host.isClosed).toBe(true);
  });

  it('an end without a reason is no error', async () => {
    const { client, host } = await openShown();
    host.stage.end();
    await client.until('disconnect');
    await client.closed;
    expect(client.heard.map(([opcode]) => opcode)).not.toContain('error');
  });

  it('a failure before the first frame is told as well', async () => {
    const { client, host } = await open();
    host.stage.end({ status: 519, text: 'Nobody is there.' });
    expect((await client.until('error'))[2]).toBe('519');
  });

  it('asks the owner, and takes the answer', async () => {
    const { client, host } = await open();
    const answered = host.stage.ask(['username', 'password']);
    expect(await client.until('required')).toEqual(['required', 'username', 'password']);
    for (const [index, name, value] of [
      ['0', 'username', 'ann'],
      ['1', 'password', 'gehäim'],
    ] as const) {
      client.send(
        ['argv', index, 'text/plain', name],
        ['blob', index, Buffer.from(value).toString('base64')],
        ['end', index],
      );
    }
    expect(await answered).toEqual({ username: 'ann', password: 'gehäim' });
    // Once answered it is no more than any other argument.
    client.send(['argv', '2', 'text/plain', 'password']);
    await vi.waitFor(() => expect(client.receivedBytes).toBeGreaterThan(0));
    expect(host.calls).toEqual([]);
  });

  it('a million words that do not exist keep nobody from typing', async () => {
    const { client, host } = await openShown();
    client.socket.write('7.unknown,1.x;'.repeat(1_000_000));
    client.send(['key', '65', '1']);
    await vi.waitFor(() => expect(host.calls).toEqual(['key 65 true']), 5_000);
  });

  it('a host that floods fills no memory while its client does not read', async () => {
    const { client, host } = await openShown();
    client.socket.pause();
    const noise = new Uint8ClampedArray(host.stage.pixels.length).map(() => Math.floor(Math.random() * 256));
    for (let count = 0; count < 60; count++) {
      host.stage.pixels.set(noise.subarray(count * 4));
      host.stage.damage({ x: 0, y: 0, width: 800, height: 600 });
      host.stage.finishFrame();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    client.socket.resume();
    const { pixels } = host.stage;
    await vi.waitFor(() => expect(client.receivedBytes).toBeGreaterThan(pixels.length));
    await new Promise((resolve) => setTimeout(resolve, 100));
    // A picture, what the sockets hold and a frame that was begun, of sixty.
    expect(client.receivedBytes).toBeLessThan(pixels.length * 10);
    client.send(['key', '65', '1']);
    await vi.waitFor(() => expect(host.calls).toEqual(['key 65 true']));
  });
});
