import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { InstructionReader } from './instructionReader.ts';

/** A client that speaks the protocol by itself, for tests of a manager. */
export interface TestClient {
  readonly socket: Socket;
  /** Opcodes as they came, with what is short enough to be looked at. */
  readonly heard: readonly Instruction[];
  readonly receivedBytes: number;
  send(...instructions: Instruction[]): void;
  /** The first instruction of this opcode, come or to come; rejects where the connection ends before, with all that was heard. */
  until(opcode: string): Promise<Instruction>;
  /** Types a text and Return, as keys. */
  type(text: string): void;
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

const watched = [
  'args',
  'ready',
  'sync',
  'error',
  'disconnect',
  'load',
  'size',
  'required',
  'filesystem',
  'name',
];

export async function connectClient(port: number, tls?: ConnectionOptions): Promise<TestClient> {
  const at = { host: '127.0.0.1', port };
  const socket = tls ? connectTls({ ...at, ...tls }) : connectTcp(at);
  const heard: Instruction[] = [];
  let receivedBytes = 0;
  const wakeUps: (() => void)[] = [];
  let isClosed = false;
  const wake = () => {
    for (const wakeUp of wakeUps.splice(0)) wakeUp();
  };
  const reader = new InstructionReader(watched);
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    receivedBytes += bytes.length;
    reader.take(bytes, (opcode, instruction) => {
      heard.push(...(decodeInstructions(Buffer.from(instruction).toString()) ?? []));
      if (opcode === 'sync') socket.write(instruction);
    });
    wake();
  });
  const closed = once(socket, 'close').then(() => {
    isClosed = true;
    wake();
  });
  await Promise.race([once(socket, tls ? 'secureConnect' : 'connect').catch(() => {}), closed]);
  const send = (...instructions: Instruction[]) =>
    void socket.write(instructions.map(encodeInstruction).join(''));
  return {
    socket,
    heard,
    get receivedBytes() {
      return receivedBytes;
    },
    send,
    async until(opcode) {
      for (;;) {
        const found = heard.find(([name]) => name === opcode);
        if (found) return found;
        if (isClosed) throw new Error(`no ${opcode} came, but ${JSON.stringify(heard.slice(0, 10))}`);
        await new Promise<void>((resolve) => wakeUps.push(resolve));
      }
    },
    type(text) {
      for (const character of `${text}\r`) {
        const keysym = String(character === '\r' ? 0xff0d : character.codePointAt(0));
        send(['key', keysym, '1'], ['key', keysym, '0']);
      }
    },
    closed,
    close: () => void socket.destroy(),
  };
}

/** Shakes hands up to `ready`. @returns the connection's id, and the token to come back by. */
export async function shakeHands(
  client: TestClient,
  select: string,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly connectionId: string; readonly token: string }> {
  client.send(['select', select]);
  const [, version = '', ...names] = await client.until('args');
  client.send(
    ['size', '800', '600', '96'],
    ['audio'],
    ['video'],
    ['image', 'image/png'],
    ['connect', version, ...names.map((name) => parameters[name] ?? '')],
  );
  const [, connectionId = '', token = ''] = await client.until('ready');
  return { connectionId, token };
}
