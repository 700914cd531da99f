import { once } from 'node:events';
import { connect } from 'node:net';
import { createFakeEngine } from '../../../electron/manager/fakeEngine.ts';
import { openGate } from '../../../electron/manager/gate.ts';
import { managerPolicySchema } from '../../../electron/manager/policy.ts';
import { connectClient } from '../../../electron/manager/testClient.ts';
import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
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
/** How often the neighbour is looked at. */
const inputsPerLook = 50;

export const gateTarget: FuzzTarget = {
  name: 'gate',
  about: 'what clients send to a manager, from the first byte on, while a neighbour works',
  watched: /electron\/manager\/(?!fake|test)[\w/]+\.ts|shared\/guacamole/,
  dictionary: [
    ...handshake.map(encodeInstruction),
    '$proxima-load',
    '$proxima-drain',
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
    instructions(['select', 'telnet'], ['connect']),
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    Buffer.from('1603010200010001fc0303', 'hex'),
  ],
  limitBytes: 512 * 1024,
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
    await neighbour.until('ready');
    const [served] = engine.users;
    let inputs = 0;
    async function lookAtNeighbour() {
      served?.say(['sync', String(inputs)]);
      const before = neighbour.heard.length;
      for (const deadline = Date.now() + goneLimitMs; neighbour.heard.length === before;) {
        if (Date.now() > deadline) throw new Error('the neighbour hears nothing any more');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    return {
      async run(input) {
        const socket = connect(gate.port, '127.0.0.1');
        socket.on('error', () => undefined).resume();
        await once(socket, 'connect');
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.end(input);
        const timer = setTimeout(() => socket.destroy(new Error('not let go')), goneLimitMs);
        const startedAt = Date.now();
        await closed;
        clearTimeout(timer);
        if (Date.now() - startedAt >= goneLimitMs)
          throw new Error('the gate holds on to a client that has left');
        inputs += 1;
        if (inputs % inputsPerLook === 0) await lookAtNeighbour();
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
