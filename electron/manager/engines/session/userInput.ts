import { isClientInstruction } from '../../../../shared/guacamole/clientInstruction.ts';
import { decodeInstructions, type Instruction } from '../../../../shared/guacamole/instruction.ts';
import { InstructionReader } from '../../instructionReader.ts';

/** What a user's client says, as it was checked: all numbers are whole and within what they stand for. */
export interface UserInputListener {
  sync(timestamp: number): void;
  key(keysym: number, isPressed: boolean): void;
  mouse(x: number, y: number, buttons: number): void;
  size(width: number, height: number): void;
  clipboard(stream: string, type: string): void;
  argument(stream: string, name: string): void;
  /** What this engine takes from no client: `pipe`, `audio`. */
  unsupported(stream: string): void;
  file(stream: string, name: string): void;
  put(object: string, stream: string, name: string): void;
  get(object: string, name: string): void;
  blob(stream: string, base64: string): void;
  spoiltBlob(stream: string): void;
  end(stream: string): void;
  acknowledge(stream: string, status: number): void;
  disconnect(): void;
}

const watched = [
  'sync',
  'key',
  'mouse',
  'size',
  'clipboard',
  'argv',
  'pipe',
  'audio',
  'file',
  'put',
  'get',
  'blob',
  'end',
  'ack',
  'disconnect',
] as const;

/** Only watches: it acknowledges what it sees, and may leave. */
const watchedOfReaders = ['sync', 'disconnect'] as const;

/** Keysyms of X11 have 29 bits. */
const largestKeysym = 0x1fff_ffff;
/** Left, middle, right, up and down. */
const knownButtons = 0x1f;

/** Reads what a client says. What isn't known, or has other arguments than it should have, is nothing. */
export function createUserInput(
  isReadOnly: boolean,
  listener: UserInputListener,
): { /** @returns whether the bytes are the protocol. */ take(bytes: Uint8Array): boolean } {
  const reader = new InstructionReader(isReadOnly ? watchedOfReaders : watched);
  return {
    take: (bytes) =>
      reader.take(bytes, (_, instruction) => {
        const text = Buffer.from(instruction.buffer, instruction.byteOffset, instruction.length).toString();
        for (const decoded of decodeInstructions(text) ?? []) tell(decoded, listener);
      }) !== undefined,
  };
}

function tell(instruction: Instruction, listener: UserInputListener): void {
  const [opcode, first = '', second = '', third = '', fourth = ''] = instruction;
  if (!isClientInstruction(instruction)) {
    if (opcode === 'blob') listener.spoiltBlob(first);
    return;
  }
  switch (opcode) {
    case 'sync':
      return listener.sync(Number(first));
    case 'key':
      return Number(first) <= largestKeysym ? listener.key(Number(first), second === '1') : undefined;
    case 'mouse':
      return listener.mouse(Number(first), Number(second), Number(third) & knownButtons);
    case 'size':
      return listener.size(Number(first), Number(second));
    case 'clipboard':
      return listener.clipboard(toIndex(first), second);
    case 'argv':
      return listener.argument(toIndex(first), third);
    case 'pipe':
    case 'audio':
      return listener.unsupported(toIndex(first));
    case 'file':
      return listener.file(toIndex(first), third);
    case 'put':
      return listener.put(toIndex(first), toIndex(second), fourth);
    case 'get':
      return listener.get(toIndex(first), second);
    case 'blob':
      return listener.blob(toIndex(first), second);
    case 'end':
      return listener.end(toIndex(first));
    case 'ack':
      return listener.acknowledge(toIndex(first), Number(third));
    case 'disconnect':
      return listener.disconnect();
  }
}

/** `007` is the index 7. */
const toIndex = (text: string) => String(Number(text));
