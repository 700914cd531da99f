import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createFakeEngine } from '../../../electron/manager/fakeEngine.ts';
import { openGate } from '../../../electron/manager/gate.ts';
import { managerPolicySchema } from '../../../electron/manager/policy.ts';
import { connectClient } from '../../../electron/manager/testClient.ts';
import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { instructionMutations } from '../mutateInstructions.ts';
import { speakInTurn } from '../speakInTurn.ts';
import type { FuzzTarget } from '../target.ts';

const instructions = (...list: Instruction[]) => Buffer.from(list.map(encodeInstruction).join(''));
const greeting: Instruction[] = [['size', '800', '600', '96'], ['audio'], ['video'], ['image', 'image/png']];
const handshake: Instruction[] = [
  ['select', 'ssh'],
  ...greeting,
  ['connect', 'VERSION_1_5_0', '127.0.0.1', '22'],
];

const policy = managerPolicySchema.parse({
  version: 1,
  targets: { deny: [] },
  limits: { opensPerSecond: 10_000, openBurst: 10_000, handshakeSeconds: 2 },
});
/** After its client has left, a connection is gone in this time. */
const goneLimitMs = 5_000;
/** Stands in inputs for the id of the neighbour's connection, which is as long. */
const neighbourId = `$proxima-0-${'n'.repeat(36)}`;

type Leaving = 'in order' | 'by a reset' | 'slowly';
/** How the client of an input leaves. */
const leaveBy = (input: Uint8Array): Leaving =>
  (['in order', 'by a reset', 'slowly'] as const)[createHash('sha1').update(input).digest()[0]! % 3] ??
  'slowly';

export const gateTarget: FuzzTarget = {
  name: 'gate',
  about: 'what clients send to a manager, from the first byte on, while a neighbour works',
  watched: /electron\/manager\/(?!fake|test)[\w/]+\.ts|shared\/guacamole/,
  dictionary: [
    ...handshake.map(encodeInstruction),
    '$proxima-load',
    '$proxima-drain',
    neighbourId,
    '6.select,',
    '7.connect;',
    '0.;',
    '8193.',
    'ü',
    Buffer.from([0xc3]),
  ],
  seeds: [
    instructions(...handshake),
    instructions(...handshake, ['key', '65', '1'], ['mouse', '1', '2', '0'], ['sync', '1'], ['disconnect']),
    instructions(['select', '$proxima-load']),
    instructions(['select', neighbourId], ...greeting, ['connect', 'VERSION_1_5_0', 'true', '']),
    instructions(
      ['select', neighbourId],
      ...greeting,
      ['connect', 'VERSION_1_5_0', '', ''],
      ['key', '65', '1'],
      ['disconnect'],
    ),
    instructions(...handshake, ['file', '0', 'text/plain', 'a'], ['blob', '0', 'YQ=='], ['end', '0']),
    instructions(['select', 'telnet'], ['connect']),
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.from('1603010200010001fc0303', 'hex'),
  ],
  mutations: instructionMutations,
  limitBytes: 1024 * 1024,
  async open() {
    const engine = createFakeEngine();
    const gate = await openGate({
      listen: { address: '127.0.0.1', port: 0 },
      engine,
      policy,
      sessionLimit: null,
      holdSeconds: 0,
      version: '0',
      log: { info: () => undefined, warn: () => undefined },
      resolve: () => Promise.resolve(['127.0.0.1']),
    });
    const neighbour = await connectClient(gate.port);
    neighbour.send(['select', 'ssh']);
    await neighbour.until('args');
    neighbour.send(...handshake.slice(1));
    const [, connectionId = ''] = await neighbour.until('ready');
    const [served] = engine.users;
    let inputs = 0;
    /** Something new reaches the neighbour, and nobody else is left. */
    async function lookAround() {
      inputs += 1;
      served?.say(['sync', String(inputs)]);
      const before = neighbour.heard.length;
      const isAlone = () => gate.load().active === 1 && gate.load().pending === 0 && gate.load().held === 0;
      for (const deadline = Date.now() + goneLimitMs; neighbour.heard.length === before || !isAlone();) {
        if (Date.now() > deadline)
          throw new Error(
            isAlone() ? 'the neighbour hears nothing any more' : 'a client who has left is still there',
          );
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      (neighbour.heard as unknown[]).splice(0);
    }
    async function visit(input: Buffer) {
      const socket = connect(gate.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      const leaving = leaveBy(input);
      const rest = await speakInTurn(socket, input);
      if (leaving === 'in order') socket.end(rest);
      else if (leaving === 'by a reset') socket.write(rest, () => socket.resetAndDestroy());
      else {
        const cut = Math.floor(rest.length / 2);
        socket.write(rest.subarray(0, cut));
        await new Promise((resolve) => setTimeout(resolve, 2));
        socket.end(rest.subarray(cut));
      }
      const timer = setTimeout(() => socket.destroy(new Error('not let go')), goneLimitMs);
      const startedAt = Date.now();
      await closed;
      clearTimeout(timer);
      if (Date.now() - startedAt >= goneLimitMs)
        throw new Error('the gate holds on to a client that has left');
    }
    return {
      async run(input) {
        const text = Buffer.from(input)
          .toString('latin1')
          .replaceAll(neighbourId, () => connectionId);
        await visit(Buffer.from(text, 'latin1'));
        await lookAround();
        // The fake keeps what it was told of every user.
        (engine.users as unknown[]).splice(1);
      },
      async close() {
        neighbour.close();
        await gate.close();
      },
    };
  },
};
