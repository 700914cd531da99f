import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../shared/contract/failure.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import type { SessionLine, TunnelWire } from '../broker/ports.ts';
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import {
  actAsGuacd,
  countOpenResources,
  expectNothingLeft,
  startFakeManager,
  type FakeManager,
  type FakePeer,
} from './fakeManager.ts';
import { createChannelOpener } from './line.ts';
import { defaultTimings, type ChannelTimings } from './timings.ts';

const quick: ChannelTimings = {
  connect: { resolveMs: 500, connectMs: 500, secureMs: 300 },
  handshakeMs: 300,
  firstSyncMs: 400,
  keepAliveMs: 50,
  silenceMs: 200,
  firstAttachMs: 10_000,
};
/** For tests in which nobody keeps talking. */
const patient: ChannelTimings = { ...quick, silenceMs: 10_000 };

let tls: { cert: string; key: string };
let authorityPem: string;
beforeAll(async () => {
  const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 30 });
  const { certificatePem, privateKeyPem } = await issueCertificate(authority, {
    commonName: 'manager',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  tls = { cert: certificatePem, key: privateKeyPem };
  authorityPem = authority.certificatePem;
});

let manager: FakeManager;
let line: SessionLine | undefined;
let openBefore: ReadonlyMap<string, number>;
beforeEach(() => {
  openBefore = countOpenResources();
  line = undefined;
});
afterEach(async () => {
  line?.close();
  await line?.ended;
  await manager.close();
  await expectNothingLeft(openBefore);
});

interface Opening {
  readonly trust?: 'authorities' | 'plain';
  readonly timings?: ChannelTimings;
  readonly signal?: AbortSignal;
  readonly protocol?: 'ssh';
}

function open({ trust = 'plain', timings = quick, signal, protocol = 'ssh' }: Opening = {}) {
  return createChannelOpener({ timings }).open(
    {
      manager: {
        id: 'm',
        name: 'm',
        address: '127.0.0.1',
        port: manager.port,
        weight: 1,
        sessionLimit: null,
        intent: 'enabled',
      },
      trust: trust === 'plain' ? { kind: 'plain' } : { kind: 'authorities', certificatesPem: authorityPem },
      protocol,
      parameters: { hostname: 'db.example', password: 'pa;ss,wörd' },
      display: { width: 800, height: 600, dpi: 96 },
    },
    signal ?? new AbortController().signal,
  );
}

async function expectFailure(code: Failure['code'], options: Opening = {}, limitMs = 700) {
  const startedAt = performance.now();
  const opened = await open(options);
  if (opened.ok) line = opened.value;
  expect(opened.ok ? 'opened' : opened.failure.code).toBe(code);
  expect(performance.now() - startedAt).toBeLessThan(limitMs);
}

async function openLine(options: Opening = { timings: patient }): Promise<SessionLine> {
  const opened = await open(options);
  if (!opened.ok) throw new Error(`not opened: ${JSON.stringify(opened.failure)}`);
  line = opened.value;
  return opened.value;
}

/** A wire that remembers; `hold` keeps back `done`. */
class FakeWire implements TunnelWire {
  received = '';
  hold = false;
  closedWith: Failure | 'no failure' | undefined;
  #held: (() => void)[] = [];
  #onMessage: ((bytes: Uint8Array) => void) | undefined;
  #onClose: (() => void)[] = [];
  #sent: Buffer[] = [];

