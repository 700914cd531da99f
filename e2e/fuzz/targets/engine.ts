import { once } from 'node:events';
import { connect } from 'node:net';
import { openGate } from '../../../electron/manager/gate.ts';
import { createGuacdEngine } from '../../../electron/manager/guacdEngine.ts';
import { managerPolicySchema } from '../../../electron/manager/policy.ts';
import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { InstructionScanner } from '../../../shared/guacamole/scanner.ts';
import { instructionMutations } from '../mutateInstructions.ts';
import { speakInTurn } from '../speakInTurn.ts';
import type { FuzzTarget } from '../target.ts';
import { startTalkingServer } from './talkingServer.ts';

const instructions = (...list: Instruction[]) => Buffer.from(list.map(encodeInstruction).join(''));
const opening: Instruction[] = [
  ['args', 'VERSION_1_5_0', 'hostname', 'port'],
  ['ready', '$260d01da-779b-4ee9-afc1-c16bae885cc7'],
];
const client = instructions(
  ['select', 'ssh'],
  ['size', '800', '600', '96'],
  ['audio'],
  ['video'],
  ['image', 'image/png'],
  ['connect', 'VERSION_1_5_0', '127.0.0.1', '22'],
  ['key', '65', '1'],
);
const goneLimitMs = 8_000;

/** The gate before an engine that says the input to whoever comes, whatever they say, and hangs up. */
export const engineTarget: FuzzTarget = {
  name: 'engine',
  about: 'what an engine says to the gate: clients get whole instructions, and their end',
  watched:
    /electron\/manager\/(guacd|heldSession|clientLine|sessionDesk|instructionReader)|shared\/guacamole/,
  dictionary: ['4.sync,', '5.error,', '10.disconnect;', '3.img,', '0.;', '9999999.', Buffer.from([0xc3])],
  seeds: [
    instructions(...opening),
    instructions(
      ...opening,
      ['size', '0', '800', '600'],
      ['img', '1', '14', '0', 'image/png', '0', '0'],
      ['blob', '1', 'AAAA'],
      ['end', '1'],
      ['sync', '1'],
      ['name', 'Grüße'],
      ['sync', '2'],
    ),
    instructions(...opening, ['error', 'Aborted. See logs.', '519'], ['disconnect']),
    instructions(['error', 'no', '521']),
    Buffer.concat([instructions(...opening, ['sync', '1']), Buffer.from('4.sync,3.12')]),
    Buffer.concat([
      instructions(...opening, ['sync', '1']),
      Buffer.from('4.sync;nonsense'),
      instructions(['nop']),
    ]),
  ],
  mutations: instructionMutations,
  limitBytes: 512 * 1024,
  async open() {
    const server = await startTalkingServer();
    const address = { host: '127.0.0.1', port: server.port };
    return {
      async run(input) {
        server.say(input);
        const gate = await openGate({
          listen: { address: '127.0.0.1', port: 0 },
          engine: createGuacdEngine(address),
          policy: managerPolicySchema.parse({ version: 1, targets: { deny: [] } }),
          sessionLimit: null,
          holdSeconds: 0,
          version: '0',
          log: { info: () => undefined, warn: () => undefined },
        });
        const socket = connect(gate.port, '127.0.0.1');
        const scanner = new InstructionScanner();
        let said = Buffer.alloc(0);
        socket.on('error', () => undefined);
        socket.on('data', (bytes) => (said = Buffer.concat([said, bytes])));
        let isLate = false;
        const timer = setTimeout(() => {
          isLate = true;
          socket.destroy();
        }, goneLimitMs);
        const closed = once(socket, 'close');
        socket.write(await speakInTurn(socket, client));
        await closed;
        clearTimeout(timer);
        const left = gate.load();
        await gate.close();
        if (isLate) throw new Error('the client of an engine that has gone is not let go');
        if (scanner.scan(said, said.length) !== said.length)
          throw new Error(`the client got what is not whole instructions: ${said.toString().slice(-200)}`);
        if (left.active + left.held + left.pending > 0)
          throw new Error('a session goes on that has no engine');
      },
      close: server.close,
    };
  },
};
