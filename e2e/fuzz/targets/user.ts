import { createBuiltInEngine } from '../../../electron/manager/engines/builtInEngine.ts';
import { createTestProtocol } from '../../../electron/manager/engines/session/testProtocol.ts';
import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { decodeInstructions } from '../../../shared/guacamole/instruction.ts';
import type { FuzzTarget } from '../target.ts';

const instructions = (...list: Instruction[]) => Buffer.from(list.map(encodeInstruction).join(''));
const opcodes = [
  'ack',
  'argv',
  'blob',
  'clipboard',
  'end',
  'file',
  'get',
  'key',
  'mouse',
  'put',
  'size',
  'sync',
  'touch',
];

export const userTarget: FuzzTarget = {
  name: 'user',
  about: 'what users of the built-in engine send during a session',
  watched: /electron\/manager\/engines\/session\/(?!test)|builtInEngine|shared\/guacamole/,
  dictionary: [...opcodes.map((opcode) => encodeInstruction([opcode])), '-1', '1e9', '4294967296', 'NaN'],
  seeds: [
    instructions(
      ['key', '65', '1'],
      ['key', '65', '0'],
      ['mouse', '10', '20', '1'],
      ['size', '640', '480', '96'],
    ),
    instructions(['clipboard', '0', 'text/plain'], ['blob', '0', 'aGFsbG8='], ['end', '0'], ['sync', '1']),
    instructions(['argv', '1', 'text/plain', 'font-size'], ['blob', '1', 'MTI='], ['end', '1']),
    instructions(
      ['get', '0', '/'],
      ['ack', '0', '', '0'],
      ['put', '0', '2', 'text/plain', '/a'],
      ['blob', '2', 'YQ=='],
    ),
    instructions(
      ['file', '3', 'text/plain', 'a.txt'],
      ['blob', '3', 'YQ=='],
      ['end', '3'],
      ['nop'],
      ['disconnect'],
    ),
  ],
  limitBytes: 64 * 1024,
  async open() {
    const protocol = createTestProtocol();
    const engine = createBuiltInEngine({ protocols: [protocol], version: '0' });
    return {
      async run(input) {
        // The gate passes on whole instructions only.
        const end = input.lastIndexOf(0x3b) + 1;
        const whole = Buffer.from(input.subarray(0, end));
        if (!decodeInstructions(whole.toString())) return;
        const opened = await engine.open(
          {
            version: 'VERSION_1_5_0',
            display: { width: 64, height: 48, dpi: 96 },
            audio: [],
            video: [],
            image: ['image/png'],
            name: '',
            protocol: 'ssh',
            parameters: {},
          },
          new AbortController().signal,
        );
        if (!opened.ok) throw new Error('the session was not opened');
        opened.value.listen({ onBytes: () => undefined, onEnd: () => undefined });
        opened.value.send(whole);
        await new Promise((resolve) => setImmediate(resolve));
        opened.value.close();
        (protocol.hosts as unknown[]).splice(0);
      },
      close: () => engine.close(),
    };
  },
};