  send(bytes: Uint8Array, done: () => void) {
    this.#sent.push(Buffer.from(bytes));
    this.received += Buffer.from(bytes).toString();
    if (this.hold) this.#held.push(done);
    else setImmediate(done);
  }
  onMessage(listener: (bytes: Uint8Array) => void) {
    this.#onMessage = listener;
  }
  onClose(listener: () => void) {
    this.#onClose.push(listener);
  }
  close(failure?: Failure) {
    if (this.closedWith) return;
    this.closedWith = failure ?? 'no failure';
    this.release();
    for (const listener of this.#onClose) listener();
  }
  release() {
    this.hold = false;
    for (const done of this.#held.splice(0)) done();
  }
  say(text: string | Uint8Array) {
    this.#onMessage?.(typeof text === 'string' ? Buffer.from(text) : text);
  }
  get pieces() {
    return this.#sent;
  }
  get instructions(): readonly Instruction[] {
    return decodeInstructions(this.received) ?? [];
  }
}

const opcodesOf = (instructions: readonly Instruction[]) => instructions.map(([opcode]) => opcode);
const latestSyncOf = ({ received }: FakePeer) => received.findLast(([opcode]) => opcode === 'sync')?.[1];
const sync = (timestamp: number): Instruction => ['sync', String(timestamp)];
const picture: Instruction[] = [
  ['size', '0', '800', '600'],
  ['name', 'Grüße 😀'],
  ['cfill', '14', '0', '1', '2', '3', '255'],
];

/** Starts a manager that shows a picture to everybody, and keeps them alive. */
async function startManager(live: (peer: FakePeer, isJoined: boolean) => void = () => {}) {
  manager = await startFakeManager(
    actAsGuacd((peer, isJoined) => {
      peer.send(...picture, sync(isJoined ? 20 : 10));
      live(peer, isJoined);
    }),
  );
}

describe('opening', () => {
  it('ends with the first sync, over TLS as in plain', async () => {
    manager = await startFakeManager(
      actAsGuacd((peer) => peer.send(['nop'], ...picture, sync(1))),
      tls,
    );
    expect((await openLine({ trust: 'authorities', timings: patient })).security).toBe('secured');
    const peer = await manager.peer(0);
    expect(await peer.heard('connect')).toEqual(['connect', 'VERSION_1_3_0', 'db.example', 'pa;ss,wörd']);
    expect(await peer.heard('size')).toEqual(['size', '800', '600', '96']);
  });

  it('ends with `required`, so that the person can be asked', async () => {
    manager = await startFakeManager(actAsGuacd((peer) => peer.send(['required', 'password'])));
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    await vi.waitFor(() => expect(wire.instructions).toEqual([['required', 'password']]));
  });

  it('refuses a protocol that is none of ours, before it connects', async () => {
    await startManager();
    await expectFailure('input_invalid', { protocol: '../../x' as 'ssh' });
    expect(manager.peers).toHaveLength(0);
  });

  it.each([
    ['never answers', () => {}, 'manager_silent'],
    [
      'sends garbage',
      ({ socket }: FakePeer) => socket.write('HTTP/1.1 400 Bad\r\n'),
      'manager_protocol_error',
    ],
    ['speaks out of turn', (peer: FakePeer) => peer.send(['ready', '$1']), 'manager_protocol_error'],
    ['stops in mid-instruction', ({ socket }: FakePeer) => socket.write('4.args,13.VERS'), 'manager_silent'],
    [
      'breaks off in mid-instruction',
      ({ socket }: FakePeer) => socket.end('4.args,13.VERS'),
      'manager_closed',
    ],
    ['hangs up', ({ socket }: FakePeer) => socket.end(), 'manager_closed'],
    ['is too old', (peer: FakePeer) => peer.send(['args', 'hostname']), 'manager_protocol_error'],
    [
      'sends an alert of TLS',
      ({ socket }: FakePeer) => socket.write('\x15\x03\x01\x00\x02\x02\x46'),
      'manager_speaks_tls',
    ],
    ['reports an error', (peer: FakePeer) => peer.send(['error', 'No', '769']), 'host_rejected_credentials'],
  ] as const)('fails where the manager %s before `ready`', async (_, script, code) => {
    manager = await startFakeManager((peer) => void script(peer));
    await expectFailure(code);
  });

  it('tells TLS where plain is expected', async () => {
    manager = await startFakeManager(actAsGuacd(), tls);
    await expectFailure('manager_speaks_tls', {}, 1_500);
  });

  it.each([
    ['says nothing', () => {}, 'manager_silent'],
    ['only says that it lives', (peer: FakePeer) => peer.send(['nop']), 'host_timeout'],
    [
      'reports an error',
      (peer: FakePeer) => peer.send(['error', 'Aborted', '519'], ['disconnect']),
      'host_unreachable',
    ],
    [
      'reports the first of two errors',
      (peer: FakePeer) => peer.send(['error', 'a', '769'], ['error', 'b', '776']),
      'host_rejected_credentials',
    ],
    ['says goodbye', (peer: FakePeer) => peer.send(['disconnect']), 'host_session_ended'],
    ['hangs up', ({ socket }: FakePeer) => socket.end(), 'manager_closed'],
    ['sends garbage', ({ socket }: FakePeer) => socket.write('4.size,1;'), 'manager_protocol_error'],
    ['stops in mid-instruction', ({ socket }: FakePeer) => socket.write('4.sync,3.1'), 'host_timeout'],
  ] as const)('fails where the manager %s after `ready`', async (_, live, code) => {
    manager = await startFakeManager(actAsGuacd((peer) => void live(peer)));
    // guacd says something from time to time, so that silence is not what ends it.
    await expectFailure(code, { timings: patient });
  });

  it('says `nop` while the host keeps it waiting', async () => {
    manager = await startFakeManager(actAsGuacd());
    await expectFailure('manager_silent', { timings: patient });
    const nops = (await manager.peer(0)).received.filter(([opcode]) => opcode === 'nop');
    expect(nops.length).toBeGreaterThan(4);
  });

  it('stops at once when told to, and hangs up', async () => {
    manager = await startFakeManager(actAsGuacd());
    for (const delayMs of [0, 20, 100]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), delayMs);
      await expectFailure('session_closed', { signal: controller.signal }, delayMs + 200);
    }
    await expectFailure('session_closed', { signal: AbortSignal.abort() }, 100);
  });
});

