import { Readable, Writable } from 'node:stream';
import type { EngineConnection } from '../../../electron/manager/engine.ts';
import { createBuiltInEngine } from '../../../electron/manager/engines/builtInEngine.ts';
import {
  createTestProtocol,
  testHandshake,
  testJoin,
} from '../../../electron/manager/engines/session/testProtocol.ts';
import type { HostFiles } from '../../../electron/manager/engines/stage.ts';
import { fail, succeed } from '../../../shared/contract/failure.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../../shared/guacamole/instruction.ts';
import { instructionMutations } from '../mutateInstructions.ts';
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
  about:
    'what users of the built-in engine send: who only watches does nothing, and all hear whole instructions',
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
  mutations: instructionMutations,
  limitBytes: 256 * 1024,
  async open() {
    const protocol = createTestProtocol('ssh', (stage) => {
      stage.tellArgument('font-size', '12');
      stage.offerFiles(createFiles());
      stage.finishFrame();
    });
    const engine = createBuiltInEngine({ protocols: [protocol], version: '0' });
    return {
      async run(input) {
        // The gate passes on whole instructions only.
        const whole = Buffer.from(input.subarray(0, input.lastIndexOf(0x3b) + 1));
        const opened = await engine.open(testHandshake(), new AbortController().signal);
        if (!opened.ok) throw new Error('the session was not opened');
        const owner = opened.value;
        const joined = await owner.join(testJoin({ readOnly: true }));
        if (!joined.ok) throw new Error('nobody could join');
        const watcher = joined.value;
        const [host] = protocol.hosts;
        const listeners = [owner, watcher].map((connection) => listenTo(connection));
        watcher.send(whole);
        await turn();
        if ((host?.calls.length ?? 0) > 0) throw new Error(`one who only watches did: ${host?.calls[0]}`);
        owner.send(whole);
        await turn();
        await turn();
        if (owner.unsentBytes > mostUnsentBytes) throw new Error('too much is kept of what a user sends');
        for (const check of listeners) check();
        watcher.close();
        owner.close();
        await turn();
        if (!host?.isClosed) throw new Error('the host of a session that is over goes on');
        (protocol.hosts as unknown[]).splice(0);
      },
      close: () => engine.close(),
    };
  },
};

const mostUnsentBytes = 8 * 1_048_576;

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** @returns a check of all that was heard. */
function listenTo(connection: EngineConnection): () => void {
  let heard = Buffer.alloc(0);
  connection.listen({
    onBytes: (bytes) => void (heard = Buffer.concat([heard, bytes])),
    onEnd: () => undefined,
  });
  return () => {
    if (!decodeInstructions(heard.toString())) throw new Error('a user got what is not whole instructions');
  };
}

/** A host whose every path is a folder of one file, which can be read and written. */
const createFiles = (): HostFiles => ({
  name: 'host',
  list: async (path) =>
    path.endsWith('a') ? fail('request_rejected') : succeed([{ name: 'a', isFolder: false }]),
  read: async () => succeed(Readable.from([Buffer.alloc(20_000)])),
  write: async () => succeed(new Writable({ write: (_bytes, _encoding, done) => setImmediate(done) })),
  dropFolder: async () => '/',
});
