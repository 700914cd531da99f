import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadQuestion, managerLoadSchema } from '../../shared/model/managerLoad.ts';
import { createFakeEngine, type FakeEngine, type FakeUser } from './fakeEngine.ts';
import { openGate, type Gate, type GateOptions } from './gate.ts';
import { connectClient, shakeHands, type TestClient } from './testClient.ts';
import { createTestLog, gateDefaults, loopbackPolicy, type TestLog } from './testGate.ts';

let gate: Gate;
let engine: FakeEngine;
let log: TestLog;
const clients: TestClient[] = [];
beforeEach(() => {
  log = createTestLog();
  engine = createFakeEngine();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await gate.close();
});

async function open(options: Partial<GateOptions> = {}) {
  gate = await openGate({ ...gateDefaults, engine, log, policy: loopbackPolicy(), ...options });
}

async function connect(): Promise<TestClient> {
  const client = await connectClient(gate.port);
  clients.push(client);
  return client;
}

const target = { hostname: '127.0.0.1', port: '22' };

/** A session that shows something. */
async function openSession() {
  const client = await connect();
  const { connectionId } = await shakeHands(client, 'ssh', target);
  const user = await vi.waitFor(() => {
    const last = engine.users.at(-1);
    expect(last).toBeDefined();
    return last as FakeUser;
  });
  user.say(['sync', '1']);
  await client.until('sync');
  return { client, connectionId, user };
}

const warnings = () => log.warnings;

describe('a client that misbehaves before it is connected', () => {
  const quick = { policy: loopbackPolicy({ limits: { handshakeSeconds: 0.3 } }) };
  const unknowns = '7.unknown,1.x;'.repeat(1_000_000);

  it.each<[string, string | Buffer | undefined]>([
    ['says nothing', undefined],
    ['stalls in the middle of a word', '6.sel'],
    ['speaks HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['begins TLS', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
    ['sends a wrong length', '9.select,3.ssh;'],
    ['sends a megabyte in one element', `6.select,1048576.${'a'.repeat(1024 * 1024)};`],
    ['sends a megabyte in one instruction', `6.select${',8000.'.concat('a'.repeat(8_000)).repeat(130)};`],
    ['sends a million opcodes that do not exist', `6.select,3.ssh;${unknowns}`],
    [
      'sends text that is not UTF-8',
      Buffer.concat([Buffer.from('6.select,2.'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(';')]),
    ],
    ['names a path as protocol', '6.select,9.../../../x;'],
    [
      'connects before it was asked',
      '6.select,3.ssh;4.size,3.800,3.600,2.96;7.connect,0.,1.a;7.connect,0.,1.a;',
    ],
    ['leaves its screen out', '6.select,3.ssh;'],
  ])('that %s is sent away in time, with one line', async (_, bytes) => {
    await open(quick);
    const neighbour = await openSession();
    const client = await connect();
    const startedAt = performance.now();
    if (bytes !== undefined) client.socket.write(bytes);
    await client.closed;
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await vi.waitFor(() => expect(warnings()).toHaveLength(1));

    neighbour.user.say(['sync', '2']);
    await vi.waitFor(() => expect(neighbour.user.received).toContain('4.sync,1.2;'));
    expect(gate.load()).toMatchObject({ active: 1, pending: 0 });
  });
});

describe('a client that misbehaves in its session', () => {
  it('loses it, and nobody else does', async () => {
    await open();
    const [neighbour, { client, user }] = [await openSession(), await openSession()];
    client.socket.write('5.mouse,9');
    client.socket.write('99999.');
    await client.closed;
    expect(user.isClosed).toBe(true);
    expect(neighbour.user.isClosed).toBe(false);
    expect(warnings()).toHaveLength(1);
  });

  it('may say a million things that do not exist', async () => {
    await open();
    const { client, user } = await openSession();
    const unknowns = '7.unknown,1.x;'.repeat(1_000_000);
    const startedAt = performance.now();
    client.socket.write(unknowns);
    await vi.waitFor(() => expect(user.receivedBytes).toBeGreaterThanOrEqual(unknowns.length), 10_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(user.isClosed).toBe(false);
  });

  it('is not read from while the engine does not take what it says', async () => {
    await open();
    const { client, user } = await openSession();
    const before = user.receivedBytes;
    user.unsentBytes = 2 * 1024 * 1024;
    client.socket.write('7.unknown,1.x;'.repeat(1_000_000));
    await sleep(300);
    expect(user.receivedBytes).toBeLessThan(1024 * 1024);
    user.unsentBytes = 0;
    await vi.waitFor(() => expect(user.receivedBytes - before).toBeGreaterThanOrEqual(14_000_000), 10_000);
  });

  it('and says nothing any more has vanished, and its session is held', async () => {
    await open({ clientSilenceMs: 300 });
    const { client, user } = await openSession();
    const talking = await openSession();
    const nops = setInterval(() => talking.client.send(['nop']), 50);
    await client.closed;
    expect(gate.load()).toMatchObject({ active: 1, held: 1 });
    expect(user.isClosed).toBe(false);
    clearInterval(nops);
  });

  it('makes the engine wait while it does not read', async () => {
    await open();
    const { client, user } = await openSession();
    client.socket.pause();
    const picture = Buffer.from(`4.blob,1.1,8000.${'A'.repeat(8_000)};`.repeat(20));
    for (let count = 0; count < 1_000 && !user.isPaused; count++) {
      user.sayBytes(picture);
      await sleep(0);
    }
    expect(user.isPaused).toBe(true);
    client.socket.resume();
    await vi.waitFor(() => expect(user.isPaused).toBe(false), 5_000);
  });
});

describe('an engine that misbehaves', () => {
  it('and dies ends its session with a word, and no other', async () => {
    await open();
    const [neighbour, { client, user }] = [await openSession(), await openSession()];
    user.die();
    expect((await client.until('error'))[2]).toBe('515');
    await client.closed;
    expect(gate.load()).toMatchObject({ active: 1, held: 0 });
    expect(neighbour.user.isClosed).toBe(false);
  });

  it('and floods a held session fills no memory', async () => {
    await open();
    const { client, user } = await openSession();
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load().held).toBe(1));
    const picture = Buffer.from(`4.blob,1.1,8000.${'A'.repeat(8_000)};`.repeat(100));
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 500; count++) user.sayBytes(picture);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    user.say(['sync', '77']);
    expect(user.received).toContain('4.sync,2.77;');
  });

  it('and talks nonsense loses its session', async () => {
    await open();
    const { client, user } = await openSession();
    user.sayBytes(Buffer.from('HTTP/1.1 400 Bad Request'));
    expect((await client.until('error'))[2]).toBe('515');
    await client.closed;
    expect(user.isClosed).toBe(true);
  });
});