describe('the first tunnel', () => {
  it('gets all that was shown since `ready`, and what comes after, in whole instructions', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    const peer = await manager.peer(0);
    const more = Buffer.from([...picture, sync(11)].map(encodeInstruction).join(''));
    for (const byte of more) {
      peer.socket.write(Buffer.from([byte]));
      await sleep(0);
    }
    await vi.waitFor(() => expect(opcodesOf(wire.instructions)).toHaveLength(8));
    expect(wire.instructions).toEqual([...picture, sync(10), ...picture, sync(11)]);
    for (const piece of wire.pieces) expect(decodeInstructions(piece.toString())).toBeDefined();
  });

  it('gets the largest instruction, although it comes in two halves', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    const parts = ['blob', '1', 'A'.repeat(32_768), 'B'.repeat(32_743)] as const;
    const largest = Buffer.from(encodeInstruction(parts));
    expect(largest.length).toBe(65_536);
    const { socket } = await manager.peer(0);
    socket.write(largest.subarray(0, 65_535));
    await sleep(50);
    socket.write(largest.subarray(65_535));
    await vi.waitFor(() => expect(wire.instructions.at(-1)).toEqual(parts));
  });

  it('sends its input to the manager', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    wire.say('3.key,2.97,1.1;3.key,2.97,1.0;');
    const peer = await manager.peer(0);
    expect(await peer.heard('key')).toEqual(['key', '97', '1']);
  });

  it.each([
    ['garbage', 'hello'],
    ['half an instruction', '3.key,2.97'],
    ['an instruction of the handshake', '6.select,3.ssh;'],
    ['an argument too few', '3.key,2.97;'],
    ['something bad behind something good', '3.nop;3.key,2.97;'],
    ['text that is not UTF-8', new Uint8Array([0x34, 0x2e, 0xff, 0xff, 0xff, 0xff, 0x3b])],
    ['more than guacd takes', encodeInstruction(['blob', '0', 'A'.repeat(8196)])],
    ['far too much', '3.nop;'.repeat(20_000)],
  ])('is closed on %s, which the manager never sees', async (_, text) => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    const peer = await manager.peer(0);
    const before = peer.received.filter(([opcode]) => opcode !== 'nop').length;
    wire.say(text);
    expect(wire.closedWith).toMatchObject({ code: 'input_invalid' });
    wire.say('3.key,2.97,1.1;');
    await sleep(30);
    const after = peer.received.filter(([opcode]) => opcode !== 'nop' && opcode !== 'sync');
    expect(after).toHaveLength(before);
    expect(peer.socket.destroyed).toBe(false);
  });

  it('leaves no key and no button pressed behind', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    for (const input of [
      ['key', '65507', '1'],
      ['key', '97', '1'],
      ['key', '97', '0'],
      ['mouse', '10', '20', '1'],
    ] as const) {
      wire.say(encodeInstruction(input));
    }
    wire.close();
    const peer = await manager.peer(0);
    await vi.waitFor(() =>
      expect(peer.received.filter(([opcode]) => opcode === 'key' || opcode === 'mouse').slice(4)).toEqual([
        ['key', '65507', '0'],
        ['mouse', '10', '20', '0'],
      ]),
    );
  });

  it('that leaves with `disconnect` does not take the session along', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    wire.say('10.disconnect;');
    expect(wire.closedWith).toBe('no failure');
    await sleep(30);
    expect(opcodesOf((await manager.peer(0)).received)).not.toContain('disconnect');
  });

  it('that does not read stops the manager, and nothing grows', async () => {
    let written = 0;
    let isFull = false;
    const blob = encodeInstruction(['blob', '1', 'A'.repeat(8064)]).repeat(20);
    await startManager((peer) => {
      const flood = () => {
        while (!peer.socket.destroyed && (written += blob.length) && peer.socket.write(blob));
        isFull = true;
      };
      peer.socket.on('drain', () => {
        isFull = false;
        flood();
      });
      peer.heard('key').then(flood, () => {});
    });
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    await vi.waitFor(() => expect(wire.instructions.length).toBe(4));
    wire.hold = true;
    wire.say('3.key,2.97,1.1;');
    await vi.waitFor(() => expect(isFull).toBe(true));
    await sleep(200);
    const stoppedAt = written;
    const heldAt = wire.received.length;
    await sleep(200);
    expect(written).toBe(stoppedAt);
    expect(wire.received.length).toBe(heldAt);
    // One piece is lent; the rest lies in the buffers of the two kernels' sockets.
    expect(heldAt).toBeLessThan(300 * 1024);
    wire.release();
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(heldAt + 1024 * 1024));
  });

  it('gets no more than its credit until it has drawn', async () => {
    const frame = encodeInstruction(['blob', '1', 'A'.repeat(8064)]).repeat(20);
    let timestamp = 100;
    await startManager((peer) => {
      const flood = () => {
        while (!peer.socket.destroyed && peer.socket.write(frame + encodeInstruction(sync(timestamp++))));
      };
      peer.socket.on('drain', flood);
      peer.heard('key').then(flood, () => {});
    });
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    wire.say('3.key,2.97,1.1;');
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(2 * 1024 * 1024));
    await sleep(200);
    const firstStop = wire.received.length;
    expect(firstStop).toBeLessThan(2.3 * 1024 * 1024);
    const drawn = wire.instructions.findLast(([opcode]) => opcode === 'sync')?.[1] ?? '';
    wire.say(encodeInstruction(['sync', drawn]));
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(firstStop + 1.9 * 1024 * 1024));
    await sleep(200);
    expect(wire.received.length).toBeLessThan(firstStop + 2.4 * 1024 * 1024);
  });

  it('gets a first frame of any size', async () => {
    const blob = encodeInstruction(['blob', '1', 'A'.repeat(8064)]);
    manager = await startFakeManager(
      actAsGuacd((peer) => {
        for (let count = 0; count < 600; count++) peer.socket.write(blob);
        peer.send(sync(10));
      }),
    );
    const wire = new FakeWire();
    await (await openLine({ timings: { ...patient, firstSyncMs: 5_000 } })).attach(wire);
    await vi.waitFor(() => expect(wire.received.endsWith('4.sync,2.10;')).toBe(true));
    expect(wire.received.length).toBe(600 * blob.length + 12);
    for (const piece of wire.pieces) expect(piece.length).toBeLessThanOrEqual(128 * 1024);
  });
});

describe('the end', () => {
  it('is the host’s own with `disconnect`, and the line hangs up by itself', async () => {
    await startManager();
    const wire = new FakeWire();
    const { attach, ended } = await openLine();
    await attach(wire);
    const peer = await manager.peer(0);
    peer.send(['disconnect']);
    expect(await ended).toEqual({});
    expect(wire.closedWith).toBe('no failure');
    expect(opcodesOf(wire.instructions).at(-1)).toBe('disconnect');
  });

  it.each([
    [
      'an error, and the first of them',
      (peer: FakePeer) => peer.send(['error', 'x', '520'], ['error', 'y', '776']),
      'host_unreachable',
    ],
    [
      'an error and then the loss',
      (peer: FakePeer) => peer.socket.end(encodeInstruction(['error', 'x', '515'])),
      'host_error',
    ],
    ['the loss of the manager', ({ socket }: FakePeer) => socket.end(), 'manager_lost'],
    ['its death', ({ socket }: FakePeer) => socket.resetAndDestroy(), 'manager_lost'],
    ['garbage', ({ socket }: FakePeer) => socket.write('garbage'), 'manager_protocol_error'],
    ['the loss in mid-instruction', ({ socket }: FakePeer) => socket.end('4.sync,4.10'), 'manager_lost'],
  ] as const)('is %s', async (_, act, code) => {
    await startManager();
    const wire = new FakeWire();
    const { attach, ended } = await openLine();
    await attach(wire);
    await sleep(20);
    act(await manager.peer(0));
    expect((await ended).failure?.code).toBe(code);
    expect(wire.closedWith).toMatchObject({ code });
    expect(opcodesOf(wire.instructions)).not.toContain('error');
  });

  it('is seen behind a tunnel that does not read', async () => {
    await startManager();
    const wire = new FakeWire();
    const { attach, ended } = await openLine();
    wire.hold = true;
    await attach(wire);
    (await manager.peer(0)).socket.end(encodeInstruction(['error', 'x', '521']));
    expect((await ended).failure?.code).toBe('host_session_taken');
  });

  it('comes after too much silence', async () => {
    await startManager();
    const wire = new FakeWire();
    const startedAt = performance.now();
    const { attach, ended } = await openLine({ timings: quick });
    await attach(wire);
    expect((await ended).failure?.code).toBe('manager_silent');
    expect(performance.now() - startedAt).toBeLessThan(quick.silenceMs + 300);
  });

  it('comes once, by `close` too, and tells the manager', async () => {
    await startManager();
    const wire = new FakeWire();
    const opened = await openLine();
    await opened.attach(wire);
    opened.close();
    opened.close();
    expect(await opened.ended).toEqual({});
    expect(wire.closedWith).toBe('no failure');
    expect(await (await manager.peer(0)).heard('disconnect')).toEqual(['disconnect']);
    const late = new FakeWire();
    expect(await opened.attach(late)).toMatchObject({ failure: { code: 'session_closed' } });
    expect(late.closedWith).toMatchObject({ code: 'session_closed' });
  });

  it('needs no tunnel', async () => {
    await startManager();
    const opened = await openLine();
    opened.close();
    expect(await opened.ended).toEqual({});
  });

  it.each([
    ['the loss of the manager', ({ socket }: FakePeer) => socket.end(), 'manager_lost'],
    ['its death', ({ socket }: FakePeer) => socket.resetAndDestroy(), 'manager_lost'],
    [
      'an error and then the loss',
      (peer: FakePeer) => peer.socket.end(encodeInstruction(['error', 'x', '521'])),
      'host_session_taken',
    ],
  ] as const)('is told at once before any tunnel came: %s', async (_, act, code) => {
    await startManager();
    const { ended, attach } = await openLine();
    const startedAt = performance.now();
    act(await manager.peer(0));
    expect((await ended).failure?.code).toBe(code);
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(await attach(new FakeWire())).toMatchObject({ failure: { code: 'session_closed' } });
  });
});