describe('limits and load', () => {
  it('says how busy it is', async () => {
    await open({ sessionLimit: 5 });
    await openSession();
    const { client, connectionId } = await openSession();
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load().held).toBe(1));
    expect(connectionId).toContain('$proxima-60-');
    const asking = await connect();
    asking.send(['select', loadQuestion]);
    const [, json = ''] = await asking.until('load');
    expect(managerLoadSchema.parse(JSON.parse(json))).toMatchObject({
      version: '1.2.3',
      engine: 'fake 1.0.0',
      active: 1,
      held: 1,
      pending: 0,
      limit: 5,
      draining: false,
      holdSeconds: 60,
    });
    await asking.closed;
    expect(warnings()).toEqual([]);
  });

  it('takes no more sessions than its limit, held ones among them', async () => {
    await open({ sessionLimit: 2 });
    await openSession();
    (await openSession()).client.socket.destroy();
    const third = await connect();
    await expect(shakeHands(third, 'ssh', target)).rejects.toThrow('513');
  });

  it('takes no more openings at once than its policy says', async () => {
    await open({ policy: loopbackPolicy({ limits: { opensPerSecond: 1, openBurst: 2 } }) });
    await openSession();
    await openSession();
    await expect(shakeHands(await connect(), 'ssh', target)).rejects.toThrow('513');
    await sleep(1_050);
    await openSession();
  });

  it('hangs up on whoever has too many connections', async () => {
    await open({ policy: loopbackPolicy({ limits: { connectionsPerClient: 2 } }) });
    await openSession();
    await connect();
    const third = await connect();
    await third.closed;
    expect(warnings()).toEqual([expect.stringContaining('too many connections')]);
  });

  it('drains: no new sessions, but those that run go on and can be come back to', async () => {
    await open();
    const { client, connectionId, user } = await openSession();
    gate.drain(true);
    await expect(shakeHands(await connect(), 'ssh', target)).rejects.toThrow('513');
    client.socket.destroy();
    await vi.waitFor(() => expect(gate.load()).toMatchObject({ held: 1, draining: true }));
    const again = await connect();
    await shakeHands(again, connectionId, {});
    let isEmpty = false;
    void gate.whenEmpty().then(() => (isEmpty = true));
    const [, joined] = engine.users;
    joined?.say(['sync', '5']);
    await vi.waitFor(() => expect(user.isClosed).toBe(true));
    expect(isEmpty).toBe(false);
    again.send(['disconnect']);
    await vi.waitFor(() => expect(isEmpty).toBe(true));
    gate.drain(false);
    await openSession();
  });

  it('drains for nobody who has no certificate', async () => {
    await open();
    const client = await connect();
    client.send(['select', '$proxima-drain']);
    await client.closed;
    expect(client.heard).toEqual([]);
    expect(gate.load().draining).toBe(false);
  });
});

describe('the end of a session', () => {
  it('by a word of its client, keeps what was typed before, and reaches nobody else in it', async () => {
    await open();
    const { client, connectionId, user } = await openSession();
    const other = await connect();
    await shakeHands(other, connectionId, {});
    engine.users.at(-1)?.say(['sync', '5']);
    await other.until('sync');
    client.socket.write('3.key,2.65,1.1;10.disconnect;3.key,2.66,1.1;');
    await client.closed;
    expect(user.received).toMatch(/3\.key,2\.65,1\.1;$/);
    expect(user.isClosed).toBe(true);
    expect(gate.load()).toMatchObject({ active: 1 });
  });

  it('without one, lets go of the keys and buttons that were down', async () => {
    await open();
    const { client, user } = await openSession();
    client.send(['key', '65', '1'], ['key', '66', '1'], ['key', '66', '0'], ['mouse', '5', '6', '1']);
    await vi.waitFor(() => expect(user.received).toContain('mouse'));
    client.socket.destroy();
    await vi.waitFor(() => expect(user.received).toContain('3.key,2.65,1.0;5.mouse,1.5,1.6,1.0;'));
  });
});