describe('without a tunnel', () => {
  it('the first pictures are held, but not more and more of them', async () => {
    let written = 0;
    const frame = encodeInstruction(['blob', '1', 'A'.repeat(8064)]).repeat(20) + encodeInstruction(sync(50));
    await startManager((peer) => {
      const flood = () => {
        while (!peer.socket.destroyed && (written += frame.length) && peer.socket.write(frame));
      };
      peer.socket.on('drain', flood);
      flood();
    });
    const opened = await openLine();
    await sleep(300);
    const stoppedAt = written;
    await sleep(200);
    expect(written).toBe(stoppedAt);
    const wire = new FakeWire();
    await opened.attach(wire);
    await vi.waitFor(() => expect(wire.received.length).toBeGreaterThan(1024 * 1024));
    expect(wire.instructions.slice(0, 4)).toEqual([...picture, sync(10)]);
  });

  it('the line answers each sync and keeps nothing', async () => {
    await startManager();
    const opened = await openLine({ timings: { ...patient, firstAttachMs: 50 } });
    const peer = await manager.peer(0);
    expect(await peer.heard('sync')).toEqual(['sync', '10']);
    const frame = encodeInstruction(['blob', '1', 'A'.repeat(8064)]).repeat(100);
    for (let count = 0; count < 20; count++) peer.socket.write(frame + encodeInstruction(sync(50 + count)));
    await vi.waitFor(() => expect(latestSyncOf(peer)).toBe('69'));
    expect(opened.security).toBe('connected-not-encrypted');
  });

  it('the line goes on when the tunnel goes, and answers what that left open', async () => {
    await startManager();
    const wire = new FakeWire();
    await (await openLine()).attach(wire);
    await vi.waitFor(() => expect(wire.instructions).toHaveLength(4));
    wire.close();
    const peer = await manager.peer(0);
    expect(await peer.heard('sync')).toEqual(['sync', '10']);
    peer.send(sync(11));
    await vi.waitFor(() => expect(latestSyncOf(peer)).toBe('11'));
  });
});

describe('a later tunnel', () => {
  it('joins, gets the whole picture, and the channel before is closed', async () => {
    await startManager();
    const first = new FakeWire();
    const opened = await openLine();
    await opened.attach(first);
    first.close();
    const second = new FakeWire();
    expect(await opened.attach(second)).toEqual({ ok: true, value: undefined });
    const [owner, joined] = [await manager.peer(0), await manager.peer(1)];
    expect(await joined.heard('select')).toEqual(['select', '$session']);
    expect(await joined.heard('connect')).toEqual(['connect', 'VERSION_1_3_0', '', '']);
    await vi.waitFor(() => expect(second.instructions).toEqual([...picture, sync(20)]));
    await vi.waitFor(() => expect(owner.socket.destroyed).toBe(true));
    second.say('3.key,2.98,1.1;');
    expect(await joined.heard('key')).toEqual(['key', '98', '1']);
  });

  it('counts on where the one before has left off', async () => {
    await startManager((peer, isJoined) => !isJoined && peer.send(['nop']));
    const bytesOf = (...instructions: Instruction[]) =>
      Buffer.byteLength(instructions.map(encodeInstruction).join(''));
    const opened = await openLine();
    const first = new FakeWire();
    await opened.attach(first);
    first.say('3.key,2.97,1.1;');
    const drawn = bytesOf(...picture, sync(10), ['nop']);
    await vi.waitFor(() => expect(opened.traffic()).toEqual({ fromHostBytes: drawn, toHostBytes: 15 }));
    const second = new FakeWire();
    await opened.attach(second);
    second.say('3.key,2.97,1.0;');
    const drawnAgain = bytesOf(...picture, sync(20));
    await vi.waitFor(() =>
      expect(opened.traffic()).toEqual({ fromHostBytes: drawn + drawnAgain, toHostBytes: 30 }),
    );
  });

  it('closes the one before, and only then', async () => {
    await startManager();
    const first = new FakeWire();
    const opened = await openLine();
    await opened.attach(first);
    first.say('3.key,5.65505,1.1;');
    const second = new FakeWire();
    const attaching = opened.attach(second);
    expect(first.closedWith).toBeUndefined();
    await attaching;
    expect(first.closedWith).toMatchObject({ code: 'host_session_taken' });
    expect(second.closedWith).toBeUndefined();
    const owner = await manager.peer(0);
    await owner.heard('disconnect');
    expect(owner.received.findLast(([opcode]) => opcode === 'key')).toEqual(['key', '65505', '0']);
  });

  it('keeps the channel before until guacd counts the new one among its users', async () => {
    manager = await startFakeManager(
      actAsGuacd((peer, isJoined) => peer.send(...picture, ...(isJoined ? [] : [sync(10)]))),
    );
    const first = new FakeWire();
    const opened = await openLine();
    await opened.attach(first);
    const second = new FakeWire();
    expect((await opened.attach(second)).ok).toBe(true);
    expect(first.closedWith).toMatchObject({ code: 'host_session_taken' });
    const [owner, joined] = [await manager.peer(0), await manager.peer(1)];
    owner.send(sync(30));
    await vi.waitFor(() => expect(owner.received).toContainEqual(sync(30)));
    expect(owner.received).not.toContainEqual(['disconnect']);
    joined.send(sync(30));
    await owner.heard('disconnect');
    expect(second.closedWith).toBeUndefined();
  });

  it('goes on where the channel before ends while it is kept', async () => {
    manager = await startFakeManager(
      actAsGuacd((peer, isJoined) => peer.send(...picture, ...(isJoined ? [] : [sync(10)]))),
    );
    const opened = await openLine();
    await opened.attach(new FakeWire());
    const second = new FakeWire();
    await opened.attach(second);
    (await manager.peer(0)).socket.end();
    second.say('3.key,2.97,1.1;');
    expect(await (await manager.peer(1)).heard('key')).toEqual(['key', '97', '1']);
    expect(second.closedWith).toBeUndefined();
  });

  it('leaves everything as it was where joining fails', async () => {
    manager = await startFakeManager((peer) =>
      actAsGuacd((_, isJoined) => {
        if (isJoined) peer.send(['error', 'gone', '519']);
        else peer.send(...picture, sync(10));
      })(peer),
    );
    const first = new FakeWire();
    const opened = await openLine();
    await opened.attach(first);
    const second = new FakeWire();
    expect(await opened.attach(second)).toMatchObject({ failure: { code: 'host_unreachable' } });
    expect(second.closedWith).toMatchObject({ code: 'host_unreachable' });
    expect(first.closedWith).toBeUndefined();
    first.say('3.key,2.97,1.1;');
    expect(await (await manager.peer(0)).heard('key')).toEqual(['key', '97', '1']);
  });

  it('gives way to one that comes while it is joining', async () => {
    await startManager();
    const opened = await openLine();
    await opened.attach(new FakeWire());
    const [second, third] = [new FakeWire(), new FakeWire()];
    const results = await Promise.all([opened.attach(second), opened.attach(third)]);
    expect(results.map(({ ok }) => ok)).toEqual([false, true]);
    expect(second.closedWith).toMatchObject({ code: 'host_session_taken' });
    expect(third.closedWith).toBeUndefined();
    await vi.waitFor(() => expect(manager.peers.filter(({ socket }) => !socket.destroyed)).toHaveLength(1));
  });

  it('that goes away while joining changes nothing', async () => {
    await startManager();
    const first = new FakeWire();
    const opened = await openLine();
    await opened.attach(first);
    const second = new FakeWire();
    const attaching = opened.attach(second);
    second.close();
    expect((await attaching).ok).toBe(false);
    expect(first.closedWith).toBeUndefined();
  });

  it('is refused where the line ends meanwhile', async () => {
    await startManager();
    const opened = await openLine();
    await opened.attach(new FakeWire());
    const second = new FakeWire();
    const attaching = opened.attach(second);
    opened.close();
    expect(await attaching).toMatchObject({ failure: { code: 'session_closed' } });
    expect(await opened.ended).toEqual({});
  });

  it('is shown the replayed picture although the next frame is far away', async () => {
    manager = await startFakeManager(
      actAsGuacd((peer, isJoined) => peer.send(...picture, ...(isJoined ? [] : [sync(10)]))),
    );
    const opened = await openLine({ timings: { ...patient, firstSyncMs: 5_000 } });
    const first = new FakeWire();
    await opened.attach(first);
    await vi.waitFor(() => expect(first.instructions).toHaveLength(4));
    const second = new FakeWire();
    const startedAt = performance.now();
    await opened.attach(second);
    await vi.waitFor(() => expect(second.instructions).toEqual([...picture, sync(10)]));
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('a guest', () => {
  it('gets the whole picture on a channel of its own, types, and does not disturb the first tunnel', async () => {
    await startManager();
    const opened = await openLine();
    const [first, guest] = [new FakeWire(), new FakeWire()];
    await opened.attach(first);
    expect(await opened.join(guest)).toEqual({ ok: true, value: undefined });
    const [owner, joined] = [await manager.peer(0), await manager.peer(1)];
    expect(await joined.heard('select')).toEqual(['select', '$session']);
    await vi.waitFor(() => expect(guest.instructions).toEqual([...picture, sync(20)]));
    guest.say('3.key,2.98,1.1;');
    expect(await joined.heard('key')).toEqual(['key', '98', '1']);
    first.say('3.key,2.97,1.1;');
    expect(await owner.heard('key')).toEqual(['key', '97', '1']);
    expect(first.closedWith).toBeUndefined();
  });

  it('has no say in the size of the screen', async () => {
    await startManager();
    const opened = await openLine();
    const guest = new FakeWire();
    await opened.attach(new FakeWire());
    await opened.join(guest);
    guest.say('4.size,4.1920,4.1080;3.key,2.97,1.1;4.size,1.1,1.1;');
    guest.say('4.size,4.1920,4.1080;');
    guest.say('3.key,2.98,1.1;');
    const joined = await manager.peer(1);
    await vi.waitFor(() => expect(joined.received).toContainEqual(['key', '98', '1']));
    expect(joined.received).toContainEqual(['key', '97', '1']);
    // That of the handshake.
    expect(joined.received.filter(([opcode]) => opcode === 'size')).toEqual([['size', '800', '600', '96']]);
    guest.say('4.size,9.1920;');
    expect(guest.closedWith).toMatchObject({ code: 'input_invalid' });
  });

  it('leaves by closing its tunnel, with its channel, and the line goes on', async () => {
    await startManager();
    const opened = await openLine();
    const [first, guest] = [new FakeWire(), new FakeWire()];
    await opened.attach(first);
    await opened.join(guest);
    const joined = await manager.peer(1);
    guest.say('3.key,5.65505,1.1;');
    guest.close();
    await joined.heard('disconnect');
    expect(joined.received.findLast(([opcode]) => opcode === 'key')).toEqual(['key', '65505', '0']);
    await vi.waitFor(() => expect(joined.socket.destroyed).toBe(true));
    first.say('3.key,2.97,1.1;');
    expect(await (await manager.peer(0)).heard('key')).toEqual(['key', '97', '1']);
  });

  it('stays when the first tunnel is replaced, and goes with the line', async () => {
    await startManager();
    const opened = await openLine();
    const guest = new FakeWire();
    await opened.attach(new FakeWire());
    await opened.join(guest);
    await opened.attach(new FakeWire());
    expect(guest.closedWith).toBeUndefined();
    opened.close();
    await opened.ended;
    expect(guest.closedWith).toBe('no failure');
    const late = new FakeWire();
    expect(await opened.join(late)).toMatchObject({ failure: { code: 'session_closed' } });
    expect(late.closedWith).toMatchObject({ code: 'session_closed' });
  });

  it('whose channel fails goes alone', async () => {
    await startManager((peer, isJoined) => isJoined && setTimeout(() => peer.socket.destroy(), 50));
    const opened = await openLine();
    const [first, guest] = [new FakeWire(), new FakeWire()];
    await opened.attach(first);
    await opened.join(guest);
    await vi.waitFor(() => expect(guest.closedWith).toMatchObject({ code: 'manager_lost' }));
    expect(first.closedWith).toBeUndefined();
  });

  it('that goes away while joining leaves nothing', async () => {
    await startManager();
    const opened = await openLine();
    await opened.attach(new FakeWire());
    const guest = new FakeWire();
    const joining = opened.join(guest);
    guest.close();
    expect((await joining).ok).toBe(false);
    await vi.waitFor(() => expect(manager.peers.filter(({ socket }) => !socket.destroyed)).toHaveLength(1));
  });

  it('is refused where there are enough, and let in when one has left', async () => {
    await startManager();
    const opened = await openLine();
    await opened.attach(new FakeWire());
    const guests = Array.from({ length: 9 }, () => new FakeWire());
    const results = await Promise.all(guests.map((guest) => opened.join(guest)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(8);
    expect(guests[8]?.closedWith).toMatchObject({ code: 'session_crowded' });
    expect(manager.peers).toHaveLength(9);
    guests[0]?.close();
    expect((await opened.join(new FakeWire())).ok).toBe(true);
  });
});

it('keeps the promised time limits', () => {
  expect(defaultTimings).toEqual({
    connect: { resolveMs: 5_000, connectMs: 5_000, secureMs: 5_000 },
    handshakeMs: 5_000,
    firstSyncMs: 20_000,
    keepAliveMs: 5_000,
    silenceMs: 20_000,
    firstAttachMs: 10_000,
  });
});
